#!/usr/bin/env python3
"""A second decoder of baseline and extended sequential JPEG, written from spec/jpeg.md. Python's standard library; slow and plain.

    jpeg.py FILE...        each one codestream

For each file a line: SHA-256 of its samples (one byte each, or two, little endian, where the precision is 12), or 'refused' and why.
"""
import hashlib
import struct
import sys

ZIGZAG = sorted(range(64), key=lambda n: (n // 8 + n % 8, n // 8 if (n // 8 + n % 8) % 2 else n % 8))
C0298, C0390, C0541, C0765, C0899, C1175 = 2446, 3196, 4433, 6270, 7373, 9633
C1501, C1847, C1961, C2053, C2562, C3072 = 12299, 15137, 16069, 16819, 20995, 25172


class Refused(Exception):
    pass


def check(condition, why):
    if not condition:
        raise Refused(why)


def up(a, b): return -(-a // b)
def wrap(n, bits): return (n + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


class Codes:
    def __init__(self, counts, values, dc):
        self.found, code, rest = {}, 0, list(values)
        check(not dc or all(v <= 16 for v in values), "category")
        for length in range(1, 17):
            for _ in range(counts[length - 1]):
                check(code < (1 << length) - 1, "too many codes")
                self.found[length, code] = rest.pop(0)
                code += 1
            code *= 2


class Bits:
    """One interval, unstuffed."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        check(self.at + n <= 8 * len(self.data), "data end")
        value = 0
        for _ in range(n):
            value = value * 2 + (self.data[self.at >> 3] >> 7 - (self.at & 7) & 1)
            self.at += 1
        return value

    def code(self, table):
        value = 0
        for length in range(1, 17):
            value = value * 2 + self.take(1)
            if (length, value) in table.found:
                return table.found[length, value]
        raise Refused("no code")

    def number(self, category):
        check(category <= 15, "category")
        value = self.take(category)
        return value if not category or value >> category - 1 else value - (1 << category) + 1


def line(f, s):
    t = (f[2] + f[6]) * C0541
    e2, e3, e0, e1 = t - f[6] * C1847, t + f[2] * C0765, f[0] + f[4] << 13, f[0] - f[4] << 13
    p = e0 + e3, e1 + e2, e1 - e2, e0 - e3
    z = (f[1] + f[3] + f[5] + f[7]) * C1175
    a, b, c, d = -(f[1] + f[7]) * C0899, -(f[3] + f[5]) * C2562, z - (f[3] + f[7]) * C1961, z - (f[1] + f[5]) * C0390
    q = f[1] * C1501 + a + d, f[3] * C3072 + b + c, f[5] * C2053 + b + d, f[7] * C0298 + a + c
    half = 1 << s - 1
    return [wrap(p[i] + q[i] + half, 32) >> s for i in range(4)] + [wrap(p[i] - q[i] + half, 32) >> s for i in (3, 2, 1, 0)]


def inverse(block, precision):
    k = 2 if precision == 8 else 1
    columns = [line([block[8 * v + u] for v in range(8)], 13 - k) for u in range(8)]
    return [[min(max(wrap(o + (1 << precision - 1), 32), 0), (1 << precision) - 1) for o in line([columns[u][v] for u in range(8)], 16 + k)] for v in range(8)]


def intervals(code, at):
    """The entropy-coded data from here: the intervals between restart markers, their markers, and where the next other marker stands."""
    found, markers, data = [], [], bytearray()
    while at < len(code):
        if code[at] != 0xFF:
            data.append(code[at])
            at += 1
            continue
        after = at + 1
        while after < len(code) and code[after] == 0xFF:
            after += 1
        marker = code[after] if after < len(code) else -1
        if marker == 0 and after == at + 1:
            data.append(0xFF)
        elif 0xD0 <= marker <= 0xD7:
            found.append(bytes(data))
            markers.append(marker - 0xD0)
            data = bytearray()
        else:
            break
        at = after + 1
    return found + [bytes(data)], markers, at


def scan(data, markers, interval, parts, frame):
    if len(parts) == 1:
        c = parts[0][0]
        across, down, steps = up(c["columns"], 8), up(c["rows"], 8), [(1, 1)]
    else:
        across, down, steps = up(frame["X"], 8 * frame["H"]), up(frame["Y"], 8 * frame["V"]), [(p[0]["H"], p[0]["V"]) for p in parts]
        check(sum(h * v for h, v in steps) <= 10, "blocks of an MCU")
    count = across * down
    size = interval or count
    check(len(data) == up(count, size), "restart markers")
    check(markers == [i % 8 for i in range(len(markers))], "restart numbers")
    for number, one in enumerate(data):
        bits, before = Bits(one), [0] * len(parts)
        for mcu in range(number * size, min(count, (number + 1) * size)):
            for i, (c, dc, ac) in enumerate(parts):
                for y in range(steps[i][1]):
                    for x in range(steps[i][0]):
                        block = [0] * 64
                        before[i] = wrap(before[i] + bits.number(bits.code(dc)), 16)
                        block[0], k = before[i], 1
                        while k < 64:
                            symbol = bits.code(ac)
                            run, category = symbol >> 4, symbol & 15
                            if symbol == 0:
                                break
                            check(category or run == 15, "run without a coefficient")
                            k += run + (category == 0)
                            check(k < 64, "run out of the block")
                            if category:
                                block[ZIGZAG[k]] = bits.number(category)
                                k += 1
                        samples = inverse([wrap(a * b, 32) for a, b in zip(block, c["steps"])], frame["P"])
                        place = (mcu // across * steps[i][1] + y, mcu % across * steps[i][0] + x)
                        for row in range(8):
                            c["samples"][8 * place[0] + row][8 * place[1]:8 * place[1] + 8] = samples[row]
        check(8 * len(one) - bits.at < 8, "data left")


def sized(c, y, frame):
    """Row y of the picture."""
    h, w, n, X = frame["H"] // c["H"], frame["V"] // c["V"], c["columns"], frame["X"]
    S = [row[:n] for row in c["samples"][max(0, y // w - 1):y // w + 2]]
    j = min(y // w, 1)
    if h == 2 and w <= 2 and n > 2:
        add, shift, T = (1, 2), 2, S[j]
        if w == 2:
            other = y // 2 - 1 if y % 2 == 0 else y // 2 + 1
            other = min(max(other, 0), c["rows"] - 1)
            T, add, shift = [3 * a + b for a, b in zip(S[j], c["samples"][other][:n])], (8, 7), 4
        return [(3 * T[x // 2] + T[min(max(x // 2 + (1 if x % 2 else -1), 0), n - 1)] + add[x % 2]) >> shift for x in range(X)]
    return [S[j][x // h] for x in range(X)]


def decode(code):
    check(code[:2] == b"\xff\xd8", "SOI")
    at, frame, tables, quantisation, interval, done = 2, None, {}, {}, 0, set()
    while True:
        check(at < len(code) and code[at] == 0xFF, "marker")
        while at < len(code) and code[at] == 0xFF:
            at += 1
        check(at < len(code), "no EOI")
        marker, at = code[at], at + 1
        if marker == 0xD9:
            break
        check(at + 2 <= len(code), "cut off")
        length = struct.unpack(">H", code[at:at + 2])[0]
        check(2 <= length <= len(code) - at, "length")
        body, at = code[at + 2:at + length], at + length
        if marker == 0xC4:
            while body:
                check(len(body) >= 17 and body[0] >> 4 < 2 and body[0] & 15 < 4, "DHT")
                total = sum(body[1:17])
                check(len(body) >= 17 + total, "DHT")
                tables[body[0]] = Codes(body[1:17], body[17:17 + total], body[0] < 16)
                body = body[17 + total:]
        elif marker == 0xDB:
            while body:
                wide = body[0] >> 4
                check(wide < 2 and body[0] & 15 < 4 and len(body) >= 65 + 64 * wide, "DQT")
                quantisation[body[0] & 15] = struct.unpack(">64H" if wide else ">64B", body[1:65 + 64 * wide])
                body = body[65 + 64 * wide:]
        elif marker == 0xDD:
            check(len(body) == 2, "DRI")
            interval = struct.unpack(">H", body)[0]
        elif marker in (0xC0, 0xC1):
            check(frame is None and len(body) > 5 and len(body) == 6 + 3 * body[5] and 0 < body[5] < 5, "frame")
            precision, Y, X = struct.unpack(">BHH", body[:5])
            check(precision == 8 or (precision == 12 and marker == 0xC1), "precision")
            components = [dict(id=body[i], H=body[i + 1] >> 4, V=body[i + 1] & 15, table=body[i + 2]) for i in range(6, len(body), 3)]
            check(X and Y, "size (DNL is not read here)")
            check(len({c["id"] for c in components}) == len(components), "identifiers")
            check(all(0 < c["H"] < 5 and 0 < c["V"] < 5 and c["table"] < 4 for c in components), "factors")
            frame = dict(P=precision, X=X, Y=Y, H=max(c["H"] for c in components), V=max(c["V"] for c in components))
            for c in components:
                check(frame["H"] % c["H"] == 0 and frame["V"] % c["V"] == 0, "factors")
                c["columns"], c["rows"] = up(X * c["H"], frame["H"]), up(Y * c["V"], frame["V"])
                wide, high = up(X, 8 * frame["H"]) * c["H"] * 8, up(Y, 8 * frame["V"]) * c["V"] * 8
                c["samples"] = [[0] * wide for _ in range(high)]
        elif marker == 0xDA:
            check(frame is not None and body and 0 < body[0] < 5 and len(body) == 4 + 2 * body[0], "scan")
            parts, last = [], -1
            for i in range(1, 1 + 2 * body[0], 2):
                index = next((n for n, c in enumerate(components) if c["id"] == body[i]), -1)
                check(index > last and index not in done, "components of a scan")
                check(body[i + 1] >> 4 < 4 and body[i + 1] & 15 < 4, "tables of a scan")
                dc, ac, c = tables.get(body[i + 1] >> 4), tables.get(16 + (body[i + 1] & 15)), components[index]
                check(dc and ac and c["table"] in quantisation, "table")
                c["steps"] = [0] * 64
                for k, step in enumerate(quantisation[c["table"]]):
                    c["steps"][ZIGZAG[k]] = step
                parts.append((c, dc, ac))
                done.add(index)
                last = index
            data, markers, at = intervals(code, at)
            scan(data, markers, interval, parts, frame)
        else:
            check(marker == 0xFE or 0xE0 <= marker <= 0xEF, "marker %02X" % marker)
    check(not code[at:].strip(b"\x00\xff"), "bytes behind EOI")
    check(frame is not None and len(done) == len(components), "missing scan")
    result = bytearray()
    for y in range(frame["Y"]):
        rows = [sized(c, y, frame) for c in components]
        for pixel in zip(*rows):
            for sample in pixel:
                result += struct.pack("<H" if frame["P"] == 12 else "B", sample)
    return bytes(result)


if __name__ == "__main__":
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            content = file.read()
        try:
            print(hashlib.sha256(decode(content)).hexdigest())
        except Refused as why:
            print("refused", why)

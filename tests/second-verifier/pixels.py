"""Cells of encapsulated pixel data as section 9 of spec/seal.md says. RLE is decoded here; for the others a program of somebody else's is asked: dcmdjpeg, dcmdjpls, gdcmconv,
on a file made of one frame. What a codestream says of itself is read here."""
import os
import struct
import subprocess
import tempfile

import dicom

RLE = "1.2.840.10008.1.2.5"
FIXED = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
LOSSLESS_JPEG = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
JPEG_2000 = ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203")
LOSSLESS = (RLE, *LOSSLESS_JPEG, "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202")
SUBSAMPLED = ("YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420")


class Undecodable(Exception):
    """Cells cannot be had, or readers differ on them."""


def number(holder, tag, default):
    e = holder.find(tag)
    return int.from_bytes(e.value[:2], "big" if e.big else "little") if e is not None and e.kind == "value" and len(e.value) >= 2 else default


def label(holder):
    e = holder.find(0x00280004)
    return e.value.rstrip(b" \0").decode("ascii", "replace") if e is not None and e.kind == "value" else ""


def frames_of(e, holder, count, top):
    """The codestream of each frame, its fragments joined."""
    table, parts = e.children[0].value, [f.value for f in e.children[1:]]
    if len(parts) < count:
        raise Undecodable("fewer fragments than frames")
    places, at = [], 0
    for part in parts:
        places.append(at)
        at += 8 + len(part)

    def starts(offsets):
        if len(offsets) != count or any(o not in places for o in offsets) or offsets != sorted(set(offsets)) or offsets[0] != 0:
            raise Undecodable("an offset table")
        return [places.index(o) for o in offsets]

    said = None
    extended = holder.find(0x7FE00001) if top else None
    if table:
        if len(table) != 4 * count or extended is not None:
            raise Undecodable("an offset table")
        said = starts(list(struct.unpack(f"<{count}I", table)))
    elif extended is not None:
        if len(extended.value) != 8 * count:
            raise Undecodable("an extended offset table")
        said = starts(list(struct.unpack(f"<{count}Q", extended.value)))
    lengths, total = (holder.find(0x7FE00002), holder.find(0x7FE00003)) if top else (None, None)
    if lengths is not None and (extended is None or len(parts) != count or len(lengths.value) != 8 * count
                                or any(n not in (len(p), len(p) - 1) for n, p in zip(struct.unpack(f"<{count}Q", lengths.value), parts))):
        raise Undecodable("lengths of an extended offset table")
    if total is not None and (len(total.value) != 8 or struct.unpack("<Q", total.value)[0] not in (sum(map(len, parts)), sum(map(len, parts)) - 1)):
        raise Undecodable("the total length")
    if count == 1:
        first = [0]
    elif len(parts) == count:
        first = list(range(count))
    else:
        first = said or [i for i, p in enumerate(parts) if len(p) >= 4 and p[0] == 0xFF and p[1] in (0xD8, 0x4F) and p[2] == 0xFF]
        if len(first) != count or first[0] != 0:
            raise Undecodable("which fragments belong to which frame")
    if said is not None and said != first:
        raise Undecodable("an offset table with other frames")
    return [b"".join(parts[a:b]) for a, b in zip(first, first[1:] + [len(parts)])]


def only_padding(rest):
    if rest.strip(b"\0\xff"):
        raise Undecodable("bytes behind the codestream")


def jpeg_facts(code, ls):
    """precision, components, colour, greatest error; ends where the codestream does."""
    if code[:2] != b"\xff\xd8":
        raise Undecodable("no JPEG")
    at, precision, ids, jfif, adobe, near, scanned = 2, None, [], False, None, 0, 0
    while True:
        while at < len(code) and code[at] == 0xFF:
            at += 1
        if at >= len(code):
            raise Undecodable("the codestream is cut off")
        marker = code[at]
        at += 1
        if marker == 0xD9:
            if not ls or len(code) - at > 1:
                only_padding(code[at:])
            break
        length = int.from_bytes(code[at:at + 2], "big")
        segment = code[at + 2:at + length]
        if length < 2 or len(segment) != length - 2:
            raise Undecodable("a segment is cut off")
        at += length
        if marker in (0xC0, 0xC1, 0xC3, 0xF7):
            if precision is not None:
                raise Undecodable("a second picture")
            precision, ids = segment[0], [segment[6 + 3 * i] for i in range(segment[5])]
        elif ls and (marker == 0xF8 and segment[:1] in (b"\2", b"\3") or marker == 0xE8 and segment[:4] == b"mrfx" and segment[4:5] != b"\0"):
            raise Undecodable("mapping tables or a colour transform that is in no standard")
        elif marker == 0xE0 and segment[:5] == b"JFIF\0":
            jfif = True
        elif marker == 0xEE and segment[:5] == b"Adobe" and len(segment) >= 12:
            adobe = segment[11]
        elif marker == 0xDA:
            named = [ids.index(segment[1 + 2 * i]) if segment[1 + 2 * i] in ids else -1 for i in range(segment[0])]
            if ls and (named != list(range(scanned, scanned + len(named))) or len(named) not in (1, len(ids)) or scanned and near != segment[1 + 2 * segment[0]]):
                raise Undecodable("the scans of JPEG-LS")
            scanned += len(named)
            near = max(near, segment[1 + 2 * segment[0]]) if ls else near
            while at + 1 < len(code) and not (code[at] == 0xFF and (code[at + 1] & 0x80 if ls else code[at + 1] not in (0, *range(0xD0, 0xD8)))):
                at += 1
            if at + 1 >= len(code):
                raise Undecodable("the codestream is cut off")
    if precision is None:
        raise Undecodable("no frame header")
    colour = "unstated"
    if not ls and len(ids) == 3:
        colour = "ycc" if jfif or adobe == 1 else "rgb" if adobe == 0 or bytes(ids) == b"RGB" else "unstated"
    elif not ls and len(ids) == 4 and adobe == 2:
        colour = "ycc"
    return precision, False, colour, near


def jpeg_2000_facts(code):
    if code[:4] != b"\xff\x4f\xff\x51":
        raise Undecodable("no bare JPEG 2000 codestream")
    end = code.rfind(b"\xff\xd9")
    if end < 0:
        raise Undecodable("the codestream is cut off")
    only_padding(code[end + 2:])
    precision, signed, at, transform, reversible = (code[42] & 0x7F) + 1, bool(code[42] & 0x80), 2, False, True
    while code[at:at + 2] != b"\xff\x90":
        length = int.from_bytes(code[at + 2:at + 4], "big")
        if 0x72 <= code[at + 1] <= 0x79:
            raise Undecodable("part 2 of JPEG 2000")
        if code[at:at + 2] == b"\xff\x52":
            transform, reversible = code[at + 8] == 1, code[at + 13] == 1
        at += 2 + length
        if at >= end:
            raise Undecodable("no tile-part")
    return precision, signed, "undone" if transform else "unstated", 0 if reversible else -1


def packbits(code, size):
    out, at = bytearray(), 0
    while len(out) < size:
        if at >= len(code):
            raise Undecodable("an RLE segment ends early")
        control = code[at]
        at += 1
        if control < 128:
            if len(code) - at < control + 1:
                raise Undecodable("a run is cut off")
            out += code[at:at + control + 1]
            at += control + 1
        elif control > 128:
            if at >= len(code):
                raise Undecodable("a run is cut off")
            out += code[at:at + 1] * (257 - control)
            at += 1
        else:
            raise Undecodable("an idle control byte of RLE")
    if len(out) != size or code[at:].strip(b"\0\x80"):
        raise Undecodable("an RLE segment gives too much")
    return bytes(out)


def rle(code, pixels, samples, width):
    planes = samples * width
    if len(code) < 64 or struct.unpack("<I", code[:4])[0] != planes or planes > 15:
        raise Undecodable("an RLE header")
    offsets = list(struct.unpack(f"<{planes}I", code[4:4 + 4 * planes]))
    if offsets[0] < 64 or offsets != sorted(set(offsets)) or offsets[-1] > len(code):
        raise Undecodable("RLE offsets")
    found = [packbits(code[a:b], pixels) for a, b in zip(offsets, offsets[1:] + [len(code)])]
    cells = bytearray(pixels * planes)
    for s in range(samples):
        for b in range(width):  # the highest byte of a sample comes first
            cells[s * width + width - 1 - b::planes] = found[s * width + b]
    return bytes(cells)


def element(tag, vr, value):
    value += b"\0" * (len(value) % 2)
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    return head + (struct.pack("<HI", 0, len(value)) if vr in dicom.LONG else struct.pack("<H", len(value))) + value


def ask(program, code, syntax, s, stored, signed):
    """A file of this one frame through somebody else's decoder: cells by pixel."""
    def us(n):
        return struct.pack("<H", n)
    meta = element(0x00020001, "OB", b"\0\1") + element(0x00020002, "UI", b"1.2.840.10008.5.1.4.1.1.7") + element(0x00020003, "UI", b"2.25.1") + element(0x00020010, "UI", syntax.encode())
    body = element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.7") + element(0x00080018, "UI", b"2.25.1") + element(0x00280002, "US", us(s["samples"]))
    body += element(0x00280004, "CS", b"RGB " if s["samples"] > 1 else b"MONOCHROME2") + (element(0x00280006, "US", us(0)) if s["samples"] > 1 else b"")
    body += element(0x00280010, "US", us(s["rows"])) + element(0x00280011, "US", us(s["columns"])) + element(0x00280100, "US", us(s["bits"]))
    body += element(0x00280101, "US", us(stored)) + element(0x00280102, "US", us(stored - 1)) + element(0x00280103, "US", us(signed))
    code += b"\0" * (len(code) % 2)
    body += struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0) + struct.pack("<HHI", 0xFFFE, 0xE000, len(code)) + code
    body += struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "a.dcm"), os.path.join(folder, "b.dcm")
        with open(source, "wb") as out:
            out.write(bytes(128) + b"DICM" + element(0x00020000, "UL", struct.pack("<I", len(meta))) + meta + body)
        run = subprocess.run([*program, source, target], capture_output=True, check=False)
        if run.returncode or not os.path.exists(target):
            raise Undecodable(f"{program[0]} refuses it")
        with open(target, "rb") as made:
            root = dicom.File(made.read()).root
    e, size = root.find(0x7FE00010), s["rows"] * s["columns"] * s["samples"] * s["bits"] // 8
    if e is None or e.kind != "value" or len(e.value) not in (size, size + size % 2) or number(root, 0x00280006, 0) == 1 and s["samples"] > 1:
        raise Undecodable(f"{program[0]} gives another shape")
    return e.value[:size]


def cells(e, holder, syntax, s, top):
    """Canonical frames of an encapsulated value, whether they may have lost something, and whether that is left to the decoder. s is the shape of verify.py."""
    if s["bits"] % 8 or e.tag != 0x7FE00010:
        raise Undecodable("cells of bits")
    if s["samples"] > 1 and (holder.find(0x00280006) is None or holder.find(0x00280006).kind != "value" or len(holder.find(0x00280006).value) < 2):
        raise Undecodable("no Planar Configuration")
    stored, signed, interpretation = number(holder, 0x00280101, s["bits"]), number(holder, 0x00280103, 0), label(holder)
    width, found, lossy, decides, first = s["bits"] // 8, [], False, False, None
    for code in frames_of(e, holder, s["frames"], top):
        if syntax == RLE:
            precision, minus, colour, near = s["bits"], False, "unstated", 0
            raw = rle(code, s["rows"] * s["columns"], s["samples"], width)
        elif syntax in JPEG_2000:
            precision, minus, colour, near = jpeg_2000_facts(code)
            raw = ask(["gdcmconv", "--raw"], code, syntax, s, s["bits"], signed)
        elif syntax in JPEG_LS:
            precision, minus, colour, near = jpeg_facts(code, True)
            raw = ask(["dcmdjpls"], code, syntax, s, s["bits"], signed)
        elif syntax in FIXED + LOSSLESS_JPEG:
            precision, minus, colour, near = jpeg_facts(code, False)
            near = -1 if syntax in FIXED else near
            raw = ask(["dcmdjpeg", "+cn"], code, syntax, s, s["bits"], signed)
        else:
            raise Undecodable("an encoding that is not decoded here")
        if syntax in JPEG_2000 and minus != bool(signed) and precision < s["bits"] or (minus or signed) and precision < stored:
            raise Undecodable("signs")
        if s["samples"] > 1:
            transform = interpretation in ("YBR_RCT", "YBR_ICT")
            if number(holder, 0x00280006, 0) == 1 and syntax != RLE or colour == "ycc" and not interpretation.startswith("YBR_") or colour != "undone" and transform \
                    or colour == "rgb" and interpretation != "RGB" or colour == "undone" and not transform and interpretation != "RGB":
                raise Undecodable("colours")
        if first is not None and precision != first:
            raise Undecodable("frames of different precisions")
        first = precision
        lossy |= near != 0
        decides |= near < 0
        bits = max(stored, precision)
        fixed = bytearray()
        for i in range(0, len(raw), width):
            value = int.from_bytes(raw[i:i + width], "little")
            if syntax in LOSSLESS_JPEG and not signed and value >> precision:
                raise Undecodable("samples below zero")
            value &= (1 << precision) - 1
            if signed and bits < s["bits"] and value >> (bits - 1):
                value += (1 << s["bits"]) - (1 << bits)
            fixed += value.to_bytes(width, "little")
        found.append(bytes(fixed))
    return found, lossy, decides


def clean(frames, holder, s):
    """No bit outside of Bits Stored says anything."""
    stored, width = number(holder, 0x00280101, s["bits"]), s["bits"] // 8
    if stored == s["bits"] or s["bits"] == 64:
        return True
    if number(holder, 0x00280102, stored - 1) != stored - 1:
        return False
    lowest, signed = 1 << (stored - 1), number(holder, 0x00280103, 0) == 1
    values = (int.from_bytes(f[i:i + width], "little", signed=signed) for f in frames for i in range(0, len(f), width))
    return all(-lowest <= v < lowest if signed else v < 2 * lowest for v in values)


def nested(e, holder, syntax, s, planar):
    """The value that pixel data in an item would have without compression; None where it has no such value."""
    if s is None or s["bits"] % 8 or s["frames"] * s["rows"] * s["columns"] * s["samples"] * s["bits"] // 8 > 1 << 22 or label(holder) in SUBSAMPLED:
        return None
    try:
        frames, lossy, _ = cells(e, holder, syntax, s, False)
    except Undecodable:
        return None
    if lossy or not clean(frames, holder, s):
        return None
    if planar:
        wide = s["bits"] // 8
        frames = [b"".join(f[p:p + wide] for c in range(s["samples"]) for p in range(c * wide, len(f), s["samples"] * wide)) for f in frames]
    value = b"".join(frames)
    return value + b"\0" * (len(value) % 2)

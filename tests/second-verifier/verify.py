#!/usr/bin/env python3
"""A second verifier of Veridicom seals, written from spec/seal.md, spec/seal-message.md and spec/verdict.md alone. Python's standard library, the openssl command for
the signature and for AES, and other people's decoders for compressed pictures (pixels.py). It exists to keep the specification honest: slow, plain, and without an option.

    verify.py ROOT.pem TIME FILE...        TIME as 2026-11-22T10:00:00Z; FILE.seal beside a file is a detached seal

One JSON object for each file: path, verdict, exitCode, parts, reasons. Not judged: files that carry only PS3.15 signatures (verdict null), time-stamp tokens, revocation.
"""
import datetime
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

import dicom
import pixels

STATES = ["not-checked", "intact", "rewritten", "not-covered", "extended", "withheld", "altered"]
PADDING_PATH = b"S\xff\xfc\xff\xfc"
PARTS = ["pixels", "patient", "acquisition", "display", "structure", "carrier"]
EXIT = {"unverifiable": 5, "altered": 1, "untrusted": 4, "extended": 6, "redacted": 6, "amended": 0, "authentic": 0, "unsealed": 3}
VRS = ("AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV").split()
NUMBER = {vr: i + 1 for i, vr in enumerate(VRS)}
CREATOR = b"VERIDICOM SEAL 1"
STATEMENT_OID = "2.25.280596696428332787574068498099013429365"
PIXEL_TAGS = (0x7FE00010, 0x7FE00008, 0x7FE00009)


class Damaged(Exception):
    """The seal is not in its one form."""


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u16(n): return struct.pack(">H", n)
def u32(n): return struct.pack(">I", n)
def u64(n): return struct.pack(">Q", n)


# --- DER -------------------------------------------------------------------------------------------------------------

def der(data):
    """One value: tag byte, content, rest. Definite, shortest lengths only."""
    if len(data) < 2 or data[0] & 0x1F == 0x1F:
        raise Damaged("DER")
    length, at = data[1], 2
    if length >= 0x80:
        size = length & 0x7F
        if size == 0 or size > 4 or len(data) < 2 + size or data[2] == 0:
            raise Damaged("DER length")
        length, at = int.from_bytes(data[2:2 + size], "big"), 2 + size
        if length < 0x80:
            raise Damaged("DER length")
    if len(data) < at + length:
        raise Damaged("DER length")
    return data[0], data[at:at + length], data[at + length:]


class Fields:
    def __init__(self, data):
        self.data = data

    def take(self, tag):
        found, content, self.data = der(self.data)
        if found != tag:
            raise Damaged("DER tag")
        return content

    def integer(self, most):
        content = self.take(2)
        if not content or (len(content) > 1 and content[0] == 0 and content[1] < 0x80) or content[0] >= 0x80:
            raise Damaged("INTEGER")
        value = int.from_bytes(content, "big")
        if value > most:
            raise Damaged("INTEGER range")
        return value

    def hash(self):
        content = self.take(4)
        if len(content) != 32:
            raise Damaged("Hash")
        return content

    def text(self, most):
        try:
            text = self.take(12).decode("utf-8")
        except UnicodeDecodeError:
            raise Damaged("UTF8String") from None
        if len(text) > most:
            raise Damaged("text too long")
        return text

    def claim(self):
        text = self.text(256)
        if any(ord(c) > 0xFFFF or ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text):
            raise Damaged("control character")
        return text

    def boolean(self):
        content = self.take(1)
        if content not in (b"\0", b"\xff"):
            raise Damaged("BOOLEAN")
        return content == b"\xff"

    def list(self, most, read):
        inner, found = Fields(self.take(0x30)), []
        while inner.data:
            found.append(read(inner))
        if len(found) > most:
            raise Damaged("too many")
        return found

    def end(self):
        if self.data:
            raise Damaged("fields behind the last")


def oid(content):
    arcs, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first] + arcs[1:]))


class Statement:
    def __init__(self, data):
        self.identity = sha(data)
        outer = Fields(data)
        f = Fields(outer.take(0x30))
        outer.end()
        if f.integer(1 << 31) != 1 or oid(f.take(6)) != "2.16.840.1.101.3.4.2.1":
            raise Damaged("a version or hash that is not known")
        f.text(64)
        self.syntax = f.text(64)
        self.sealed_at = datetime.datetime.strptime(f.take(24).decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        self.carrier, self.carrier_root = f.integer(2**31 - 1), f.hash()
        self.elements, self.elements_root = f.integer(2**31 - 1), f.hash()
        self.pixels = None
        if f.data[:1] == b"\xa0":
            p = Fields(f.take(0xA0))
            self.pixels = dict(zip(("kind", "element", "frames", "rows", "columns", "samples", "bits"),
                                   (p.integer(2), p.integer(2**32 - 1), p.integer(2**31 - 1), p.integer(65535), p.integer(65535), p.integer(65535), p.integer(65535))))
            self.pixels["leaves"], self.pixels_root = p.integer(4_000_000), p.hash()
            p.text(256)
            self.decoded, self.decoded_root = 0, None
            if p.data:
                d = Fields(p.take(0xA0))
                self.decoded, self.decoded_root = d.integer(4_000_000), d.hash()
                d.end()
            p.end()
            b = self.pixels
            if b["kind"] not in (1, 2):
                raise Damaged("kind of binding")
            if b["kind"] == 1 and (0 in (b["frames"], b["rows"], b["columns"]) or not 1 <= b["samples"] <= 4 or b["bits"] not in (1, 8, 16, 32, 64)
                                   or b["leaves"] != b["frames"] * len(tiles(b["rows"], b["columns"]))):
                raise Damaged("shape")
            if self.decoded_root is not None and (b["kind"] != 2 or self.syntax not in pixels.FIXED or 0 in (b["frames"], b["rows"], b["columns"]) or not 1 <= b["samples"] <= 4
                                                  or b["bits"] not in (8, 16, 32, 64) or self.decoded != b["frames"] * len(tiles(b["rows"], b["columns"]))
                                                  or self.decoded + b["leaves"] > 4_000_000):
                raise Damaged("decoded")
        self.index_digest = f.hash()
        self.previous = f.list(64, Fields.hash)
        f.list(16, lambda x: x.text(64))
        f.boolean()
        f.boolean()
        self.required = f.list(16, Fields.hash)
        claims = Fields(f.take(0x30))
        f.end()
        claims.claim()
        self.purpose = claims.integer(7)
        claims.claim(), claims.claim(), claims.integer(2)
        claims.list(16, lambda x: (lambda m: (m.claim(), m.claim(), m.end()))(Fields(x.take(0x30))))
        claims.claim()
        claims.end()
        if self.purpose == 0:
            raise Damaged("purpose")


# --- the message -----------------------------------------------------------------------------------------------------

class Message:
    """The fields of the CMS, taken apart by hand; the signature itself is openssl's."""

    def __init__(self, data):
        self.data = data
        outer = Fields(data)
        info = Fields(outer.take(0x30))
        outer.end()
        if oid(info.take(6)) != "1.2.840.113549.1.7.2":
            raise Damaged("not SignedData")
        wrapped = Fields(info.take(0xA0))
        info.end()
        signed = Fields(wrapped.take(0x30))
        wrapped.end()
        if signed.integer(9) != 3:
            raise Damaged("version")
        signed.take(0x31)
        content = Fields(signed.take(0x30))
        if oid(content.take(6)) != STATEMENT_OID:
            raise Damaged("not a statement")
        held = Fields(content.take(0xA0))
        content.end()
        self.statement = held.take(4)
        held.end()
        certificates, self.certificates = signed.take(0xA0), []
        while certificates:
            _, _, rest = der(certificates)
            self.certificates.append(certificates[:len(certificates) - len(rest)])
            certificates = rest
        if self.certificates != sorted(self.certificates) or len(set(self.certificates)) != len(self.certificates):
            raise Damaged("order of certificates")
        signers = Fields(signed.take(0x31))
        signed.end()
        signer = Fields(signers.take(0x30))
        signers.end()
        if signer.integer(9) != 1:
            raise Damaged("version of the signer")
        signer.take(0x30)
        signer.take(0x30)
        attributes = Fields(signer.take(0xA0))
        found = {}
        while attributes.data:
            attribute = Fields(attributes.take(0x30))
            name = oid(attribute.take(6))
            found[name] = attribute.take(0x31)
            attribute.end()
        if set(found) != {"1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.16.2.47"}:
            raise Damaged("signed attributes")
        tag, time, _ = der(found["1.2.840.113549.1.9.5"])
        self.time = datetime.datetime.strptime(time.decode("ascii"), "%y%m%d%H%M%SZ" if tag == 23 else "%Y%m%d%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        listed = Fields(Fields(Fields(found["1.2.840.113549.1.9.16.2.47"]).take(0x30)).take(0x30))
        named = []
        while listed.data:
            named.append(Fields(listed.take(0x30)).hash())
        if sorted(named) != sorted(sha(c) for c in self.certificates):
            raise Damaged("certificates that the signature does not name")
        self.signer = next(c for c in self.certificates if sha(c) == named[0])
        signer.take(0x30)
        signer.take(4)
        if signer.data:
            signer.take(0xA1)
        signer.end()

    def key_identity(self):
        tbs = Fields(Fields(Fields(self.signer).take(0x30)).take(0x30))
        if tbs.data[:1] == b"\xa0":
            tbs.take(0xA0)
        for tag in (2, 0x30, 0x30, 0x30, 0x30):
            tbs.take(tag)
        _, _, rest = der(tbs.data)
        return sha(tbs.data[:len(tbs.data) - len(rest)])

    def fits_validity(self, at):
        tbs = Fields(Fields(Fields(self.signer).take(0x30)).take(0x30))
        if tbs.data[:1] == b"\xa0":
            tbs.take(0xA0)
        for tag in (2, 0x30, 0x30):
            tbs.take(tag)
        times, rest = [], tbs.take(0x30)
        while rest:
            tag, text, rest = der(rest)
            text = text.decode("ascii")
            # RFC 5280 4.1.2.5.1: two digits of a year from 50 on are of the century before
            times.append(text if tag == 24 else ("19" if text[:2] >= "50" else "20") + text)
        return times[0] <= at.strftime("%Y%m%d%H%M%SZ") <= times[1]

    def openssl(self, *more):
        with tempfile.NamedTemporaryFile(suffix=".der") as cms:
            cms.write(self.data)
            cms.flush()
            run = subprocess.run(["openssl", "cms", "-verify", "-inform", "DER", "-in", cms.name, "-binary", *more], capture_output=True, check=False)
            return run.returncode == 0 and run.stdout == self.statement

    def signature_valid(self):
        return self.openssl("-noverify")

    def signer_trusted(self, root, at):
        # seal-message.md, Judging 4: the sealing purpose, or documentSigning of RFC 9336
        if not any(encode_oid(purpose) in self.signer for purpose in ("2.25.160630756854251571321998708864671454768", "1.3.6.1.5.5.7.3.36")):
            return False
        # level 2: certificates signed with MD5 or SHA-1, and keys below 112 bits of security, are weak
        return self.openssl("-cades", "-CAfile", root, "-purpose", "any", "-auth_level", "2", "-attime", str(int(at.timestamp())))


def encode_oid(text):
    arcs = list(map(int, text.split(".")))
    body = b""
    for value in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        piece = [value & 0x7F]
        while value > 0x7F:
            value >>= 7
            piece.append(value & 0x7F | 0x80)
        body += bytes(reversed(piece))
    return bytes([6, len(body)]) + body


# --- the opening -----------------------------------------------------------------------------------------------------

class Opening:
    def __init__(self, data, statement):
        self.data, self.at = data, 0
        head = self.take(2)
        if head not in (b"\1\1", b"\1\2"):
            raise Damaged("version of the opening")
        self.redacted = head == b"\1\2"
        secret = None if self.redacted else self.take(32)
        small = 32 if self.redacted else 8
        digest = []
        self.carrier = self.entries(statement.carrier, 32, 32, digest)
        self.elements = self.entries(statement.elements, small, 8, digest)
        self.padding_is_element = any(entry["path"] == PADDING_PATH for entry in self.elements)
        leaves = statement.pixels["leaves"] + statement.decoded if statement.pixels else 0
        pixels = self.take(leaves * small)
        self.pixels = [pixels[i * small:i * small + small] for i in range(leaves)]
        digest.extend(p[:8] for p in self.pixels)
        if self.redacted:
            salts = self.take(16 * leaves)
            self.salts = {2: [salts[16 * i:16 * i + 16] for i in range(leaves)]}
            for section, entries in ((0, self.carrier), (1, self.elements)):
                self.salts[section] = [e["salt"] for e in entries]
        else:
            self.salts = {s: salts_of(secret, s, n) for s, n in ((0, len(self.carrier)), (1, len(self.elements)), (2, leaves))}
        rest = data[self.at:]
        if rest not in (b"", b"\0") or (rest and len(data) % 2):
            raise Damaged("bytes behind the opening")
        if sha(*digest) != statement.index_digest:
            raise Damaged("the index is not the signed one")

    def take(self, count):
        if self.at + count > len(self.data):
            raise Damaged("the opening is too short")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self):
        value = 0
        for place in range(3):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                if byte == 0 and place > 0:
                    break
                return value
        raise Damaged("a number")

    def entries(self, count, size, in_digest, digest):
        found, previous, total = [], b"", 0
        for _ in range(count):
            start = self.at
            shared, own = self.number(), self.number()
            suffix = self.take(own)
            if shared > len(previous) or not 1 <= shared + own <= 65535 or (own and shared < len(previous) and suffix[0] == previous[shared]):
                raise Damaged("a path")
            path = previous[:shared] + suffix
            total += len(path)
            if total > 64 + 40 * len(self.data):
                raise Damaged("paths too long")
            flags = self.take(1)[0]
            padding = self.take(1)[0] if flags & 0x40 else 0
            if flags & 0x40 and padding not in (1, 2):
                raise Damaged("padding")
            hashed = self.take(size)
            digest.append(self.data[start:self.at - size] + hashed[:in_digest])
            entry = {"path": path, "vr": flags & 0x3F, "padding": padding, "leave": bool(flags & 0x80), "hash": hashed, "withheld": False, "salt": None}
            if self.redacted:
                state = self.take(1)
                if state not in (b"\1", b"\2"):
                    raise Damaged("state")
                entry["withheld"] = state == b"\2"
                if not entry["withheld"]:
                    entry["salt"] = self.take(16)
            found.append(entry)
            previous = path
        return found


def salts_of(secret, section, count):
    if count == 0:
        return []
    blocks = b"".join(bytes([section]) + bytes(7) + u64(i) for i in range(count))
    out = subprocess.run(["openssl", "enc", "-aes-256-ecb", "-K", secret.hex(), "-nopad"], input=blocks, capture_output=True, check=True).stdout
    return [out[16 * i:16 * i + 16] for i in range(count)]


# --- the inventory ---------------------------------------------------------------------------------------------------

def is_padding(e):
    """(FFFC,FFFC) at the top level: a leaf of the carrier, unless the seal lists it among the elements."""
    return e.tag == 0xFFFCFFFC and e.kind == "value" and len(e.value) <= 1 << 20


def inventory(root, own_block, bound, skip_padding=False):
    """Leaves in document order: path, element, kind, tags."""
    leaves = []
    pixel = next((e for tag in PIXEL_TAGS for e in [root.find(tag)] if e), None)

    def walk(holder, prefix, tags, top, in_signature):
        creators, counts = {}, {}
        for e in holder.children:
            group, number = e.tag >> 16, e.tag & 0xFFFF
            if number == 0:
                continue
            if top and own_block is not None and group == 0x7FF1 and (number == own_block or number >> 8 == own_block):
                continue
            if top and bound and bound["frames"] == 1 and e.tag == 0x00280008 and e.vr == "IS" and e.value == b"1 ":
                continue
            if top and bound and bound["kind"] == 1 and bound["samples"] > 1 and e.tag == 0x00280006 and e.vr == "US" and e.kind == "value" and len(e.value) == 2:
                continue
            if top and bound and bound["kind"] == 1 and pixel is not None and pixel.kind == "encapsulated" and 0x7FE00001 <= e.tag <= 0x7FE00003:
                continue
            if top and skip_padding and is_padding(e):
                continue
            if in_signature and e.tag in (0x04000305, 0x04000310):
                continue
            shown = e.tag
            if not group & 1:
                path = prefix + b"S" + u32(e.tag)
            elif 0x10 <= number <= 0xFF and e.kind == "value" and 1 <= len(e.value) <= 64:
                name = e.value.rstrip(b" ")
                ordinal = min(counts.get((group, name), 0), 255)
                counts[group, name] = counts.get((group, name), 0) + 1
                creators[group, number] = (ordinal, name)
                path = prefix + b"C" + u16(group) + bytes([ordinal, len(name)]) + name
                shown = group << 16 | 0x10
            elif (group, number >> 8) in creators:
                ordinal, name = creators[group, number >> 8]
                path = prefix + b"P" + u16(group) + bytes([ordinal, len(name)]) + name + bytes([number & 0xFF])
                shown = group << 16 | 0x1000 | number & 0xFF
            else:
                path = prefix + b"R" + u32(e.tag)
            signatures = top and e.kind == "sequence" and e.tag in (0x4FFE0001, 0xFFFAFFFA)
            unknown = dicom.DICTIONARY.find(e.tag) is None
            kind = 2 if e is pixel else 3 if signatures else 0 if e.kind == "sequence" and not e.children and unknown \
                else 1 if e.kind == "sequence" else 4 if e.kind == "encapsulated" else 0
            leaves.append((path, e, kind, tags + [shown], holder))
            if e.kind != "sequence":
                continue
            for place, item in enumerate(e.children, 1):
                named = item.find(0x04000100) if e.tag == 0xFFFAFFFA else item.find(0x04000005) if e.tag == 0x4FFE0001 else None
                if signatures and e.tag == 0xFFFAFFFA and named is not None and 1 <= len(named.value) <= 64:
                    name = named.value.rstrip(b" \0")
                    below = path + b"U" + bytes([len(name)]) + name
                elif signatures and e.tag == 0x4FFE0001 and named is not None and named.kind == "value" and len(named.value) >= 2:
                    below = path + b"M" + (named.value[:2] if named.big else named.value[1::-1])
                else:
                    below = path + b"I" + u32(place)
                    if signatures:
                        leaves.append((below, item, 3, tags + [shown], e))
                walk(item, below, tags + [shown], False, signatures and e.tag == 0xFFFAFFFA)

    walk(root, b"", [], True, False)
    return leaves


def vr_to_seal(e, kind):
    if e.kind == "item":
        return 0
    if e.tag & 0x10000:
        return 0 if kind != 0 or e.implicit or e.vr == "UN" else NUMBER[e.vr]
    names = dicom.DICTIONARY.find(e.tag)
    if e.vr in ("OB", "OW", "US") and names and len(names) > 1 and "OW" in names and e.vr in names:
        return 63
    if kind in (1, 3) and (names is None or "SQ" in names):
        return 22
    if e.implicit:
        return NUMBER[names[0]] if names and len(names) == 1 else 63
    return NUMBER[e.vr]


def sign_fits(e, names, root, top):
    if e.implicit or not top or "US" not in names or "SS" not in names or "OW" in names:
        return True
    sign = root.find(0x00280103)
    if sign is None or sign.kind != "value" or len(sign.value) < 2:
        return True
    return e.vr == ("SS" if int.from_bytes(sign.value[:2], "big" if sign.big else "little") == 1 else "US")


def vr_to_check(e, kind, was, root=None, top=False):
    now = vr_to_seal(e, kind)
    if now == was:
        return now
    if e.tag & 0x10000:
        return was if kind == 0 and (was == 0 or e.vr == "UN" or e.implicit) else now
    names = dicom.DICTIONARY.find(e.tag)
    if was == 63:
        return was if names is None or (len(names) > 1 and e.vr in names and sign_fits(e, names, root, top)) else now
    if not 1 <= was <= 34:
        return now
    if e.implicit:
        return was if names is None or VRS[was - 1] in names else now
    return was if e.vr == "UN" and names is None else now


def swapped(value, unit):
    whole = len(value) // unit * unit
    return b"".join(value[i:i + unit][::-1] for i in range(0, whole, unit)) + value[whole:] if unit > 1 else value


def canonical(e, kind, vr, was_padding):
    """Value and padding byte of an element."""
    if kind == 1:
        return u32(len(e.children)), 0
    if kind in (2, 3):
        return b"", 0
    if kind == 4:
        return b"".join(u64(len(f.value)) + f.value for f in e.children), 0
    value, padding = e.value if e.kind == "value" else b"", 0
    if 1 <= vr <= 34 and VRS[vr - 1] in dicom.TEXT:
        own = b"\0" if VRS[vr - 1] == "UI" else b" "
        if value and len(value) % 2 == 0 and value[-1:] in (b"\0", b" ") and value[-1:] != own:
            padding = 1 if value[-1:] == b"\0" else 2
            value = value[:-1]
        value = value.rstrip(own)
        return swapped(value, dicom.SWAP.get(e.vr, 1) if e.big else 1), padding or was_padding
    value = swapped(value, dicom.SWAP.get(e.vr, 1) if e.big else 1)
    if len(value) % 2:
        value += b" " if e.tag & 0x10000 and e.vr in dicom.TEXT and e.vr != "UI" else b"\0"
    return value, was_padding


WORDS = re.compile(rb"Lossless JPEG compression, selection value [1-7], point transform 0, compression ratio [0-9]{1,5}(?:\.[0-9]{1,5})?(?: \[(.*)\])?", re.DOTALL)


def is_description(e):
    return e.tag == 0x00082111 and e.kind == "value" and e.vr == "ST" and len(e.value) <= 4096


def without_words(text):
    """Section 9, Compression: the text before DCMTK compressed the file once; None where it did not."""
    found = WORDS.fullmatch(text)
    return (found.group(1) or b"").rstrip(b" ") if found else None


def leaf(salt, kind, vr, padding, path, value):
    return sha(b"\0", salt, bytes([kind, vr, padding]), u16(len(path)), path, u64(len(value)), value)


# --- pixels ----------------------------------------------------------------------------------------------------------

def tiles(rows, columns):
    high, wide = max(32, -(-rows // 8)), max(32, -(-columns // 8))
    return [(c, r, min(wide, columns - c), min(high, rows - r)) for r in range(0, rows, high) for c in range(0, columns, wide)]


def shape(root):
    def us(tag, default=None):
        e = root.find(tag)
        return int.from_bytes(e.value[:2], "big" if e.big else "little") if e is not None and e.kind == "value" and len(e.value) >= 2 else default
    frames = 1
    if root.find(0x00280008) is not None:
        try:
            frames = int(root.find(0x00280008).value.decode("ascii").strip(" \0"))
        except ValueError:
            return None
    found = {"frames": frames, "rows": us(0x00280010, 0), "columns": us(0x00280011, 0), "samples": us(0x00280002, 1), "bits": us(0x00280100, 0)}
    planar, stored, high, signed = us(0x00280006, 0), us(0x00280101, found["bits"]), us(0x00280102), us(0x00280103, 0)
    high = stored - 1 if high is None else high
    if found["rows"] == 0 or found["columns"] == 0 or found["bits"] not in (1, 8, 16, 32, 64) or not 1 <= found["samples"] <= 4 or frames < 1 or planar > 1 or signed > 1 \
            or not 1 <= stored <= found["bits"] or not stored - 1 <= high < found["bits"]:
        return None
    return found, planar == 1 and found["samples"] > 1


def samples(e, s, planar, root):
    """Canonical frames, or None where the pixel data is none of this shape."""
    interpretation = root.find(0x00280004)
    if e.kind != "value" or (interpretation is not None and interpretation.value.rstrip(b" \0") in (b"YBR_FULL_422", b"YBR_PARTIAL_422", b"YBR_PARTIAL_420")):
        return None
    order = root.find(0x00280006)
    if s["samples"] > 1 and (order is None or order.kind != "value" or len(order.value) < 2):
        return None
    data = swapped(e.value, dicom.SWAP.get(e.vr, 1) if e.big else 1)
    cells = s["rows"] * s["columns"] * s["samples"]
    length = (cells * s["bits"] * s["frames"] + 7) // 8
    if s["bits"] == 1 and s["samples"] > 1 or not (len(data) == length or (length % 2 and len(data) == length + 1 and data[length] == 0)):
        return None
    if s["bits"] == 1:
        bits = [data[i // 8] >> i % 8 & 1 for i in range(length * 8)]
        if any(bits[cells * s["frames"]:]):
            return None
        return [bytes(bits[f * cells:(f + 1) * cells]) for f in range(s["frames"])]
    size = s["bits"] // 8
    frames = [data[f * cells * size:(f + 1) * cells * size] for f in range(s["frames"])]
    if planar:
        area = s["rows"] * s["columns"] * size
        frames = [b"".join(f[c * area + p:c * area + p + size] for p in range(0, area, size) for c in range(s["samples"])) for f in frames]
    return frames


def pixel_hashes(bound, e, frames, salts):
    """Leaf hashes and root."""
    groups = []
    if bound["kind"] == 1:
        boxes = tiles(bound["rows"], bound["columns"])
        wide = bound["samples"] * max(1, bound["bits"] // 8)
        for number, frame in enumerate(frames):
            row = bound["columns"] * wide
            groups.append([sha(b"\4", salts[number * len(boxes) + t], u32(number), u32(t), *(frame[(y + i) * row + x * wide:(y + i) * row + (x + w) * wide] for i in range(h)))
                           for t, (x, y, w, h) in enumerate(boxes)])
    elif e.kind == "encapsulated":
        groups.append([sha(b"\5", salts[i], u32(i), u64(len(f.value)), f.value) for i, f in enumerate(e.children)])
    else:
        data = swapped(e.value, dicom.SWAP.get(e.vr, 1) if e.big else 1)
        pieces = [data[i:i + 65536] for i in range(0, len(data), 65536)] or [b""]
        groups.append([sha(b"\6", salts[i], u32(i), u64(len(p)), p) for i, p in enumerate(pieces)])
    root = sha(b"\3", u32(len(groups)), *(sha(b"\2", u32(i), u32(len(g)), *g) for i, g in enumerate(groups)))
    return [h for g in groups for h in g], root


# --- parts -----------------------------------------------------------------------------------------------------------

def part_of_tag(tag):
    g, e = tag >> 16, tag & 0xFFFF

    def within(*ranges):
        return any(r[0] <= e <= r[-1] for r in ranges)
    if g & 1:
        return "structure"
    if g == 0x0002:
        return "carrier"
    if g == 0x0008:
        if within([5], [6]):
            return "patient"
        return "acquisition" if within([8], [0x20, 0x35], [0x2A], [0x60, 0x70], [0x1010], [0x1030], [0x103E], [0x1090], [0x2100, 0x2200], [0x9215]) else "structure"
    if g in (0x0010, 0x0038):
        return "patient"
    if g == 0x0018:
        return "display" if within([0x1600, 0x1624]) else "acquisition"
    if g == 0x0020:
        return "display" if e in (0x20, 0x60, 0x62, 0x4000, 0x9072) else "structure" if e in (0xD, 0xE) else "acquisition"
    if g == 0x0028:
        return "pixels" if within([2, 0x11], [0x14], [0x34], [0x100, 0x103], [0x300], [0x301], [0xA02], [0xA04], [0x7FE0]) else "display"
    if g == 0x0040:
        return "display" if within([0x310], [0x2400], [0x9096, 0x9225], [0xA000, 0xAFFF]) else "acquisition"
    if g == 0x0042:
        return "display" if within([0x10, 0x12]) else "structure"
    if g in (0x0070, 0x0072, 0x0074, 0x2050, 0x3006) or 0x5000 <= g <= 0x50FE or 0x6000 <= g <= 0x60FE:
        return "display"
    if g == 0x7FE0:
        return "pixels"
    return "acquisition" if g in (0x0048, 0x0050, 0x0052, 0x0054, 0x3002, 0x3004, 0x3008, 0x300A, 0x300C, 0x4010, 0x5400) else "structure"


def part_of(tags):
    inner = part_of_tag(tags[-1]) if tags else "structure"
    if inner in ("display", "patient", "pixels"):
        return inner
    return next((p for p in map(part_of_tag, tags) if p != "structure"), "structure")


def tags_of(path):
    tags, at = [], 0
    while at < len(path):
        letter, rest = path[at:at + 1], path[at + 1:]
        if letter in b"SR":
            tags.append(struct.unpack(">I", rest[:4])[0])
            at += 5
        elif letter == b"C":
            tags.append(struct.unpack(">H", rest[:2])[0] << 16 | 0x10)
            at += 5 + rest[3]
        elif letter == b"P":
            size = 6 + rest[3]
            tags.append(struct.unpack(">H", rest[:2])[0] << 16 | 0x1000 | path[at + size - 1])
            at += size
        else:
            at += {b"I": 5, b"M": 3, b"H": 1, b"U": 2 + (rest[0] if rest else 0)}[letter]
    return tags


# --- one seal --------------------------------------------------------------------------------------------------------

class Judged:
    """What one seal says of a file."""

    def __init__(self, file, block, root, now):
        self.state = {p: 0 for p in PARTS}
        self.reasons = []
        self.differs = self.replaced = self.replaced_shown = self.appended = self.withheld = self.doubt = self.untrusted = False
        self.element_added, self.later = False, set()
        self.valid, self.statement = False, None
        try:
            self.judge(file, block, root, now)
        except (Damaged, ValueError) as e:
            self.doubt = True
            self.reasons.append("seal-damaged: " + str(e))

    altered = property(lambda s: s.differs or s.replaced_shown)
    extended = property(lambda s: s.appended or (s.replaced and not s.replaced_shown))
    trusted = property(lambda s: s.valid and not s.untrusted)

    @property
    def kind(self):
        return "unverifiable" if self.doubt else "altered" if self.altered else "untrusted" if self.untrusted else "extended" if self.extended \
            else "redacted" if self.withheld else "authentic"

    def mark(self, part, state):
        self.state[part] = max(self.state[part], STATES.index(state))

    def alter(self, part, reason):
        self.differs = True
        self.mark(part, "altered")
        self.reasons.append(reason)

    def append(self, part, reason):
        if part in ("display", "patient", "pixels"):
            self.alter(part, reason)
        else:
            self.appended = True
            self.mark(part, "extended")
            self.reasons.append(reason)

    def judge(self, file, block, root, now):
        number, cms, opening, digest, self.detached = block
        self.number = number
        if digest != sha(b"\1", u32(len(cms)), cms, b"\2", u32(len(opening)), opening):
            raise Damaged("the digest of the block")
        _, _, rest = der(cms)
        if rest not in (b"", b"\0") or (rest and len(cms) % 2):
            raise Damaged("bytes behind the message")
        message = Message(cms[:len(cms) - len(rest)])
        self.statement = Statement(message.statement)
        self.untrusted = not message.signer_trusted(root, now) or message.key_identity() not in (self.statement.required or [message.key_identity()])
        if not message.fits_validity(self.statement.sealed_at):
            self.untrusted = True
        if any(k != message.key_identity() for k in self.statement.required) or self.statement.sealed_at > now + datetime.timedelta(minutes=5):
            self.untrusted = True
        self.valid = message.signature_valid() and message.time == self.statement.sealed_at
        if not self.valid:
            self.alter("structure", "seal-forged")
            return
        index = Opening(opening, self.statement)
        for part in ("patient", "acquisition", "display", "structure"):
            self.mark(part, "intact")
        self.compare_elements(file, None if self.detached else number, index)
        self.compare_pixels(file, index)
        self.compare_carrier(file, index)

    def compare_elements(self, file, own, index):
        places = {}
        for at, found in enumerate(inventory(file.root, own, self.statement.pixels, not index.padding_is_element)):
            if found[0] in places:
                self.added(file, found)
            else:
                places[found[0]] = (at, found)
        hashes, last, labels, self.proven = [], -1, [], set()
        for i, entry in enumerate(index.elements):
            at, found = places.pop(entry["path"], (None, None))
            part = part_of(tags_of(entry["path"]))
            if found is not None:
                if at < last:
                    self.alter(part, "order-changed")
                last = max(last, at)
            if entry["withheld"]:
                hashes.append(entry["hash"])
                if not entry["leave"]:
                    self.alter(part, "withheld-without-leave")
                else:
                    self.withheld = True
                    self.mark(part, "withheld")
                if found is not None:
                    shown = part in ("display", "patient", "pixels")
                    self.replaced, self.element_added = True, True
                    self.replaced_shown |= shown
                    self.mark(part, "altered" if shown else "extended")
                continue
            if found is None:
                self.alter(part, "element-missing " + entry["path"].hex())
                hashes.append(b"")
                continue
            _, e, kind, _, holder = found
            vr = vr_to_check(e, kind, entry["vr"], file.root, len(entry["path"]) == 5 and entry["path"][:1] == b"S")
            value, padding = canonical(e, kind, vr, entry["padding"])
            hashes.append(b"")
            for kind_now, value_now in self.forms(file, e, kind, holder, value, vr, entry):
                hashes[-1] = leaf(index.salts[1][i], kind_now, vr, padding, entry["path"], value_now)
                if hashes[-1].startswith(entry["hash"]):
                    if kind == 4 and kind_now == 0:
                        self.proven.add(id(holder))
                    elif e.tag == 0x00280004 and value_now != value and holder is not file.root:
                        labels.append((part, entry, holder))
                    break
            else:
                if e.vr == "UN" and e.tag & 0x10000 and (file.root.big or self.statement.syntax == "1.2.840.10008.1.2.2"):
                    self.doubt = True
                    self.reasons.append("vr-lost")
                else:
                    self.alter(part, "element-changed " + entry["path"].hex())
        for part, entry, holder in labels:
            if id(holder) not in self.proven:
                self.alter(part, "element-changed " + entry["path"].hex())
        for _, found in sorted(places.values(), key=lambda p: p[0]):
            self.added(file, found)
        self.timestamps(file)
        if not self.differs and not self.doubt and sha(b"\1\1", u32(len(hashes)), *hashes) != self.statement.elements_root:
            self.alter("structure", "elements root")

    def forms(self, file, e, kind, holder, value, vr, entry):
        """Section 9, Compression: kind and value as they are, and as they would be without compression."""
        top, bound = holder is file.root, self.statement.pixels
        cells = bound is not None and bound["kind"] == 1
        rct = e.tag == 0x00280004 and e.kind == "value" and e.value.rstrip(b" \0") == b"YBR_RCT" and file.syntax in pixels.JPEG_2000
        if rct and top and cells:
            yield kind, b"RGB"
            return
        yield kind, value
        if kind == 4:
            found = shape(holder)
            value = pixels.nested(e, holder, file.syntax, *(found or (None, None)))
            if value is not None:
                yield 0, value
        elif rct and not top:
            yield kind, b"RGB"
        elif top and cells and is_description(e) and vr == NUMBER["ST"]:
            while (value := without_words(value)) is not None:
                yield kind, value

    def timestamps(self, file):
        """What stands where a time-stamp of a signature may stand. Of a token only its form and its imprint are looked at."""
        sequence = file.root.find(0xFFFAFFFA)
        for item in sequence.children if sequence is not None else []:
            kind, token, value = (item.find(t) for t in (0x04000305, 0x04000310, 0x04000120))
            if kind is None and token is None:
                continue
            try:
                stamped = value.value
                _, _, rest = der(stamped) if stamped[:1] == b"\x30" else (0, 0, b"")
                stamped = stamped[:len(stamped) - len(rest)]
                _, _, rest = der(token.value)
                sound = kind.vr == "CS" and kind.value.rstrip(b" ") == b"CMS_TSP" and token.vr == "OB" and rest in (b"", b"\0") \
                    and any(hashlib.new(h, stamped).digest() in token.value for h in ("sha256", "sha384", "sha512"))
            except (AttributeError, Damaged):
                sound = False
            if not sound:
                self.append("structure", "bad-timestamp")

    def added(self, file, found):
        path, e, _, tags, _ = found
        if len(tags) == 1 and is_description(e) and self.statement.pixels is not None and self.statement.pixels["kind"] == 1:
            text, _ = canonical(e, 0, NUMBER["ST"], 0)
            if text:
                while (rest := without_words(text)) is not None:
                    text = rest
                if not text:
                    return
        if len(tags) == 1 and e.tag >> 16 == 0x7FF1:
            number = e.tag & 0xFFFF
            if 0x10 <= number <= 0xFF and e.value == CREATOR:
                self.later.add(number)
                self.append("structure", "later-seal-invalid")
                return
            if number >> 8 in self.later:
                return
        self.element_added = True
        self.append(part_of(tags), "element-added " + path.hex())

    def compare_pixels(self, file, index):
        bound = self.statement.pixels
        e = next((x for tag in PIXEL_TAGS for x in [file.root.find(tag)] if x), None)
        if bound is None or e is None:
            return
        if e.tag != bound["element"]:
            self.alter("pixels", "shape-changed")
            return
        if contradicts(file) and e.kind == "encapsulated":
            return
        if bound["kind"] == 1:
            self.compare_cells(file, e, bound, index, 0, self.statement.pixels_root, True)
            return
        was_encapsulated = self.statement.syntax not in dicom.NATIVE
        if file.syntax != self.statement.syntax if e.kind == "encapsulated" else was_encapsulated:
            if self.statement.decoded_root is None:
                self.doubted("encoded otherwise")
            else:
                self.compare_cells(file, e, {**bound, "kind": 1, "leaves": self.statement.decoded}, index, bound["leaves"], self.statement.decoded_root, False)
            return
        self.mark("pixels", "intact")
        found = shape(file.root)
        parts = len(e.children) if e.kind == "encapsulated" else max(1, -(-len(e.value) // 65536))
        now = found[0] if found else {k: 0 for k in ("frames", "rows", "columns", "samples", "bits")}
        if ambiguous_order(file, e) or parts != bound["leaves"] or any(now[k] != bound[k] for k in now):
            self.alter("pixels", "shape-changed")
            return
        hashes, root = pixel_hashes(bound, e, None, index.salts[2])
        wrong = [i for i, h in enumerate(hashes) if not h.startswith(index.pixels[i])]
        for i in wrong:
            self.alter("pixels", f"pixel-bytes-changed part {i}")
        if not wrong and root != self.statement.pixels_root:
            self.alter("pixels", "pixel root")

    def doubted(self, why):
        self.doubt = True
        self.reasons.append("pixels-not-decodable: " + why)

    def compare_cells(self, file, e, bound, index, first, sealed_root, samples_bound):
        found = shape(file.root)
        planar = file.root.find(0x00280006)
        good = found is not None and not ambiguous_order(file, e) and all(found[0][k] == bound[k] for k in found[0]) \
            and (bound["samples"] == 1 or planar is not None and planar.kind == "value" and len(planar.value) >= 2)
        frames, decides = None, False
        try:
            if good and e.kind == "encapsulated":
                frames, _, decides = pixels.cells(e, file.root, file.syntax, found[0], True)
            elif good:
                frames = samples(e, *found, file.root)
        except pixels.Undecodable as why:
            self.doubted(str(why))
            return
        if frames is None:
            self.alter("pixels", "shape-changed")
            return
        hashes, root = pixel_hashes(bound, e, frames, index.salts[2][first:])
        wrong = [i for i, h in enumerate(hashes) if not h.startswith(index.pixels[first + i])]
        if not wrong and decides:
            self.doubted("the same cells, with loss")
            return
        if not samples_bound and (wrong or root != sealed_root):
            self.doubted("another decoder, or another picture")
            return
        self.mark("pixels", "intact")
        for i in wrong:
            self.alter("pixels", f"pixels-changed tile {i}")
        if not wrong and root != sealed_root:
            self.alter("pixels", "pixel root")

    def compare_carrier(self, file, index):
        self.mark("carrier", "intact")
        if contradicts(file):
            self.alter("carrier", "meta-changed: syntax contradicts pixels")
        now = [(b"H", None, 0, [], None)] if file.preamble is not None else []
        now += inventory(file.meta, None, None)
        if not index.padding_is_element:
            now += [(PADDING_PATH, e, None, [], None) for e in file.root.children if is_padding(e)]
        places = {entry["path"]: i for i, entry in enumerate(index.carrier)}
        hashes, same = [b""] * len(index.carrier), len(now) == len(index.carrier)
        for path, e, kind, _, _ in now:
            i = places.pop(path, None)
            if i is not None and not index.carrier[i]["withheld"]:
                if e is None:
                    hashes[i] = leaf(index.salts[0][i], 0, 0, index.carrier[i]["padding"], path, file.preamble)
                elif kind is None:
                    hashes[i] = leaf(index.salts[0][i], 0, 0, index.carrier[i]["padding"], path, e.value)
                else:
                    vr = vr_to_seal(e, kind)
                    value, padding = canonical(e, kind, vr, index.carrier[i]["padding"])
                    hashes[i] = leaf(index.salts[0][i], kind, vr, padding, path, value)
                if hashes[i] == index.carrier[i]["hash"]:
                    continue
            same = False
            if e is None:
                good = not any(file.preamble)
            elif kind is None:
                good = not any(e.value)
                if not good and i is None:
                    self.element_added = True
                    self.append("structure", "element-added " + path.hex())
                    continue
            else:
                good = meta_may_be(file, e, i is not None, self.statement)
            if good:
                self.mark("carrier", "rewritten")
            else:
                self.alter("carrier", "carrier " + path.hex())
        for path, i in places.items():
            same = False
            tag = struct.unpack(">I", path[1:5])[0] if len(path) == 5 else 0
            stays = tag in (0x00020002, 0x00020003, 0x00020010) and (file.preamble is not None or file.has_meta)
            if stays and not (index.carrier[i]["withheld"] and tag == 0x00020003):
                self.alter("carrier", "carrier lacks " + path.hex())
            else:
                self.mark("carrier", "rewritten")
        if same and sha(b"\1\0", u32(len(hashes)), *hashes) != self.statement.carrier_root:
            self.alter("carrier", "carrier root")


def contradicts(file):
    e = file.root.find(0x7FE00010)
    return e is not None and (e.kind == "encapsulated" or len(e.value) > 0) and (e.kind == "encapsulated") != (file.syntax not in dicom.NATIVE)


def ambiguous_order(file, e):
    allocated = file.root.find(0x00280100)
    return e.big and e.kind == "value" and e.vr == "OB" and allocated is not None and int.from_bytes(allocated.value[:2], "big") > 8


def meta_may_be(file, e, was_sealed, statement):
    def is_uid(value):
        return e.vr == "UI" and value is not None and e.value == value.encode("ascii", "replace") + b"\0" * (len(value) % 2)

    def is_uid_of(element):
        return is_uid(dicom.uid(element)) if element is not None else not was_sealed and e.kind == "value" and e.vr == "UI" and len(e.value) <= 64
    if e.tag == 0x00020001:
        return e.vr == "OB" and e.value == b"\0\1"
    if e.tag == 0x00020002:
        return is_uid_of(file.root.find(0x00080016))
    if e.tag == 0x00020003:
        return is_uid_of(file.root.find(0x00080018))
    if e.tag == 0x00020010:
        pixel = next((x for tag in PIXEL_TAGS for x in [file.root.find(tag)] if x), None)
        proved = statement.pixels is not None and (statement.pixels["kind"] == 1 or statement.decoded_root is not None) and pixel is not None and pixel.kind == "encapsulated"
        return (file.syntax in dicom.NATIVE or proved) and is_uid(file.syntax)
    return e.tag in (0x00020012, 0x00020013, 0x00020016, 0x00020017, 0x00020018) and e.kind == "value" and len(e.value) <= 64 and e.vr in dicom.DICTIONARY.find(e.tag)


# --- a file ----------------------------------------------------------------------------------------------------------

def blocks_of(file, detached):
    found = []
    for root, beside in [(file.root, False)] + ([(detached, True)] if detached else []):
        for creator in root.children:
            number = creator.tag & 0xFFFF
            if creator.tag >> 16 != 0x7FF1 or not 0x10 <= number <= 0xFF or creator.value != CREATOR:
                continue
            parts = {e.tag & 0xFF: e for e in root.children if e.tag >> 16 == 0x7FF1 and (e.tag & 0xFFFF) >> 8 == number}
            sound = set(parts) == {1, 2, 0xF} and all(e.vr in ("OB", "UN") and e.kind == "value" and not e.undefined for e in parts.values())
            found.append((number, parts[1].value, parts[2].value, parts[0xF].value, beside) if sound else (number, b"", b"", b"", beside))
    return found


def names(later, earlier):
    return earlier.statement is not None and later.statement is not None and earlier.statement.identity in later.statement.previous


def chain(seals):
    """verdict.md, Chains: the deciding seal, the verdict, the exit code."""
    seals = sorted(seals, key=lambda s: len(s.statement.previous) if s.statement else 1 << 30)

    def continues(i):
        return seals[i].statement is not None and all(names(seals[i], s) for s in seals[:i] if s.trusted and (s.detached or s.number not in seals[i].later))

    def altered_after(seal):
        return next((s for s in reversed(seals) if s.trusted and s.altered and names(s, seal)), None)

    for i in range(len(seals) - 1, -1, -1):
        seal = seals[i]
        if seal.kind not in ("authentic", "redacted") or not continues(i):
            continue
        newer = altered_after(seal)
        if newer:
            return newer, "altered"
        if i > 0 and seal.statement.purpose in (1, 6):
            before = next((s for s in reversed(seals[:i]) if s.trusted and names(seal, s)), None)
            if before and (before.altered or before.element_added):
                return before, before.kind
        if seal.kind == "authentic" and seal.statement.previous:
            hidden = next((s for s in reversed(seals[:i]) if s.valid and not s.doubt and not s.differs and s.withheld), None)
            if seal.statement.purpose == 4 and hidden:
                for part in PARTS:
                    if STATES[hidden.state[part]] not in ("not-checked", "intact", "rewritten"):
                        seal.mark(part, "withheld")
                return seal, "sealed redaction"
            return seal, "amended"
        return seal, seal.kind
    for i in range(len(seals) - 1, -1, -1):
        if seals[i].kind == "extended" and continues(i):
            newer = altered_after(seals[i])
            return (newer, "altered") if newer else (seals[i], "extended")
    trusted = next((s for s in reversed(seals) if s.trusted and s.altered), None)
    if trusted and trusted is not seals[-1]:
        return trusted, "altered"
    latest = next((i for i in range(len(seals) - 1, -1, -1) if seals[i].kind != "unverifiable"), None)
    if latest is None:
        return seals[-1], seals[-1].kind
    if not continues(latest):
        seals[latest].untrusted = True
        first = next((s for s in seals[:latest] if s.kind == "altered"), None)
        if first:
            return first, "altered"
    return seals[latest], seals[latest].kind


def verify(path, root, now):
    with open(path, "rb") as source:
        data = source.read()
    nothing = {p: "not-checked" for p in PARTS}
    try:
        file = dicom.File(data)
        detached = None
        if os.path.exists(path + ".seal"):
            with open(path + ".seal", "rb") as source:
                value = source.read()
            detached = dicom.Element(0, None, "root", False, False)
            detached.children, _ = dicom.Reader(value, "instance").elements(0, len(value), False, False, False, 0)
    except dicom.Unreadable as e:
        return {"path": path, "verdict": "unverifiable", "exitCode": 5, "parts": nothing, "reasons": [str(e)]}
    blocks = blocks_of(file, detached)
    if not blocks:
        later = any(e.tag >> 16 == 0x7FF1 and e.value.startswith(b"VERIDICOM SEAL ") for e in file.root.children)
        verdict = "unverifiable" if later else None if any(e.tag == 0xFFFAFFFA for e in file.root.children) else "unsealed"
        return {"path": path, "verdict": verdict, "exitCode": EXIT.get(verdict), "parts": nothing, "reasons": []}
    seal, verdict = chain([Judged(file, b, root, now) for b in blocks])
    code = 0 if verdict == "sealed redaction" else EXIT[verdict]
    return {"path": path, "verdict": "redacted" if verdict == "sealed redaction" else verdict, "exitCode": code,
            "parts": {p: STATES[seal.state[p]] for p in PARTS}, "reasons": seal.reasons[:20]}


def main():
    root, now = sys.argv[1], datetime.datetime.strptime(sys.argv[2], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    for path in sys.argv[3:]:
        print(json.dumps(verify(path, root, now)), flush=True)


if __name__ == "__main__":
    main()

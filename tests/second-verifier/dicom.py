"""Reads a DICOM file as section 1 of spec/seal.md says. Standard library only."""
import os
import struct
import zlib

LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
SHORT = {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"}
TEXT = {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
SWAP = {"AT": 2, "OW": 2, "SS": 2, "US": 2, "FL": 4, "OF": 4, "OL": 4, "SL": 4, "UL": 4, "FD": 8, "OD": 8, "OV": 8, "SV": 8, "UV": 8}
NATIVE = {"1.2.840.10008.1.2": ("implicit", False), "1.2.840.10008.1.2.1": ("explicit", False), "1.2.840.10008.1.2.1.99": ("explicit", False),
          "1.2.840.10008.1.2.2": ("explicit", True)}
DEFLATED = "1.2.840.10008.1.2.1.99"
UNDEFINED = 0xFFFFFFFF


class Unreadable(Exception):
    """The file cannot be read, or in more than one way."""


class Dictionary:
    def __init__(self):
        self.exact, self.patterns = {}, []
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "dictionary.txt"), encoding="ascii") as lines:
            for line in lines:
                tag, _, names = line.strip().partition(" ")
                names = names.split(",") if names else []
                if "X" in tag:
                    mask = int("".join("0" if c == "X" else "F" for c in tag), 16)
                    self.patterns.append((mask, int(tag.replace("X", "0"), 16), names))
                else:
                    self.exact[int(tag, 16)] = names

    def find(self, tag):
        """The value representations of a tag; None where it is unknown."""
        if tag & 0xFFFF == 0:
            return ["UL"]
        if tag & 0x10000:
            return ["LO"] if 0x10 <= tag & 0xFFFF <= 0xFF else None
        if tag in self.exact:
            return self.exact[tag]
        for mask, value, names in self.patterns:
            if tag & mask == value:
                return names
        return None


DICTIONARY = Dictionary()


class Element:
    """An element, item or fragment. kind: value, sequence, encapsulated, item, fragment."""

    def __init__(self, tag, vr, kind, implicit, big):
        self.tag, self.vr, self.kind, self.implicit, self.big = tag, vr, kind, implicit, big
        self.value, self.children, self.undefined = b"", [], False

    def find(self, tag):
        return next((c for c in self.children if c.tag == tag), None)


class Reader:
    def __init__(self, data, part):
        self.data, self.part = data, part
        self.guessing = 0

    def defect(self, what):
        raise Unreadable(what)

    def numbers(self, big):
        return ">" if big else "<"

    def header(self, at, end, implicit, big):
        if end - at < 8:
            self.defect("a header is cut off")
        order = self.numbers(big)
        group, element = struct.unpack_from(order + "HH", self.data, at)
        tag = group << 16 | element
        if group == 0xFFFE:
            return tag, None, struct.unpack_from(order + "I", self.data, at + 4)[0], at + 8
        if implicit:
            names = DICTIONARY.find(tag)
            return tag, names[0] if names else "UN", struct.unpack_from(order + "I", self.data, at + 4)[0], at + 8
        vr = self.data[at + 4:at + 6].decode("latin-1")
        if vr in SHORT:
            return tag, vr, struct.unpack_from(order + "H", self.data, at + 6)[0], at + 8
        if vr not in LONG or end - at < 12:
            self.defect("no value representation")
        if self.data[at + 6:at + 8] != b"\0\0":
            self.defect("reserved bytes")
        return tag, vr, struct.unpack_from(order + "I", self.data, at + 8)[0], at + 12

    def elements(self, at, end, implicit, big, delimited, depth):
        """Elements up to an end, or to an item delimiter. Returns them and the place behind."""
        if depth > 64:
            self.defect("too deep")
        found, last, group, group_end = [], -1, None, None
        while True:
            if at == end and not delimited:
                break
            if self.part == "meta" and depth == 0 and (end - at < 8 or self.data[at:at + 2] != b"\x02\x00" or (
                    group_end == at and self.data[at + 4:at + 6].decode("latin-1") not in SHORT | LONG)):
                break
            start = at
            tag, vr, length, value = self.header(at, end, implicit, big)
            if tag >> 16 == 0xFFFE:
                if tag != 0xFFFEE00D or not delimited or length != 0:
                    self.defect("a delimiter where none may stand")
                if group_end not in (None, start):
                    self.defect("group length")
                return found, value
            if tag <= last:
                self.defect("twice or out of order")
            number = tag >> 16
            if number != group and group_end is not None:
                if group_end != start:
                    self.defect("group length")
                group_end = None
            group, last = number, tag
            legal = (number >= 8 and number != 0xFFFF) or (self.part == "meta" and number == 2) or (self.part == "directory" and number == 4)
            if not legal:
                self.defect("an illegal group")
            element = Element(tag, vr, "value", implicit, big)
            if length == UNDEFINED:
                if tag & 0xFFFF == 0:
                    self.defect("group length")
                element.undefined = True
                at = self.undefined(element, value, end, implicit, big, depth)
            else:
                if length > end - value:
                    self.defect("a value is cut off")
                if length & 1 and self.guessing:
                    self.defect("odd length")
                at = value + length
                element.value = self.data[value:at]
                if tag & 0xFFFF == 0:
                    if vr != "UL" or length != 4:
                        self.defect("group length")
                    group_end = at + struct.unpack(self.numbers(big) + "I", element.value)[0]
                if vr == "SQ":
                    element.kind = "sequence"
                    element.children, _ = self.items(value, at, implicit, big, False, depth)
                elif vr == "UN" and length >= 8 and element.value[:4] == b"\xfe\xff\x00\xe0":
                    self.guess(element, value, at, depth)
            found.append(element)
        if group_end not in (None, at):
            self.defect("group length")
        return found, at

    def guess(self, element, start, end, depth):
        self.guessing += 1
        try:
            element.children, _ = self.items(start, end, True, False, False, depth)
            element.kind = "sequence"
        except Unreadable:
            element.children = []
        finally:
            self.guessing -= 1

    def undefined(self, element, at, end, implicit, big, depth):
        if element.vr == "UN":
            element.kind = "sequence"
            element.children, at = self.items(at, end, True, False, True, depth)
        elif element.vr == "SQ":
            element.kind = "sequence"
            element.children, at = self.items(at, end, implicit, big, True, depth)
        elif element.tag == 0x7FE00010 and element.vr in ("OB", "OW") and not implicit and not big:
            element.kind = "encapsulated"
            while True:
                tag, _, length, value = self.header(at, end, implicit, big)
                if tag == 0xFFFEE0DD and length == 0:
                    return value
                if tag != 0xFFFEE000 or length == UNDEFINED or length > end - value or (length & 1 and self.guessing):
                    self.defect("a fragment must stand here")
                fragment = Element(tag, None, "fragment", implicit, big)
                fragment.value = self.data[value:value + length]
                element.children.append(fragment)
                at = value + length
        else:
            self.defect("undefined length")
        return at

    def items(self, at, end, implicit, big, delimited, depth):
        found = []
        while delimited or at != end:
            tag, _, length, value = self.header(at, end, implicit, big)
            if tag == 0xFFFEE0DD and delimited and length == 0:
                return found, value
            if tag != 0xFFFEE000:
                self.defect("an item must stand here")
            item = Element(tag, None, "item", implicit, big)
            if length == UNDEFINED:
                item.children, at = self.elements(value, end, implicit, big, True, depth + 1)
            else:
                if length > end - value:
                    self.defect("an item is cut off")
                item.children, at = self.elements(value, value + length, implicit, big, False, depth + 1)
            found.append(item)
        return found, at


def uid(element):
    return element.value.rstrip(b" \0").decode("ascii", "replace") if element is not None and element.kind == "value" else None


class File:
    def __init__(self, data):
        self.preamble = data[:128] if data[128:132] == b"DICM" else None
        at = 132 if self.preamble is not None else 0
        self.meta = Element(0, None, "root", False, False)
        if len(data) - at >= 8 and data[at:at + 2] == b"\x02\x00" and data[at + 4:at + 6].decode("latin-1") in SHORT | LONG:
            self.meta.children, at = Reader(data, "meta").elements(at, len(data), False, False, False, 0)
        self.has_meta = bool(self.meta.children)
        self.syntax = uid(self.meta.find(0x00020010)) or self.detect(data, at)
        if self.syntax not in NATIVE and not self.syntax.startswith("1.2.840.10008.1.2."):
            raise Unreadable("unknown transfer syntax")
        form, big = NATIVE.get(self.syntax, ("explicit", False))
        body = data[at:]
        if self.syntax == DEFLATED:
            body = self.inflate(body)
        part = "directory" if uid(self.meta.find(0x00020002)) == "1.2.840.10008.1.3.10" else "instance"
        self.root = Element(0, None, "root", form == "implicit", big)
        self.root.children, _ = Reader(body, part).elements(0, len(body), form == "implicit", big, False, 0)
        identifiers = [m.find(0x04000005).value for s in self.root.children if s.tag == 0x4FFE0001 for m in s.children if m.find(0x04000005)]
        if len(identifiers) != len(set(identifiers)):
            raise Unreadable("two MAC Parameters items with one number")

    @staticmethod
    def detect(data, at):
        if at == len(data):
            return "1.2.840.10008.1.2.1"
        little, big = struct.unpack_from("<H", data, at)[0], struct.unpack_from(">H", data, at)[0]
        if data[at + 4:at + 6].decode("latin-1") in SHORT | LONG:
            return "1.2.840.10008.1.2.2" if big < little else "1.2.840.10008.1.2.1"
        return "1.2.840.10008.1.2"

    @staticmethod
    def inflate(body):
        stream = zlib.decompressobj(-15)
        try:
            data = stream.decompress(body, 120 << 20)
        except zlib.error:
            raise Unreadable("a broken deflate stream") from None
        rest = stream.unused_data
        trailer = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
        used = len(body) - len(rest)
        allowed = [b"", trailer] if used % 2 == 0 else [b"\0", trailer + b"\0"]
        if not stream.eof or (rest not in allowed and rest != b""):
            raise Unreadable("bytes behind the deflate stream")
        return data

"""Says of pairs of files, one 'original TAB other' per line of standard input, whether pydicom reads the same image from both.

Group 7FF1 (seals), MAC Parameters and Digital Signatures of the other are left out, meta elements too. With --resent also what DCMTK does to a data set
before it sends it: group lengths and trailing padding are gone, pixel data may be in another byte order and under OB instead of OW. Prints one line for
each: 'same', 'differs: ...' or 'unreadable: ...' (of both).
"""
import sys
import warnings

import pydicom

RESENT = "--resent" in sys.argv
warnings.simplefilter("ignore")


def tree(dataset):
    """Elements as they are read: tags, representations, values; sequences by their items."""
    for element in dataset:
        if element.tag.group == 0x7FF1 or element.tag in (0x4FFE0001, 0xFFFAFFFA):
            continue
        if RESENT and (element.tag.element == 0 or element.tag == 0xFFFCFFFC):
            continue
        if RESENT and element.tag == 0x7FE00010:
            yield int(element.tag), "cells", cells(dataset, element)
        elif element.VR == "SQ":
            yield int(element.tag), "SQ", tuple(tuple(tree(item)) for item in element.value)
        else:
            yield int(element.tag), element.VR, repr(element.value)


def cells(dataset, element):
    """Pixel data in little endian, whichever way it is stored: OW is words of 16 bits, whatever stands in them."""
    value = element.value
    if element.VR == "OW" and not dataset.is_little_endian:
        value = b"".join(value[i + 1 : i + 2] + value[i : i + 1] for i in range(0, len(value), 2))
    return hash(value)


def read(path):
    try:
        return tuple(tree(pydicom.dcmread(path, force=True)))
    except Exception as error:  # whatever stops it for the one must stop it for the other
        return f"unreadable: {type(error).__name__}"


for line in sys.stdin:
    original, other = line.rstrip("\n").split("\t")
    a, b = read(original), read(other)
    if isinstance(a, str) or isinstance(b, str):
        print(a if a == b else f"differs: {a if isinstance(a, str) else 'readable'} and {b if isinstance(b, str) else 'readable'}")
        continue
    differing = [f"{element[0]:08X}" for element in set(a) ^ set(b)]
    print("same" if a == b else f"differs: {', '.join(sorted(set(differing))[:10])}")

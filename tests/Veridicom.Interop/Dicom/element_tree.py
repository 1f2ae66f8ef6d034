# Prints the element tree of DICOM files as pydicom reads it: a line 'FILE name' for each, then a line per element,
# 'depth tag VR length offset' ('-' for a length that is undefined, '?' where pydicom no longer knows), or 'ERROR text'. Offsets are those of values, in the
# file, or in the inflated data set of a deflated file. Names of files come from standard input, one per line.
import io
import sys
import warnings

from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.filereader import read_sequence

warnings.simplefilter("ignore")
UNDEFINED = 0xFFFFFFFF


def show(depth, tag, vr, length, offset):
    print(depth, "%08X" % tag, vr[:2] if vr and " or " not in vr else "--", "?" if length is None else "-" if length == UNDEFINED else length, offset)


def walk(data_set, depth, base):
    # Through the dictionary itself: to ask for an element would convert it and forget where it stood.
    for tag, element in sorted(data_set._dict.items()):
        if isinstance(element, RawDataElement):
            at = base + element.value_tell
            show(depth, tag, element.VR, element.length, at)
            vr = element.VR
            if vr in (None, "UN") and dictionary_has_tag(tag):
                vr = dictionary_VR(tag)
            if vr == "SQ" and element.value:
                content = io.BytesIO(element.value)
                implicit = element.is_implicit_VR or element.VR == "UN"
                items = read_sequence(content, implicit, element.is_little_endian, element.length, "ascii")
                for item in items:
                    walk(item, depth + 1, at)
        else:
            undefined = getattr(element, "is_undefined_length", False)
            show(depth, tag, element.VR, UNDEFINED if undefined else None, base + element.file_tell)
            if element.VR == "SQ":
                for item in element.value:
                    walk(item, depth + 1, base)


for name in sys.stdin.read().splitlines():
    print("FILE", name)
    try:
        data_set = dcmread(name, force=True)
        walk(data_set.file_meta, 0, 0)
        walk(data_set, 0, 0)
    except Exception as error:
        print("ERROR", type(error).__name__, str(error).replace("\n", " "))

# Prints the DICOM JSON model of files as pydicom makes it, one object or null per line, all values inline. Encapsulated values and group lengths are left out.
# Names of files come from standard input, one per line.
import json
import sys
import warnings

from pydicom import config, dcmread

warnings.simplefilter("ignore")
config.settings.reading_validation_mode = config.IGNORE


def model(data_set):
    result = {}
    for tag in data_set.keys():
        if tag.element == 0:
            continue
        try:
            element = data_set[tag]
            if element.VR == "SQ":
                result["%08X" % tag] = {"vr": "SQ", "Value": [model(item) for item in element.value]}
            elif tag == 0x7FE00010 and element.is_undefined_length:
                result["%08X" % tag] = {"vr": element.VR}
            else:
                result["%08X" % tag] = element.to_json_dict(None, 1 << 40)
        except Exception as e:
            result["%08X" % tag] = {"error": "%s: %s" % (type(e).__name__, e)}
    return result


for line in sys.stdin:
    try:
        data_set = dcmread(line.rstrip("\n"))
        print(json.dumps(model(data_set)))
    except Exception as e:
        print("null")

#!/usr/bin/env python3
"""Writes dictionary.txt from a list of the attributes of PS3.6: one line each, tag pattern and value representations.

    make-dictionary.py attributes.json > dictionary.txt
"""
import json
import sys

for row in json.load(open(sys.argv[1], encoding="utf-8")):
    tag = row["tag"].strip("()").replace(",", "").upper()
    names = [vr for vr in row["valueRepresentation"].split(" or ") if len(vr) == 2]
    if "OW" in names:
        names.sort(key=lambda vr: vr != "OW")
    if names or tag.startswith("FFFE"):
        print(tag, ",".join(names))

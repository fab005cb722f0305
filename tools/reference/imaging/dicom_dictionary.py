"""Writes src/imaging/dicom/parse/dictionary-data.ts: tag, VR, multiplicity-free keyword of DICOM PS3.6 as listed by pydicom (MIT).

python tools/reference/imaging/dicom_dictionary.py > src/imaging/dicom/parse/dictionary-data.ts
"""
import textwrap

from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary

print("/**")
print(" * The data dictionary of DICOM PS3.6: `GGGGEEEE VR Keyword`, one entry after another, `|` between. Written by")
print(" * tools/reference/imaging/dicom_dictionary.py from pydicom's tables; where a tag may have several VRs the first is listed.")
print(" */")
entries = [f"{tag:08X}{entry[0].split(' ')[0]}{entry[4]}" for tag, entry in sorted(DicomDictionary.items()) if entry[4]]
print("export const dictionaryText =")
chunks = textwrap.wrap("|".join(entries), 16000, break_on_hyphens=False)
print("  " + " +\n  ".join(f'"{chunk}"' for chunk in chunks) + ";")
print()
print("/** The same for repeating groups and elements: `x` stands for any digit. */")
entries = [f"{mask}{entry[0].split(' ')[0]}{entry[4]}" for mask, entry in sorted(RepeatersDictionary.items()) if entry[4]]
print("export const repeatersText =\n  " + f'"{"|".join(entries)}";')

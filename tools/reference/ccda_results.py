"""Lists the coded results of C-CDA files with lxml, apart from Polyclinic's own reader.

    python ccda_results.py FOLDER... > results.json

A coded result is an observation of the result or vital sign template (2.16.840.1.113883.10.20.22.4.2 / .27), or one in an organizer of
theirs (.1 / .26), that has a code and a value. Needs lxml.
"""
import json
import pathlib
import sys

from lxml import etree

ROOT = "2.16.840.1.113883.10.20.22.4."


def local(element):
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def kids(element, name):
    return [child for child in element if local(child) == name]


def templates(element):
    return {child.get("root") for child in kids(element, "templateId")}


def results(path):
    source = path.read_bytes()
    parser = etree.XMLParser(recover=True)
    # Fragments may have several roots: wrap everything behind the declaration and byte order mark.
    text = source.decode("utf-8-sig")
    while text.lstrip().startswith("<?"):
        text = text[text.index("?>") + 2 :]
    tree = etree.fromstring(("<wrap xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:sdtc='urn:hl7-org:sdtc'>" + text + "</wrap>").encode(), parser)
    found = []
    for observation in tree.iter():
        if local(observation) != "observation":
            continue
        own = templates(observation)
        holder = observation.getparent().getparent() if observation.getparent() is not None else None
        organizer = holder is not None and local(holder) == "organizer" and bool(templates(holder) & {ROOT + "1", ROOT + "26"})
        if not (own & {ROOT + "2", ROOT + "27"}) and not organizer:
            continue
        code = (kids(observation, "code") or [None])[0]
        value = (kids(observation, "value") or [None])[0]
        if code is None or value is None or code.get("code") is None or code.get("code") == "246514001":
            continue
        kind = next((v for k, v in value.attrib.items() if k.endswith("type")), None)
        number = value.get("value")
        if kind in ("PQ", "INT", "REAL") and number is None:
            continue
        # Texts and codes are compared by what they print.
        printed = number if kind in ("PQ", "INT", "REAL") else value.get("displayName") or value.get("code") or " ".join("".join(value.itertext()).split())
        if kind is not None and kind.startswith("IVL"):
            printed = [child.get("value") for child in value if local(child) in ("low", "high")][-1]
        if printed in (None, ""):
            continue
        found.append({"code": code.get("code"), "type": kind, "value": printed, "unit": value.get("unit")})
    return found


files = [file for folder in sys.argv[1:] for file in sorted(pathlib.Path(folder).iterdir()) if file.suffix == ".xml"]
print(json.dumps({file.name: results(file) for file in files}, indent=1))

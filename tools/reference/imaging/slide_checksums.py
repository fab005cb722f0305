"""Reference pixels of every file of a folder of slides, for test/conformance/slide.json.

Run: python tools/reference/imaging/slide_checksums.py FOLDER > test/conformance/slide.json
Needs Pillow, and for the rows they read: openslide-python (TIFF and SVS), pydicom (DICOM).

A row is {file, status, detail}. status "equal": `images` holds the SHA-256 of the RGB bytes of every level and associated image, and
who read them. Stored values, without a colour profile; where a file carries one, `tolerance` is how far our sRGB may be from
LittleCMS's (perceptual intent) by Pillow, whose checksum cannot be equal, and `means` holds the channel means it gave.
status "error": the reader's named error, whose code is in `code`. status "photo": read as a photograph, checksum by Pillow.
"""
import hashlib
import io
import json
import sys
from pathlib import Path

import PIL
from PIL import Image, ImageCms, ImageStat

try:
    import openslide
except ImportError:
    openslide = None
try:
    import pydicom
    from pydicom.encaps import generate_pixel_data_frame
except ImportError:
    pydicom = None

# What cannot be a slide or a picture, and why; the code is the error a reader has to give.
ERRORS = {
    "encapsulated_cxr.dcm": ("slide/not-whole-slide", "a radiograph; read by imaging/dicom"),
    "manifest.json": ("slide/unrecognised", "not an image"),
    "small_vectra.qptiff": ("slide/multichannel", "three fluorescence channels in pages of their own"),
    "test.dcm": ("slide/no-image", "a label by itself: never shown as a slide"),
    "unopenable.tiff": ("tiff/unsupported", "compression 52479; refused when opened"),
    "unreadable.svs": ("slide/tile", "damaged JPEG tables; opens, and every region is an error"),
}


def digest(image):
    image = image.convert("RGB")
    return {"width": image.width, "height": image.height, "sha256": hashlib.sha256(image.tobytes()).hexdigest()}


def with_openslide(path):
    slide = openslide.OpenSlide(str(path))
    images = {}
    for level, size in enumerate(slide.level_dimensions):
        images[str(level)] = digest(slide.read_region((0, 0), level, size))
    for name, image in slide.associated_images.items():
        images[name] = digest(image)
    return {"by": f"OpenSlide {openslide.__library_version__}", "images": images}


def with_pydicom(path):
    data = pydicom.dcmread(path)
    columns = -(-data.TotalPixelMatrixColumns // data.Columns)
    whole = Image.new("RGB", (data.TotalPixelMatrixColumns, data.TotalPixelMatrixRows), "white")
    compressed = data.file_meta.TransferSyntaxUID.is_compressed
    count = int(data.get("NumberOfFrames", 1))
    size = data.Rows * data.Columns * 3
    frames = generate_pixel_data_frame(data.PixelData, count) if compressed else (
        data.PixelData[i * size:(i + 1) * size] for i in range(count))
    for i, frame in enumerate(frames):
        tile = Image.open(io.BytesIO(frame)) if compressed else Image.frombytes("RGB", (data.Columns, data.Rows), frame)
        whole.paste(tile, (i % columns * data.Columns, i // columns * data.Rows))
    row = {"by": f"pydicom {pydicom.__version__} and Pillow {PIL.__version__}", "images": {"0": digest(whole)}}
    path_items = data.get("OpticalPathSequence")
    profile = path_items[0].get("ICCProfile") if path_items else None
    if profile:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), "RGB", "RGB", 0)
        shown = ImageCms.applyTransform(whole, transform)
        if shown.tobytes() != whole.tobytes():
            row["images"]["0"].pop("sha256")
            row["images"]["0"]["means"] = [round(v, 4) for v in ImageStat.Stat(shown).mean]
            row["by"] += ", profile by LittleCMS"
    return row


def with_pillow(path):
    image = Image.open(path)
    if image.mode.startswith("I;16"):
        values = memoryview(image.tobytes()).cast("H")
        grey = bytes(round(v / 257) for v in values)
        return {"width": image.width, "height": image.height, "channels": 1, "sha256": hashlib.sha256(grey).hexdigest()}
    return {**digest(image), "channels": 3}


# Instances of one series: the volume is level 0 of both, whichever is named; boxes_1.dcm is its thumbnail.
SERIES = {"boxes_0.dcm": "boxes_0.dcm", "boxes_1.dcm": "boxes_0.dcm"}

root = Path(sys.argv[1])
old = json.loads(Path(sys.argv[2]).read_text())["rows"] if len(sys.argv) > 2 else []
rows = {row["file"]: row for row in old}
for path in sorted(p for p in root.iterdir() if p.is_file()):
    name = path.name
    if name in ERRORS:
        code, why = ERRORS[name]
        rows[name] = {"file": name, "status": "error", "code": code, "detail": why}
    elif path.suffix == ".dcm":
        if pydicom:
            row = with_pydicom(root / SERIES.get(name, name))
            rows[name] = {"file": name, "status": "equal", "detail": row.pop("by"), **row}
    elif path.suffix in (".png", ".tif"):
        rows[name] = {"file": name, "status": "photo", "detail": f"Pillow {PIL.__version__}", "image": with_pillow(path)}
    elif openslide:
        row = with_openslide(path)
        rows[name] = {"file": name, "status": "equal", "detail": row.pop("by"), **row}
body = ",\n".join(json.dumps(rows[name]) for name in sorted(rows))
print(f'{{"by": "tools/reference/imaging/slide_checksums.py", "rows": [\n{body}\n]}}')

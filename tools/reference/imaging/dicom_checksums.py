"""What independent readers see in every DICOM file of a folder, for test/conformance/dicom.json.

Run: python tools/reference/imaging/dicom_checksums.py FOLDER > test/conformance/dicom-reference.json
Needs pydicom, numpy and Pillow; DCMTK's dcmdjpeg on the path for 12-bit JPEG; pydicom's plugins (GDCM or pylibjpeg) for JPEG-LS.

Values: stored values of all frames, `[frame, row, column, sample]`, as little-endian int32 (float64 for float pixels); YBR and
JPEG colour as RGB, palettes as indices. The checksum is SHA-256 of those bytes. Which reader saw them stands in `by`. Lossy
HTJ2K is not decoded to the same bit by two decoders: its row has the means of 32 x 32 blocks too, `[row, column, sample]`.
"""
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import PIL
import PIL.Image
import pydicom
import pydicom.encaps

warnings.simplefilter("ignore")
root = Path(sys.argv[1])
jpeg_baseline = "1.2.840.10008.1.2.4.50"
jpeg_12_bit = {f"1.2.840.10008.1.2.4.{n}" for n in (51, 53, 55)}
htj2k = {f"1.2.840.10008.1.2.4.{n}" for n in (201, 202, 203)}
pillow_name = f"Pillow {PIL.__version__}"
pydicom_name = f"pydicom {pydicom.__version__}"


def pillow_frames(dataset):
    count = int(dataset.get("NumberOfFrames", 1) or 1)
    frames = pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=count)
    return np.stack([np.asarray(PIL.Image.open(io.BytesIO(frame)).convert("RGB")) for frame in frames])


def read(path):
    dataset = pydicom.dcmread(path, force=path.name.startswith("JLS"))
    syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
    if syntax == "" and path.name.startswith("JLS"):
        dataset.file_meta.TransferSyntaxUID = syntax = "1.2.840.10008.1.2.4.80"
    if "PixelData" in dataset and syntax == jpeg_baseline and str(dataset.PhotometricInterpretation).startswith("YBR"):
        return pillow_frames(dataset), pillow_name
    if "PixelData" in dataset and syntax in htj2k and dataset.SamplesPerPixel == 3:
        return pillow_frames(dataset), pillow_name
    if syntax in jpeg_12_bit and shutil.which("dcmdjpeg"):
        with tempfile.NamedTemporaryFile(suffix=".dcm") as plain:
            subprocess.run(["dcmdjpeg", "-q", str(path), plain.name], check=True)
            return pydicom.dcmread(plain.name).pixel_array, "DCMTK dcmdjpeg"
    if path.name == "liver_rle.dcm":
        # pydicom has no bit-packed RLE; the same image lies uncompressed beside it.
        return pydicom.dcmread(path.with_name("liver.dcm")).pixel_array, f"{pydicom_name} on liver.dcm"
    return dataset.pixel_array, pydicom_name


print('{"rows":[')
lines = []
for path in sorted(p for p in root.rglob("*") if p.is_file()):
    row = {"file": str(path.relative_to(root))}
    try:
        pixels, by = read(path)
        values = pixels.astype("<f8" if pixels.dtype.kind == "f" else "<i4")
        row |= {"shape": list(pixels.shape), "sha256": hashlib.sha256(values.tobytes()).hexdigest(), "by": by}
        if by == pillow_name and pixels.shape[1] % 32 == 0 and "HTJ2K" in path.name:
            frame = pixels[0].astype(float)
            blocks = frame.reshape(frame.shape[0] // 32, 32, frame.shape[1] // 32, 32, -1).mean(axis=(1, 3))
            row["blockMeans"] = [round(float(v), 2) for v in blocks.ravel()]
    except Exception as error:
        row |= {"error": type(error).__name__}
    lines.append(json.dumps(row, separators=(",", ":")))
print(",\n".join(lines))
print("]}")

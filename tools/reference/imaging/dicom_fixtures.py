"""One CT slice in every transfer syntax, small enough to keep: src/imaging/dicom/fixtures/.

Run: python tools/reference/imaging/dicom_fixtures.py CTImage.dcm src/imaging/dicom/fixtures
CTImage.dcm is from the test data of cornerstone3D (MIT). Needs pydicom, numpy, Pillow, imagecodecs, and DCMTK's dcmconv, dcmcrle,
dcmcjpeg, dcmcjpls and dcmdjpeg on the path. expected.json holds, for each file, the SHA-256 of the stored values as
little-endian int32 and who decoded them: numpy for what is lossless, DCMTK or Pillow for what is not.
"""
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import PIL.Image
import pydicom
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import ExplicitVRLittleEndian

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
full = pydicom.dcmread(source)
keep = [
    "SpecificCharacterSet", "ImageType", "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality",
    "SeriesDescription", "SliceThickness", "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
    "FrameOfReferenceUID", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation", "RescaleIntercept", "RescaleSlope", "WindowCenter", "WindowWidth",
]
small = FileDataset(None, {}, file_meta=pydicom.dataset.FileMetaDataset(), preamble=b"\0" * 128)
for keyword in keep:
    if keyword in full:
        small[keyword] = full[keyword]
# Nothing negative in this part, so that the encoders without a sign can take it.
crop = np.ascontiguousarray(full.pixel_array[150:246, 130:258])
small.Rows, small.Columns = crop.shape
small.PixelData = crop.tobytes()
small.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
small.file_meta.MediaStorageSOPClassUID = small.SOPClassUID
small.file_meta.MediaStorageSOPInstanceUID = small.SOPInstanceUID
plain = folder / "explicit-little.dcm"
small.save_as(plain, enforce_file_format=True)


def dcmtk(tool, *options):
    subprocess.run([tool, *options], check=True, capture_output=True)


for name, tool, *options in [
    ("implicit-little.dcm", "dcmconv", "+ti"),
    ("explicit-big.dcm", "dcmconv", "+tb"),
    ("deflated.dcm", "dcmconv", "+td"),
    ("rle.dcm", "dcmcrle"),
    ("jpeg-50.dcm", "dcmcjpeg", "+eb", "+q", "90", "+Wm", "+un"),
    ("jpeg-51.dcm", "dcmcjpeg", "+ee", "+q", "90", "+un"),
    ("jpeg-53.dcm", "dcmcjpeg", "+es", "+q", "90", "+un"),
    ("jpeg-55.dcm", "dcmcjpeg", "+ep", "+q", "90", "+un"),
    ("jpeg-57.dcm", "dcmcjpeg", "+el", "+un"),
    ("jpeg-70.dcm", "dcmcjpeg", "+e1", "+un"),
    ("jpeg-ls-80.dcm", "dcmcjpls", "+el", "+un"),
]:
    dcmtk(tool, *options, str(plain), str(folder / name))

for name, uid, encode in [
    ("jpeg-ls-81.dcm", "1.2.840.10008.1.2.4.81", lambda a: imagecodecs.jpegls_encode(a.astype("u2"), level=3)),
    ("jpeg-2000-90.dcm", "1.2.840.10008.1.2.4.90", lambda a: imagecodecs.jpeg2k_encode(a.astype("u2"), codecformat="j2k", reversible=True, level=0)),
    ("jpeg-2000-91.dcm", "1.2.840.10008.1.2.4.91", lambda a: imagecodecs.jpeg2k_encode(a.astype("u2"), codecformat="j2k", reversible=False, level=90)),
    ("htj2k-201.dcm", "1.2.840.10008.1.2.4.201", lambda a: imagecodecs.htj2k_encode(a.astype("u2"), reversible=True)),
    ("htj2k-203.dcm", "1.2.840.10008.1.2.4.203", lambda a: imagecodecs.htj2k_encode(a.astype("u2"), reversible=False, level=0.00005)),
]:
    coded = pydicom.dcmread(plain)
    coded.PixelData = encapsulate([bytes(encode(crop))])
    coded["PixelData"].is_undefined_length = True
    coded.file_meta.TransferSyntaxUID = uid
    coded.save_as(folder / name, enforce_file_format=True)

expected = {}
for path in sorted(folder.glob("*.dcm")):
    data = pydicom.dcmread(path)
    by = "numpy, before encoding"
    values = crop
    if path.stem in ("jpeg-51", "jpeg-53", "jpeg-55"):
        out = folder / "decoded.tmp"
        dcmtk("dcmdjpeg", str(path), str(out))
        values, by = pydicom.dcmread(out).pixel_array, "DCMTK"
        out.unlink()
    elif path.stem == "jpeg-ls-81":
        frame = next(generate_frames(data.PixelData, number_of_frames=1))
        values, by = imagecodecs.jpegls_decode(frame), "imagecodecs (CharLS)"
    elif path.stem in ("jpeg-50", "jpeg-2000-91", "htj2k-203"):
        frame = next(generate_frames(data.PixelData, number_of_frames=1))
        values, by = np.asarray(PIL.Image.open(io.BytesIO(frame))), f"Pillow {PIL.__version__}"
    stored = values.astype("<i4")
    expected[path.name] = {
        "sha256": hashlib.sha256(stored.tobytes()).hexdigest(),
        "by": by,
        # DCMTK stretches the grey scale when it makes lossy JPEG, so stored values are not comparable there.
        "largestError": int(np.abs(stored - crop).max()) if not path.stem.startswith("jpeg-5") or path.stem == "jpeg-57" else None,
        "corner": stored[:4, :4].ravel().tolist(),
    }
(folder / "expected.json").write_text(json.dumps(expected, indent=1))

"""Pictures as cameras, phones and old programs write them, and what Pillow makes of them.

Usage: python tools/reference/imaging/photo_everyday.py > src/imaging/photo/goldens/everyday.json
"""
import base64
import hashlib
import io
import json
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, ImageFile

rng = np.random.default_rng(4)
ramp = np.add.outer(np.arange(40) * 3, np.arange(48) * 4)[..., None] % 256
pixels = np.clip(ramp + rng.integers(0, 30, (40, 48, 3)), 0, 255).astype("u1")
picture = Image.fromarray(pixels)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


jpeg = saved(picture, "JPEG", quality=90)
cmyk = saved(picture.convert("CMYK"), "JPEG", quality=95)
png = saved(picture, "PNG")


def changed(data, at, *values):
    out = bytearray(data)
    out[at : at + len(values)] = bytes(values)
    return bytes(out)


def inserted(data, at, extra):
    return data[:at] + extra + data[at:]


def spectral(data):
    at = data.index(b"\xff\xda")
    return at + 5 + 2 * data[at + 4]


def without_adobe(data):
    at = data.index(b"\xff\xee")
    return data[:at] + data[at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0] :]


def chunk(name, data, crc=None):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data) if crc is None else crc)


tables = jpeg.index(b"\xff\xdb")
before_pixels = png.index(b"IDAT") - 4
profile = b"ICC_PROFILE\0" + bytes([3, 2]) + b"0123456789"
files = {
    "spectral selection 0..0 in a sequential JPEG": changed(jpeg, spectral(jpeg), 0, 0, 0),
    "spectral selection 0..63 with an approximation": changed(jpeg, spectral(jpeg), 0, 63, 0x10),
    "stray bytes between segments": inserted(jpeg, tables, b"\0\1\2"),
    "stray bytes before the end mark": inserted(jpeg, len(jpeg) - 2, b"\0\0\0\x11"),
    "an unknown JFIF revision": changed(jpeg, jpeg.index(b"JFIF") + 5, 9),
    "a damaged ICC segment": inserted(jpeg, tables, b"\xff\xe2" + struct.pack(">H", 2 + len(profile)) + profile),
    "no end mark": jpeg[:-2],
    "bytes after the end mark": jpeg + b"trailer" * 20,
    "two departures at once": inserted(changed(jpeg, spectral(jpeg), 0, 0, 0), tables, b"\0\1\2"),
    "CMYK as Adobe writes it": cmyk,
    "CMYK without a marker": without_adobe(cmyk),
    "CMYK in a TIFF": saved(picture.convert("CMYK"), "TIFF", compression="tiff_lzw"),
    "a PNG with a damaged comment": inserted(png, before_pixels, chunk(b"tEXt", b"Comment\0hi", crc=1)),
    "a PNG with a damaged profile": inserted(png, before_pixels, chunk(b"iCCP", b"p\0\0" + zlib.compress(b"no profile"))),
    "a PNG with bytes after its end": png + b"junk" * 30,
}
ImageFile.LOAD_TRUNCATED_IMAGES = False
rows = []
for name, data in files.items():
    # Some departures Pillow refuses, though every pixel is there: those of the file before the change are expected.
    try:
        rgb = Image.open(io.BytesIO(data)).convert("RGB").tobytes()
    except OSError:
        rgb = Image.open(io.BytesIO(png if data[:4] == b"\x89PNG" else jpeg)).convert("RGB").tobytes()
    rows.append({"name": name, "base64": base64.b64encode(data).decode(), "sha256": hashlib.sha256(rgb).hexdigest()})
print(json.dumps({"by": f"Pillow {PIL.__version__}", "files": rows}, indent=1))

"""Small JPEG files and the SHA-256 of what Pillow decodes them to, for src/imaging/photo/goldens/pillow.json.

Run: python tools/reference/imaging/photo_jpeg.py > src/imaging/photo/goldens/pillow.json   (needs Pillow)
"""
import base64
import hashlib
import io
import json
import random

import PIL
from PIL import Image, ImageFilter, features

random.seed(3)
rows = []
for subsampling, mode, progressive in [("4:4:4", "RGB", False), ("4:2:2", "RGB", False), ("4:2:0", "RGB", False),
                                       ("4:2:0", "RGB", True), ("none (grey)", "L", False)]:
    channels = len(mode)
    source = Image.frombytes(mode, (45, 31), bytes(random.randrange(256) for _ in range(45 * 31 * channels)))
    source = source.filter(ImageFilter.GaussianBlur(2))
    out = io.BytesIO()
    extra = {} if mode == "L" else {"subsampling": subsampling}
    source.save(out, "JPEG", quality=80, progressive=progressive, **extra)
    decoded = Image.open(io.BytesIO(out.getvalue()))
    rows.append({
        "subsampling": subsampling + (", progressive" if progressive else ""),
        "base64": base64.b64encode(out.getvalue()).decode(),
        "sha256": hashlib.sha256(decoded.tobytes()).hexdigest(),
    })
print(json.dumps({
    "by": f"Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}; tools/reference/imaging/photo_jpeg.py",
    "jpeg": rows,
}, indent=1))

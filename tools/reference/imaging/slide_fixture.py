"""What Pillow reads from regions of the slide among the samples, for test/conformance/slide-fixtures.json.

Run: python tools/reference/imaging/slide_fixture.py samples/slide.svs > test/conformance/slide-fixtures.json   (needs Pillow)
"""
import hashlib
import json
import re
import sys

import PIL
from PIL import Image

slide = Image.open(sys.argv[1])
levels, regions = [], []
for page in range(slide.n_frames):
    slide.seek(page)
    if 322 not in slide.tag_v2:
        continue  # a thumbnail, label or macro: not tiled
    width, height = slide.size
    levels.append([width, height])
    box = (width // 3, height // 3, min(width, width // 3 + 300), min(height, height // 3 + 200))
    data = slide.convert("RGB").crop(box).tobytes()
    regions.append({
        "level": len(levels) - 1, "x": box[0], "y": box[1], "width": box[2] - box[0], "height": box[3] - box[1],
        "sha256": hashlib.sha256(data).hexdigest(),
    })
slide.seek(0)
mpp = float(re.search(r"MPP = ([\d.]+)", slide.tag_v2[270]).group(1))
print(json.dumps({"by": f"Pillow {PIL.__version__}", "levels": levels, "mpp": mpp, "regions": regions}, indent=1))

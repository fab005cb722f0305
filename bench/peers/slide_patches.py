"""OpenSlide + Pillow side of `slide-patches`: python slide_patches.py slide.tif THREADS. Needs openslide-python and Pillow."""
import json
import resource
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import openslide
import PIL

side, count = 896, 126
at_once = int(sys.argv[2])
start = time.perf_counter()
slide = openslide.OpenSlide(sys.argv[1])
mpp = float(slide.properties.get("openslide.mpp-x", 0)) or 10_000 / float(slide.properties["tiff.XResolution"])
level = next(i for i, d in enumerate(slide.level_downsamples) if abs(mpp * d - 1) < 0.01)
scale = round(slide.level_downsamples[level])
width, height = slide.level_dimensions[level]
columns = width // side
patches = columns * (height // side)


def read(i):
    patch = i * patches // count
    x, y = patch % columns * side, patch // columns * side
    # OpenSlide gives RGBA; the model takes RGB.
    image = slide.read_region((x * scale, y * scale), level, (side, side)).convert("RGB")
    data = image.tobytes() if i % 25 == 0 else None
    return 0 if data is None else zlib.crc32(data)


checksum = 0
with ThreadPoolExecutor(at_once) as pool:
    for value in pool.map(read, range(count)):
        checksum ^= value
seconds = time.perf_counter() - start
print(json.dumps({
    "name": f"OpenSlide {openslide.__library_version__} + Pillow {PIL.__version__}, {at_once} thread{'s' * (at_once > 1)}",
    "seconds": seconds,
    "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "checksum": checksum,
}))

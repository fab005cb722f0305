"""Pillow side of `photo-views`: python photo_views.py FOLDER COUNT THREADS. Needs Pillow."""
import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import PIL
from PIL import Image, ImageOps, ImageStat

folder, count, at_once = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
found = [os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names]
files = sorted(name for name in found if name.lower().endswith((".jpg", ".jpeg")))[:count]
# The mean of every 50th image is compared; its cost is measured and taken off.
checking = 0.0


def view(name):
    image = ImageOps.exif_transpose(Image.open(os.path.join(folder, name))).convert("RGB")
    side = max(image.size)
    square = Image.new("RGB", (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square.resize((896, 896), Image.BILINEAR)


def work(i):
    global checking
    image = view(files[i])
    if i % 50:
        return None
    start = time.perf_counter()
    mean = sum(ImageStat.Stat(image).mean) / 3
    checking += time.perf_counter() - start
    return mean


start, used = time.perf_counter(), time.process_time()
with ThreadPoolExecutor(at_once) as pool:
    means = [mean for mean in pool.map(work, range(len(files))) if mean is not None]
seconds = time.perf_counter() - start - checking
cpu_seconds = time.process_time() - used - checking
print(json.dumps({
    "name": f"Pillow {PIL.__version__}, {at_once} thread{'s' * (at_once > 1)}",
    "seconds": seconds,
    "cpuSeconds": cpu_seconds,
    "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "means": means,
}))

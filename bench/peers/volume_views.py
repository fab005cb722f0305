"""numpy + Pillow side of `volume-views`: python volume_views.py RAW Z,Y,X THREADS. Needs numpy and Pillow."""
import hashlib
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import PIL
from PIL import Image

shape = tuple(int(n) for n in sys.argv[2].split(","))
at_once = int(sys.argv[3])
volume = np.fromfile(sys.argv[1], dtype=np.float32).reshape(shape)

start, used = time.perf_counter(), time.process_time()
low, high = volume.min(), volume.max()
chosen = [round(i * (len(volume) - 1) / 84) for i in range(85)]


def view(z):
    grey = np.round((volume[z] - low) / (high - low) * np.float32(255)).astype(np.uint8)
    height, width = grey.shape
    side = max(height, width)
    square = np.zeros((side, side), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top:top + height, left:left + width] = grey
    rgb = np.repeat(square[:, :, None], 3, axis=2)
    return np.asarray(Image.fromarray(rgb).resize((896, 896), Image.BILINEAR))


with ThreadPoolExecutor(at_once) as pool:
    images = list(pool.map(view, chosen))
seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - used
digest = hashlib.sha256()
for image in images:
    digest.update(image.tobytes())
print(json.dumps({
    "name": f"numpy {np.__version__} + Pillow {PIL.__version__}, {at_once} thread{'s' * (at_once > 1)}",
    "seconds": seconds,
    "cpuSeconds": cpu_seconds,
    "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "checksum": digest.hexdigest(),
}))

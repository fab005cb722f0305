"""pydicom + numpy side of `dicom-series`, `jpeg2000` and `jpegls`: python dicom_series.py FOLDER PROCESSES.

Needs pydicom and numpy; for compressed slices one of its plugins (pylibjpeg, GDCM, pyjpegls or Pillow), the fastest of which is used.
"""
import hashlib
import json
import multiprocessing
import os
import resource
import sys
import time

import numpy as np
import pydicom
from pydicom.pixels import get_decoder

folder, processes = sys.argv[1], int(sys.argv[2])
paths = [os.path.join(folder, name) for name in os.listdir(folder)]


def read(path, plugin):
    data = pydicom.dcmread(path)
    if plugin:
        data.pixel_array_options(decoding_plugin=plugin)
    row, column = np.array(data.ImageOrientationPatient, float).reshape(2, 3)
    place = float(np.dot(np.cross(row, column), np.array(data.ImagePositionPatient, float)))
    slope, intercept = float(data.get("RescaleSlope", 1)), float(data.get("RescaleIntercept", 0))
    values = data.pixel_array.astype(np.float32)
    if (slope, intercept) != (1, 0):
        values = values * np.float32(slope) + np.float32(intercept)
    return place, values


def fastest_plugin():
    """The plugin that decodes the first slice in the shortest time; none for uncompressed pixels."""
    syntax = pydicom.dcmread(paths[0], stop_before_pixels=True).file_meta.TransferSyntaxUID
    if not syntax.is_compressed:
        return ""
    times = {}
    for plugin in get_decoder(syntax).available_plugins:
        try:
            read(paths[0], plugin)
            start = time.perf_counter()
            for _ in range(3):
                read(paths[0], plugin)
            times[plugin] = time.perf_counter() - start
        except Exception:
            continue
    if not times:
        raise SystemExit("no plugin of pydicom decodes this syntax")
    return min(times, key=times.get)


def cpu():
    """Processor seconds of this process and of those it has ended."""
    return sum(os.times()[:4])


plugin = fastest_plugin()
start, used = time.perf_counter(), cpu()
if processes == 1:
    slices = [read(path, plugin) for path in paths]
else:
    with multiprocessing.Pool(processes) as pool:
        slices = pool.starmap(read, [(path, plugin) for path in paths], chunksize=8)
slices.sort(key=lambda each: each[0])
volume = np.stack([values for _, values in slices])
seconds, cpu_seconds = time.perf_counter() - start, cpu() - used
print(json.dumps({
    "name": f"pydicom {pydicom.__version__}{' with ' + plugin if plugin else ''} + numpy {np.__version__}, {processes} process{'es' * (processes > 1)}",
    "seconds": seconds,
    "cpuSeconds": cpu_seconds,
    "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "checksum": hashlib.sha256(volume.astype("<f4").tobytes()).hexdigest(),
}))

"""Reads a DICOM segmentation with pydicom and compares its masks with the outlines they were made from.

    python tools/reference/segmentation.py SEG.dcm OUTLINES.json

OUTLINES.json: [{"segment": 1, "instance": UID of the source image, "kind": "region" | "ellipse", "points": [[x, y], ...]}], in pixels of the source image. The rasterisation
here is a crossing test of every pixel centre, not the scan lines of src/study/display/measures.ts.
"""

import json
import sys

import numpy
import pydicom

read = pydicom.dcmread(sys.argv[1])
masks = read.pixel_array.reshape(-1, read.Rows, read.Columns)
frames = {}
for mask, groups in zip(masks, read.PerFrameFunctionalGroupsSequence):
    segment = groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
    source = groups.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
    frames[segment, source] = mask
y, x = numpy.mgrid[0 : read.Rows, 0 : read.Columns] + 0.5
for outline in json.load(open(sys.argv[2])):
    points = numpy.array(outline["points"])
    if outline["kind"] == "ellipse":
        (x0, y0), (x1, y1) = points
        inside = ((x - (x0 + x1) / 2) / ((x1 - x0) / 2)) ** 2 + ((y - (y0 + y1) / 2) / ((y1 - y0) / 2)) ** 2 <= 1
    else:
        inside = numpy.zeros(x.shape, bool)
        for (ax, ay), (bx, by) in zip(points, numpy.roll(points, -1, 0)):
            if ay != by:
                crosses = (ay <= y) != (by <= y)
                inside ^= crosses & (ax + (y - ay) / (by - ay) * (bx - ax) <= x)
    mask = frames.pop((outline["segment"], outline["instance"])).astype(bool)
    print(outline["segment"], outline["kind"], int(inside.sum()), "pixels,", int((mask != inside).sum()), "differ")
    assert (mask == inside).all()
assert not frames, frames.keys()

"""What nibabel reads from every NIfTI file of a folder, on canonical axes, for test/conformance/nifti.json.

Run: python tools/reference/imaging/nifti_checksums.py FOLDER > test/conformance/nifti-reference.json   (needs nibabel and numpy)

Values: float32 of nibabel's scaled data (magnitude of complex, Rec. 601 luma of colours), first volume, axes brought to left,
posterior, head and written [z, y, x]; the checksum is SHA-256 of those bytes. The affine is LPS.
"""
import hashlib
import json
import sys
from pathlib import Path

import nibabel
import numpy as np

root = Path(sys.argv[1])
rows = []
for path in sorted(list(root.rglob("*.nii")) + list(root.rglob("*.nii.gz"))):
    image = nibabel.load(path)
    data = np.asanyarray(image.dataobj)
    if data.dtype.names:
        r, g, b = (data[c].astype(np.int64) for c in "RGB")
        data = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16
    elif np.iscomplexobj(data):
        data = np.hypot(data.real.astype(np.float64), data.imag.astype(np.float64))
    while data.ndim > 3:
        data = data[..., 0]
    while data.ndim < 3:
        data = data[..., None]
    affine = np.diag([-1, -1, 1, 1]) @ image.affine
    # Largest sum of cosines decides the axes; nibabel's own io_orientation agrees on every file here but states ties differently.
    ornt = nibabel.orientations.io_orientation(image.affine)
    moved = nibabel.orientations.apply_orientation(data, nibabel.orientations.ornt_transform(ornt, [[0, -1], [1, -1], [2, 1]]))
    change = nibabel.orientations.inv_ornt_aff(nibabel.orientations.ornt_transform(ornt, [[0, -1], [1, -1], [2, 1]]), data.shape[:3])
    values = np.ascontiguousarray(moved.transpose(2, 1, 0), dtype="<f4")
    rows.append({
        "file": str(path.relative_to(root)),
        "shape": list(values.shape),
        "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
        "affine": [round(float(v), 4) for v in (affine @ change).ravel()],
    })
body = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
print(f'{{"by":"nibabel {nibabel.__version__}, numpy {np.__version__}","rows":[\n{body}\n]}}')

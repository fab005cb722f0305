"""Small NIfTI files of the kinds that readers get wrong, for test/conformance/fixtures/nifti (Apache-2.0, numbers only).

Run: python tools/reference/imaging/nifti_fixtures.py test/conformance/fixtures/nifti   (needs nibabel and numpy), then
     python tools/reference/imaging/nifti_checksums.py test/conformance/fixtures/nifti > test/conformance/nifti-fixtures-reference.json
"""
import sys
from pathlib import Path

import nibabel
import numpy as np

root = Path(sys.argv[1])
rng = np.random.default_rng(7)
shape = (6, 5, 4)
oblique = np.array([[0, -2, 0.3, 10], [1.5, 0, 0, -20], [0.2, 0.1, 3, 30], [0, 0, 0, 1.0]])


def save(name, data, kind=nibabel.Nifti1Image, change=lambda image: None, affine=oblique):
    image = kind(data, affine)
    change(image)
    nibabel.save(image, root / name)


def scaled(image):
    image.header.set_slope_inter(0.5, -100)


def qform_only(image):
    image.set_qform(nibabel.affines.from_matvec(np.diag([-2.0, 3.0, 4.0]), [5, 6, 7]), code=1)
    image.set_sform(None, code=0)


class BigEndian(nibabel.Nifti1Image):
    def __init__(self, data, affine):
        super().__init__(data, affine, nibabel.Nifti1Header(endianness=">"))


whole = rng.integers(-1000, 2000, shape).astype("<i2")
save("int16.nii", whole)
save("int16-scaled.nii.gz", whole, change=scaled)
save("big-endian.nii", whole.astype(">i2"), BigEndian)
save("qform.nii", whole, change=qform_only)
save("nifti-2.nii", rng.random(shape).astype("<f4"), nibabel.Nifti2Image)
save("complex.nii.gz", (rng.random(shape) + 1j * rng.random(shape)).astype("<c8"))
save("four-dimensions.nii.gz", rng.integers(0, 255, (*shape, 3)).astype("u1"))
save("sagittal.nii", rng.random(shape).astype("<f8"), affine=np.array([[0, 0, 3, 0], [-1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]))
colours = np.zeros(shape, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
for channel in "RGB":
    colours[channel] = rng.integers(0, 256, shape)
save("rgb.nii.gz", colours)

"""Writes the sample pictures of scikit-image and scikit-learn (no network) as PNG into a folder: pictures that no one here chose.

    python tools/reference/sample-photographs.py FOLDER
"""
import os
import sys
from glob import glob

import numpy as np
import skimage
import sklearn
from PIL import Image

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
folders = [os.path.join(os.path.dirname(skimage.__file__), "data"), os.path.join(os.path.dirname(sklearn.__file__), "datasets", "images")]
for folder in folders:
    for path in sorted(glob(os.path.join(folder, "*"))):
        name = os.path.splitext(os.path.basename(path))[0]
        if path.endswith((".png", ".jpg", ".gif")):
            Image.open(path).convert("RGB").save(os.path.join(out, name + ".png"))
faces = np.load(os.path.join(folders[0], "lfw_subset.npy"))
for i, face in enumerate(faces[:40]):
    Image.fromarray((face * 255).astype(np.uint8)).convert("RGB").resize((250, 250)).save(os.path.join(out, f"face-{i:02}.png"))
print(len(os.listdir(out)), "pictures in", out)

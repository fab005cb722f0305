"""Checksums of Pillow's bilinear resize on 200 made-up images, for src/imaging/resize/resize.test.ts.

Run: python tools/reference/imaging/pillow_resize.py > src/imaging/resize/goldens/pillow.json   (needs numpy and Pillow)
"""
import hashlib
import json

import numpy as np
import PIL
from PIL import Image


def noise(n, seed):
    v = np.arange(n, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(seed * 40503)
    v ^= v >> np.uint32(15)
    v = v * np.uint32(2246822519)
    v ^= v >> np.uint32(13)
    return (v >> np.uint32(24)).astype(np.uint8)


def digest(a):
    return hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()[:16]


def plain(a, width, height):
    """tf.image.resize(method='bilinear', antialias=False), in single precision, then cast to uint8."""
    f = np.float32

    def axis(n_in, n_out):
        at = (np.arange(n_out, dtype=f) + f(0.5)) * f(n_in / n_out) - f(0.5)
        low = np.floor(at)
        return np.maximum(low, 0).astype(int), np.minimum(low + 1, n_in - 1).astype(int), (at - low).astype(f)

    x0, x1, fx = axis(a.shape[1], width)
    y0, y1, fy = axis(a.shape[0], height)
    v = a.astype(f)
    fx, fy = fx[None, :, None], fy[:, None, None]
    top = v[y0][:, x0] + (v[y0][:, x1] - v[y0][:, x0]) * fx
    bottom = v[y1][:, x0] + (v[y1][:, x1] - v[y1][:, x0]) * fx
    return (top + (bottom - top) * fy).astype(np.uint8)


rng = np.random.default_rng(7)
rows = []
for i in range(200):
    channels = int(rng.choice([1, 3]))
    w, h, W, H, S = [int(v) for v in rng.integers(1, 260, 5)]
    W, H = (w if i % 10 == 0 else W), (h if i % 13 == 0 else H)
    a = noise(w * h * channels, i).reshape(h, w, channels)
    image = Image.fromarray(a[:, :, 0] if channels == 1 else a)
    side = max(w, h)
    padded = np.zeros((side, side, channels), np.uint8)
    padded[(side - h) // 2:(side - h) // 2 + h, (side - w) // 2:(side - w) // 2 + w] = a
    square = Image.fromarray(padded[:, :, 0] if channels == 1 else padded).convert("RGB").resize((S, S), Image.BILINEAR)
    rows.append([channels, w, h, W, H, S, digest(np.asarray(image.resize((W, H), Image.BILINEAR))), digest(np.asarray(square)),
                 digest(plain(a, W, H))])
lines = ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows)
print(f'{{"by":"Pillow {PIL.__version__}, numpy {np.__version__}","columns":["channels","width","height","toWidth","toHeight",'
      f'"square","bilinear","padded","plain"],"rows":[\n{lines}\n]}}')

"""The three CT windows in numpy, as Google's CT notebook computes them, for src/study/views/volume-views.test.ts.

Run: python tools/reference/imaging/ct_windows.py > src/study/views/goldens/ct-windows.json   (needs numpy)
"""
import base64
import json

import numpy as np

FROM, STEP, COUNT = -1300.0, 0.5, 5200
windows = {"1.5": [(-1024, 1024), (-135, 215), (0, 80)], "1.0": [(-1225, 1025), (-135, 215), (0, 80)]}


def window(hu, low, high):
    v = np.clip(hu, low, high).astype(np.float32)
    v -= low
    v /= high - low
    v *= 255.0
    return np.round(v, 0).astype(np.uint8)


hu = FROM + STEP * np.arange(COUNT)
out = {"by": f"numpy {np.__version__}", "from": FROM, "step": STEP}
out |= {k: [base64.b64encode(window(hu, *w).tobytes()).decode() for w in ws] for k, ws in windows.items()}
print(json.dumps(out))

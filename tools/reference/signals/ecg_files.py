"""
Golden values of src/signals/fixtures: python tools/reference/signals/ecg_files.py > src/signals/goldens/ecg-files.json
SCP-ECG and WFDB format 212 by biosig (Debian: biosig-tools, 2.5.0); format 16, which biosig 2.5.0 misreads, by numpy as two bytes a sample, 200 a millivolt.
"""

import csv
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

folder = Path("src/signals/fixtures")


def by_biosig(name):
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch) / "out.csv"
        subprocess.run(["save2gdf", "-CSV", str(folder / name), str(table)], check=True, capture_output=True)
        header, *rows = list(csv.reader(table.open()))
    named = [cell.rstrip("]").split(" [") for cell in header]
    scales = [{"uV": 1e-3, "mV": 1}[unit] for _, unit in named]
    return [lead for lead, _ in named], np.array(rows, float) * scales


def by_numpy(name):
    values = np.fromfile(folder / name, "<i2").reshape(-1, 4) / 200
    return ["I", "II", "V1", "V2"], values


def golden(leads, values):
    return {
        "samples": len(values),
        "leads": {
            lead: {"sum": float(np.abs(values[:, i]).sum()), "some": values[::100, i].tolist()}
            for i, lead in enumerate(leads)
        },
    }


print(
    json.dumps(
        {
            "ecg.scp": golden(*by_biosig("ecg.scp")),
            "wfdb212.hea": golden(*by_biosig("wfdb212.hea")),
            "wfdb16.hea": golden(*by_numpy("wfdb16.dat")),
        }
    )
)

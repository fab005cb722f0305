"""Beats of samples/ecg.dcm by scipy, on lead II alone: python tools/reference/signals/ecg_beats.py > src/study/goldens/ecg-beats.json"""

import json

import numpy as np
import pydicom
from scipy.signal import butter, find_peaks, sosfiltfilt

data = pydicom.dcmread("samples/ecg.dcm")
rate = float(data.WaveformSequence[0].SamplingFrequency)
lead = data.waveform_array(0)[:, 1] / 1000
band = sosfiltfilt(butter(2, [5, 25], "bandpass", fs=rate, output="sos"), lead)
peaks, _ = find_peaks(band, height=0.3 * band.max(), distance=int(0.24 * rate))
intervals = np.diff(peaks) / rate * 1000
print(
    json.dumps(
        {
            "beats": (peaks / rate).tolist(),
            "rate": 60000 / intervals.mean(),
            "variation": intervals.std(ddof=1) / intervals.mean(),
            "rmssd": float(np.sqrt(np.mean(np.diff(intervals) ** 2))),
        }
    )
)

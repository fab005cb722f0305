"""Golden values of samples/ecg.dcm by pydicom: python tools/reference/signals/ecg_waveform.py > src/study/goldens/ecg-waveform.json"""

import json

import numpy as np
import pydicom

data = pydicom.dcmread("samples/ecg.dcm")
values = data.waveform_array(0) / 1000  # microvolt to millivolt
group = data.WaveformSequence[0]
print(
    json.dumps(
        {
            "rate": float(group.SamplingFrequency),
            "shape": list(values.shape),
            "leads": [c.ChannelSourceSequence[0].CodeMeaning for c in group.ChannelDefinitionSequence],
            "sums": np.abs(values).sum(axis=0).tolist(),
            "some": values[::500].tolist(),
        }
    )
)

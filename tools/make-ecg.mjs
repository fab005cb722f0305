/** Writes samples/ecg.dcm: ten seconds of a simulated 12-lead ECG as a DICOM waveform. No real person. `node tools/make-ecg.mjs` after a build. */
import { writeFileSync } from "node:fs";
import dcmjs from "dcmjs";
import { simulateEcg } from "../dist/signals/index.js";

const ecg = simulateEcg({ rhythm: "atrial-fibrillation", seed: 7 });
const microvoltPerStep = 5;
const samples = new Int16Array(ecg.length * ecg.channels.length);
ecg.channels.forEach(({ samples: values }, c) => {
  values.forEach((value, t) => {
    samples[t * ecg.channels.length + c] = Math.round((value * 1000) / microvoltPerStep);
  });
});
const code = (value, scheme, meaning) => ({ CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning });
const mdc = {
  I: "2:1",
  II: "2:2",
  III: "2:61",
  aVR: "2:62",
  aVL: "2:63",
  aVF: "2:64",
  V1: "2:3",
  V2: "2:4",
  V3: "2:5",
  V4: "2:6",
  V5: "2:7",
  V6: "2:8",
};
const uid = (suffix) => `2.25.19202611280000000000000000000000${suffix}`;
const dataset = {
  SOPClassUID: "1.2.840.10008.5.1.4.1.1.9.1.1",
  SOPInstanceUID: uid(1),
  StudyInstanceUID: uid(2),
  SeriesInstanceUID: uid(3),
  Modality: "ECG",
  Manufacturer: "Polyclinic, simulated",
  PatientName: "Simulated^Ecg",
  PatientID: "SIMULATED-ECG",
  PatientBirthDate: "",
  PatientSex: "",
  StudyDate: "20260101",
  StudyTime: "120000",
  AcquisitionDateTime: "20260101120000",
  StudyID: "1",
  SeriesNumber: 1,
  InstanceNumber: 1,
  WaveformSequence: [
    {
      MultiplexGroupTimeOffset: 0,
      WaveformOriginality: "ORIGINAL",
      NumberOfWaveformChannels: ecg.channels.length,
      NumberOfWaveformSamples: ecg.length,
      SamplingFrequency: ecg.rate,
      MultiplexGroupLabel: "RHYTHM",
      ChannelDefinitionSequence: ecg.channels.map(({ name }) => ({
        ChannelSourceSequence: [code(mdc[name], "MDC", `Lead ${name}`)],
        ChannelSensitivity: microvoltPerStep,
        ChannelSensitivityUnitsSequence: [code("uV", "UCUM", "microvolt")],
        ChannelSensitivityCorrectionFactor: 1,
        ChannelBaseline: 0,
        ChannelSampleSkew: 0,
        WaveformBitsStored: 16,
      })),
      WaveformBitsAllocated: 16,
      WaveformSampleInterpretation: "SS",
      WaveformData: [samples.buffer],
    },
  ],
  _vrMap: { WaveformData: "OW" },
};
const { DicomDict, DicomMetaDictionary } = dcmjs.data;
const meta = {
  MediaStorageSOPClassUID: dataset.SOPClassUID,
  MediaStorageSOPInstanceUID: dataset.SOPInstanceUID,
  TransferSyntaxUID: "1.2.840.10008.1.2.1",
  ImplementationClassUID: uid(9),
};
const file = new DicomDict(DicomMetaDictionary.denaturalizeDataset(meta));
file.dict = DicomMetaDictionary.denaturalizeDataset(dataset);
writeFileSync("samples/ecg.dcm", Buffer.from(file.write()));

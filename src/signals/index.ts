/** Signals: ECGs from WFDB, CSV and DICOM waveforms, checked, filtered, measured, drawn as on paper. */
export { findBeats } from "./beats.ts";
export { recordingCautions } from "./checks.ts";
export { readSignalCsv, type SignalCsvOptions } from "./csv.ts";
export { decodeWaveform, type WaveformChannel, type WaveformGroup } from "./dicom-waveform.ts";
export { type FilterOptions, filtered } from "./filter.ts";
export { ecgPaper, type PaperOptions } from "./paper.ts";
export { measureRhythm, type Regularity, type RhythmMeasure, regularityLimits } from "./rhythm.ts";
export { type EcgOptions, type Rhythm, rhythms, simulateEcg } from "./simulate.ts";
export { type Channel, leadName, type Recording, standardLeads } from "./types.ts";
export { readWfdb } from "./wfdb.ts";

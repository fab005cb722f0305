/**
 * Signals: ECGs from WFDB, SCP-ECG, HL7 aECG, CSV and DICOM waveforms: quality checks, filters, measurements, drawing on paper.
 */
export { findBeats } from "./beats.ts";
export { recordingCautions } from "./checks.ts";
export { isEcgCsv, readSignalCsv, type SignalCsvOptions } from "./files/csv.ts";
export { decodeWaveform, type WaveformChannel, type WaveformGroup } from "./files/dicom-waveform.ts";
export { type Hl7Recording, isHl7Ecg, readHl7Ecg } from "./files/hl7-ecg.ts";
export { decodeWfdb, missingFile, readWfdb } from "./files/wfdb.ts";
export { isWfdbHeader, readWfdbHeader, type WfdbHeader, type WfdbSignal, wfdbFiles } from "./files/wfdb-header.ts";
export { type FilterOptions, filtered } from "./filter.ts";
export { type Preceding, precedingLimits, precedingWaves } from "./p-waves.ts";
export { ecgPaper, type PaperOptions } from "./paper.ts";
export { measureRhythm, type Regularity, type RhythmMeasure, regularityLimits } from "./rhythm.ts";
export { readScpEcg, type ScpRecording } from "./scp/scp.ts";
export { isScpEcg } from "./scp/sections.ts";
export { type EcgOptions, type Rhythm, rhythms, simulateEcg } from "./simulate.ts";
export { type Channel, leadName, type Recording, standardLeads } from "./types.ts";

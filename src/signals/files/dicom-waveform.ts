/**
 * Decodes one multiplex group of a DICOM waveform (PS3.3 C.10.9): interleaved samples with a sensitivity, a correction and a baseline for each
 * channel. `imaging/dicom` reads the file and passes the Waveform Sequence here as plain values.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { recording } from "../checks.ts";
import { leadName, type Recording } from "../types.ts";
import { inMillivolt } from "../units.ts";

/** A channel of a DICOM multiplex group (Channel Definition Sequence). */
export interface WaveformChannel {
  /** Code meaning of the Channel Source Sequence, or the channel label. */
  source: string;
  /** (003A,0210), `unit` per digital step. 1 when absent. */
  sensitivity?: number;
  /** Code value of (003A,0211): `uV`, `mV`. */
  unit?: string;
  /** (003A,0212); 1 when absent. */
  correctionFactor?: number;
  /** (003A,0213), in `unit`; 0 when absent. */
  baseline?: number;
  /** (003A,0220) and (003A,0221), hertz; (003A,0222) notch. */
  lowFrequency?: number;
  highFrequency?: number;
  notchFrequency?: number;
}

/** A multiplex group of a DICOM waveform: channels with a common sampling rate. */
export interface WaveformGroup {
  /** (003A,001A) */
  rate: number;
  /** (003A,0010) */
  samples: number;
  channels: readonly WaveformChannel[];
  /** (5400,1004): 8, 16 or 32. */
  bitsAllocated: number;
  /** (5400,1006): SB, UB, SS, US, SL or UL. */
  interpretation: string;
  /** (5400,100A) as a number, if present: marks missing samples. */
  padding?: number;
  /** (5400,1010), little endian. */
  data: Uint8Array;
}

const readers: Readonly<Record<string, { bytes: number; read: (view: DataView, at: number) => number }>> = {
  SB: { bytes: 1, read: (view, at) => view.getInt8(at) },
  UB: { bytes: 1, read: (view, at) => view.getUint8(at) },
  SS: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  US: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  SL: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  UL: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
};

/** @throws PolyclinicError `signals/waveform` when the sample format is unsupported or there are fewer samples than the group declares. */
export function decodeWaveform(group: WaveformGroup, where: string): Recording {
  const fault = (field: string, summary: string, expected: string, found: string) =>
    new PolyclinicError("signals/waveform", summary, { where: `${where}, ${field}`, expected, found });
  const reader = readers[group.interpretation];
  if (reader === undefined || reader.bytes * 8 !== group.bitsAllocated)
    throw fault(
      "Waveform Sample Interpretation",
      "is not supported",
      "SB, UB, SS, US, SL or UL with the matching number of bits",
      `${group.interpretation} of ${group.bitsAllocated} bits`,
    );
  if (!(group.rate > 0))
    throw fault("Sampling Frequency", "is not a valid sampling rate", "a rate above 0 Hz", String(group.rate));
  if (group.channels.length === 0)
    throw fault("Channel Definition Sequence", "is empty", "at least one channel", "none");
  const needed = group.samples * group.channels.length * reader.bytes;
  if (group.data.byteLength < needed)
    throw fault("Waveform Data", "is truncated", `${needed} bytes`, `${group.data.byteLength} bytes`);
  const view = new DataView(group.data.buffer, group.data.byteOffset, group.data.byteLength);
  const channels = group.channels.map((channel, c) => {
    const factor = (channel.sensitivity ?? 1) * (channel.correctionFactor ?? 1);
    const samples = new Float32Array(group.samples);
    for (let t = 0; t < group.samples; t++) {
      const stored = reader.read(view, (t * group.channels.length + c) * reader.bytes);
      samples[t] = stored === group.padding ? Number.NaN : stored * factor + (channel.baseline ?? 0);
    }
    return inMillivolt({ name: leadName(channel.source), unit: channel.unit ?? "", samples });
  });
  const [{ lowFrequency, highFrequency, notchFrequency }] = group.channels;
  return recording(channels, group.rate, where, {
    low: lowFrequency,
    high: highFrequency,
    // Devices write 0 for a disabled notch filter.
    notch: notchFrequency || undefined,
  });
}

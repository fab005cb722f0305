/** The Waveform Sequence of a DICOM data set as recordings, one for each multiplex group. */
import type { DataSet } from "../imaging/dicom/index.ts";
import { decodeWaveform, type Recording, type WaveformChannel } from "../signals/index.ts";

/**
 * @throws PolyclinicError `signals/waveform` when a group cannot be decoded. Returns an empty list without a waveform.
 */
export function readDicomWaveforms(data: DataSet, where: string): Recording[] {
  return data.sequence("WaveformSequence").map((group, i) => {
    const padding = paddingOf(group);
    return decodeWaveform(
      {
        rate: group.number("SamplingFrequency") ?? 0,
        samples: group.number("NumberOfWaveformSamples") ?? 0,
        channels: group.sequence("ChannelDefinitionSequence").map(channelOf),
        bitsAllocated: group.number("WaveformBitsAllocated") ?? 0,
        interpretation: group.string("WaveformSampleInterpretation") ?? "",
        ...(padding !== undefined && { padding }),
        data: littleEndian(group),
      },
      `${where}, waveform ${i + 1}`,
    );
  });
}

function channelOf(channel: DataSet): WaveformChannel {
  const source = channel.sequence("ChannelSourceSequence")[0];
  const units = channel.sequence("ChannelSensitivityUnitsSequence")[0];
  return {
    source: channel.string("ChannelLabel") ?? source?.string("CodeMeaning") ?? "unnamed",
    sensitivity: channel.number("ChannelSensitivity"),
    unit: units?.string("CodeValue"),
    correctionFactor: channel.number("ChannelSensitivityCorrectionFactor"),
    baseline: channel.number("ChannelBaseline"),
    lowFrequency: channel.number("FilterLowFrequency"),
    highFrequency: channel.number("FilterHighFrequency"),
    notchFrequency: channel.number("NotchFilterFrequency"),
  };
}

function paddingOf(group: DataSet): number | undefined {
  const bytes = group.valueBytes("WaveformPaddingValue");
  if (bytes.length < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const signed = group.string("WaveformSampleInterpretation") !== "US";
  return signed ? view.getInt16(0, !group.bigEndian) : view.getUint16(0, !group.bigEndian);
}

/** Sample bytes converted to little endian. */
function littleEndian(group: DataSet): Uint8Array {
  const bytes = group.valueBytes("WaveformData");
  const size = (group.number("WaveformBitsAllocated") ?? 0) / 8;
  if (!group.bigEndian || size < 2) return bytes;
  const turned = new Uint8Array(bytes.length);
  for (let at = 0; at + size <= bytes.length; at += size)
    for (let i = 0; i < size; i++) turned[at + i] = bytes[at + size - 1 - i];
  return turned;
}

/** ECG files (WFDB, SCP-ECG, HL7 aECG, CSV) as waveform parts; DICOM waveforms come with their series. */
import { PolyclinicError } from "../../../base/errors.ts";
import { basename, dirname, join } from "../../../base/host/path.ts";
import { allBytes, type ByteSource, diskSource } from "../../../bytes/index.ts";
import type { Limits } from "../../../imaging/types.ts";
import {
  decodeWfdb,
  isHl7Ecg,
  isScpEcg,
  isWfdbHeader,
  missingFile,
  type Recording,
  readHl7Ecg,
  readScpEcg,
  readSignalCsv,
  readWfdbHeader,
  standardLeads,
  wfdbFiles,
} from "../../../signals/index.ts";
import type { WaveformPart } from "../../types.ts";
import type { Found } from "../gather.ts";
import { hashOf, labelOf, type OpenStudyOptions, type Reading } from "../read-part.ts";
import { utf8 } from "../read-text.ts";

/** @throws `signals/wfdb`, `signals/scp`, `signals/aecg`, `signals/csv`, `limit/bytes`; `study/text-encoding` for a header or table that is not UTF-8. */
export async function readSignalsPart(
  { source }: Pick<Found, "source">,
  found: readonly Pick<Found, "source">[],
  options: OpenStudyOptions,
  { maxBytes }: Limits,
): Promise<Reading> {
  const bytes = await allBytes(source, maxBytes);
  const where = source.name;
  if (isScpEcg(bytes)) {
    const recording = readScpEcg(bytes, where);
    return partOf(recording, [source], options, recording.startedAt);
  }
  const text = utf8(bytes, where);
  if (isHl7Ecg(text)) {
    const recordings = readHl7Ecg(text, where);
    const readings = await Promise.all(recordings.map((each) => partOf(each, [source], options, each.startedAt)));
    return { parts: readings.flatMap(({ parts }) => parts), leftOut: [], warnings: [] };
  }
  if (!isWfdbHeader(text)) {
    const { samplingRate: rate } = options;
    return partOf(readSignalCsv(text, where, { ...(rate !== undefined && { rate }) }), [source], options);
  }
  const header = readWfdbHeader(text, where);
  const files = new Map<string, Uint8Array>();
  const sources = [source];
  for (const name of wfdbFiles(header)) {
    const beside = siblingFile(source, name, found);
    if (beside === undefined) throw missingFile(join(dirname(where), name));
    files.set(name, await allBytes(beside, maxBytes));
    sources.push(beside);
  }
  return partOf(decodeWfdb(header, files, where), sources, options, header.startedAt);
}

/**
 * Files among those found that are read with a header, and headers on disk beside a signal file that was named alone.
 */
export async function wfdbSets(
  found: readonly Found[],
  maxBytes: number,
): Promise<{ consumed: Set<ByteSource>; headers: Map<ByteSource, ByteSource> }> {
  const consumed = new Set<ByteSource>();
  const headers = new Map<ByteSource, ByteSource>();
  for (const { source, kind } of found) {
    if (kind.kind !== "signals" || kind.format !== "wfdb" || source.size > maxBytes) continue;
    try {
      const header = readWfdbHeader(utf8(await allBytes(source, maxBytes), source.name), source.name);
      for (const name of wfdbFiles(header)) {
        const beside = siblingFile(source, name, found);
        if (beside !== undefined) consumed.add(beside);
      }
    } catch (error) {
      // The reader of the header reports it.
      if (!PolyclinicError.is(error)) throw error;
    }
  }
  for (const { source, named, kind } of found)
    if (
      named &&
      kind.kind === "other" &&
      !consumed.has(source) &&
      source.path !== undefined &&
      data.test(source.path)
    ) {
      const header = onDisk(source.path.replace(data, ".hea"));
      if (header !== undefined) headers.set(source, header);
    }
  return { consumed, headers };
}

const data = /\.dat$/i;

/** Finds a file in the header's folder: among those found (an archive, an upload), otherwise on disk. */
function siblingFile(
  header: ByteSource,
  name: string,
  found: readonly Pick<Found, "source">[],
): ByteSource | undefined {
  const folder = dirname(header.name);
  return (
    found.find(({ source }) => dirname(source.name) === folder && basename(source.name) === name)?.source ??
    (header.path === undefined ? undefined : onDisk(join(dirname(header.path), name)))
  );
}

function onDisk(path: string): ByteSource | undefined {
  try {
    return diskSource(path);
  } catch (error) {
    if (!PolyclinicError.is(error)) throw error;
    return undefined;
  }
}

async function partOf(
  { channels, rate, cautions, where }: Recording,
  sources: readonly ByteSource[],
  { modality }: OpenStudyOptions,
  acquiredAt?: string,
): Promise<Reading> {
  const leads: readonly string[] = standardLeads;
  const isEcg = channels.some(({ name }) => leads.includes(name) || /\b(?:ecg|ekg)\b/i.test(name));
  const part: WaveformPart = {
    kind: "waveform",
    label: labelOf(where),
    modality: modality ?? (isEcg ? "ECG" : "OT"),
    ...(acquiredAt !== undefined && { acquiredAt }),
    origin: { files: sources.map(({ name }) => name), sha256: await hashOf(sources) },
    warnings: cautions.map((message) => ({ code: "signals/recording", message, where })),
    channels,
    samplesPerSecond: rate,
  };
  return { parts: [part], leftOut: [], warnings: [] };
}

/**
 * WFDB records (PhysioNet): a `.hea` header and its signal files. Formats 16, 24, 32, 61, 80, 160 and 212; one segment, one rate for all signals.
 * After PhysioNet's header(5) and signal(5).
 */

import { PolyclinicError } from "../../base/errors.ts";
import { readFile } from "../../base/host/files.ts";
import { dirname, join } from "../../base/host/path.ts";
import { recording } from "../checks.ts";
import { type Channel, leadName, type Recording } from "../types.ts";
import { inMillivolt } from "../units.ts";
import { wfdbFormats } from "./wfdb-formats.ts";
import { readWfdbHeader, type WfdbHeader, wfdbFiles } from "./wfdb-header.ts";

/** WFDB's default for a gain of 0 or none. */
const defaultGain = 200;

/**
 * @param path path of the header; its signal files lie beside it.
 * @throws PolyclinicError `signals/wfdb` naming the line or file, and what was expected and found.
 */
export async function readWfdb(path: string): Promise<Recording> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new PolyclinicError("signals/wfdb", "cannot be opened", { where: path, cause });
  });
  const header = readWfdbHeader(text, path);
  const files = new Map<string, Uint8Array>();
  for (const name of wfdbFiles(header)) {
    const beside = join(dirname(path), name);
    files.set(name, await readFile(beside).catch((cause) => Promise.reject(missingFile(beside, cause))));
  }
  return decodeWfdb(header, files, path);
}

/** The error for a signal file that is not in the folder of its header. */
export function missingFile(where: string, cause?: unknown): PolyclinicError {
  return new PolyclinicError("signals/wfdb", "is missing", {
    where,
    hint: "Put the signal file into the folder of its header, and open both.",
    cause,
  });
}

/**
 * @param files bytes of every file of `wfdbFiles`.
 * @throws PolyclinicError `signals/wfdb` when a file is missing or shorter than the header says.
 */
export function decodeWfdb(header: WfdbHeader, files: ReadonlyMap<string, Uint8Array>, where: string): Recording {
  const channels: Channel[] = [];
  const cautions: string[] = [];
  for (const file of wfdbFiles(header)) {
    const group = header.signals.filter((signal) => signal.file === file);
    const [{ format, offset }] = group;
    const whereFile = join(dirname(where), file);
    if (group.some((signal) => signal.format !== format))
      throw new PolyclinicError("signals/wfdb", "has signals of different formats", {
        where: whereFile,
        expected: `format ${format} for all signals of the file`,
        found: group.map((signal) => signal.format).join(", "),
      });
    const all = files.get(file);
    if (all === undefined) throw missingFile(whereFile);
    const bytes = all.subarray(Math.min(offset, all.length));
    const { count, read, missing } = wfdbFormats.get(format)!;
    const held = Math.floor(count(bytes.length) / group.length);
    const length = header.length ?? held;
    if (held < length || held === 0)
      throw new PolyclinicError("signals/wfdb", "is truncated", {
        where: whereFile,
        expected: `${header.length ?? "at least 1"} samples of ${group.length} signals`,
        found: `${held} samples`,
      });
    const values = read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    group.forEach(({ gain, baseline, unit, name, checksum }, i) => {
      const samples = new Float32Array(length);
      let sum = 0;
      for (let t = 0; t < length; t++) {
        const value = values[t * group.length + i];
        sum = (sum + value) | 0;
        samples[t] = value === missing ? Number.NaN : (value - baseline) / (gain ?? defaultGain);
      }
      const lead = leadName(name);
      const found = (sum << 16) >> 16;
      if (checksum !== undefined && found !== (checksum << 16) >> 16)
        cautions.push(
          `${lead}: the checksum of the samples (${found}) differs from the checksum in the header (${checksum}).`,
        );
      if (gain === undefined)
        cautions.push(`${lead}: not calibrated; the WFDB default gain of ${defaultGain} ADC units per mV is assumed.`);
      channels.push(inMillivolt({ name: lead, unit, samples }));
    });
  }
  const made = recording(channels, header.rate, where);
  return { ...made, cautions: [...cautions, ...made.cautions] };
}

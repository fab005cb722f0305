/**
 * What this package reads from every DICOM file of a folder, against what independent readers saw there
 * (`dicom-reference.json`, written by tools/reference/imaging/dicom_checksums.py).
 *
 * `npx tsx test/conformance/dicom-sweep.ts FOLDER > test/conformance/dicom.json` writes the table again.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { PolyclinicError } from "../../src/base/errors.ts";
import { memorySource } from "../../src/bytes/index.ts";
import {
  type DecodedFrame,
  decodeFrame,
  describeInstance,
  kindNames,
  locateFrames,
  parseDicom,
  readFrameBytes,
  toRgb,
} from "../../src/imaging/dicom/index.ts";

export interface ReferenceRow {
  readonly file: string;
  readonly shape?: readonly number[];
  readonly sha256?: string;
  readonly by?: string;
  readonly error?: string;
  /** Means of 32 x 32 blocks of the first frame, `[row, column, sample]`, where two decoders may differ by a grey level. */
  readonly blockMeans?: readonly number[];
}

export interface ConformanceRow {
  readonly file: string;
  readonly status: "equal" | "close" | "error" | "different";
  readonly detail: string;
}

export const reference: readonly ReferenceRow[] = JSON.parse(
  readFileSync(new URL("./dicom-reference.json", import.meta.url), "utf8"),
).rows;

/** The checksum of all frames as the reference computes it, and the last frame. */
async function pixelsOf(path: string, name: string): Promise<{ sha256: string; last: DecodedFrame }> {
  const bytes = readFileSync(path);
  const file = parseDicom(bytes, { name });
  const instance = describeInstance(file, memorySource(name, bytes));
  if (instance.format === undefined)
    throw new PolyclinicError("dicom/no-pixels", `no pixel data: ${kindNames[instance.kind]}`);
  const frames = await locateFrames(file);
  const hash = createHash("sha256");
  let last: DecodedFrame | undefined;
  for (const [i, range] of frames.ranges.entries()) {
    let frame = await decodeFrame(await readFrameBytes(frames, i), frames.format, name, range.bit);
    if (frame.samples === 3) frame = toRgb(frame, name);
    last = frame;
    hash.update(frames.format.float ? Float64Array.from(frame.data) : Int32Array.from(frame.data));
  }
  return { sha256: hash.digest("hex"), last: last! };
}

/** The largest difference between the block means of a frame and the reference's. */
function blockDifference({ rows, columns, samples, data }: DecodedFrame, means: readonly number[]): number {
  const across = columns / 32;
  const sums = new Float64Array(means.length);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      for (let s = 0; s < samples; s++)
        sums[((y >> 5) * across + (x >> 5)) * samples + s] += data[(y * columns + x) * samples + s];
  return means.reduce((most, mean, i) => Math.max(most, Math.abs(sums[i] / 1024 - mean)), 0);
}

export async function conformanceRow(folder: string, row: ReferenceRow): Promise<ConformanceRow> {
  const { file } = row;
  try {
    const { sha256, last } = await pixelsOf(join(folder, file), file);
    if (sha256 === row.sha256) return { file, status: "equal", detail: `equal to the last bit (${row.by})` };
    if (row.blockMeans !== undefined && blockDifference(last, row.blockMeans) < 0.05)
      return { file, status: "close", detail: `means of 32 x 32 blocks within 0.05 grey levels (${row.by})` };
    return { file, status: "different", detail: row.sha256 === undefined ? "no reference" : `differs from ${row.by}` };
  } catch (error) {
    if (!PolyclinicError.is(error)) throw error;
    return { file, status: "error", detail: `${error.code}: ${error.summary}` };
  }
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows: string[] = [];
  for (const row of reference) rows.push(JSON.stringify(await conformanceRow(process.argv[2], row)));
  process.stdout.write(`[\n${rows.join(",\n")}\n]\n`);
}

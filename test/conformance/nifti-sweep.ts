/**
 * What this package reads from every file of a NIfTI folder, against what nibabel read there (`nifti-reference.json`, written by
 * tools/reference/imaging/nifti_checksums.py).
 *
 * `npx tsx test/conformance/nifti-sweep.ts FOLDER > test/conformance/nifti.json` writes the table again.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { PolyclinicError } from "../../src/base/errors.ts";
import { readNifti } from "../../src/imaging/nifti/index.ts";

export interface NiftiReference {
  readonly file: string;
  readonly shape: readonly number[];
  readonly sha256: string;
  /** LPS, row-major. */
  readonly affine: readonly number[];
}

export interface NiftiRow {
  readonly file: string;
  readonly status: "equal" | "error" | "different";
  readonly detail: string;
}

const made: { by: string; rows: readonly NiftiReference[] } = JSON.parse(
  readFileSync(new URL("./nifti-reference.json", import.meta.url), "utf8"),
);
export const niftiReference = made.rows;

/** Millimetres an affine may differ by: the reference is written with four decimals. */
const affineTolerance = 1e-3;

export async function niftiRow(
  folder: string,
  file: string,
  reference: readonly NiftiReference[] = niftiReference,
): Promise<NiftiRow> {
  const expected = reference.find((row) => row.file === file);
  try {
    const { volume } = await readNifti(readFileSync(join(folder, file)), { name: file });
    const { buffer, byteOffset, byteLength } = volume.data;
    const sha256 = createHash("sha256")
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest("hex");
    if (expected === undefined) return { file, status: "different", detail: "no reference" };
    if (sha256 !== expected.sha256) return { file, status: "different", detail: "different values" };
    const placed = volume.affine.every((v, i) => Math.abs(v - expected.affine[i]) < affineTolerance);
    if (!placed) return { file, status: "different", detail: "a different affine" };
    return {
      file,
      status: "equal",
      detail: `values to the last bit, affine within ${affineTolerance} mm (${made.by})`,
    };
  } catch (error) {
    if (!PolyclinicError.is(error)) throw error;
    return { file, status: "error", detail: `${error.code}: ${error.summary}` };
  }
}

export function niftiFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows: string[] = [];
  for (const file of niftiFiles(process.argv[2])) rows.push(JSON.stringify(await niftiRow(process.argv[2], file)));
  process.stdout.write(`[\n${rows.join(",\n")}\n]\n`);
}

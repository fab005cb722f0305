/** Training data of the embedded therapeutics model: the molecules of each task with their labels, for nearest neighbours and limits. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { PolyclinicError } from "../../../base/errors.ts";
import type { ValueLimits } from "../answers.ts";

export const libraryFileName = "training.json.gz";

export interface LibraryTask {
  readonly name: string;
  readonly kind: "binary" | "regression";
  /** Binary: the meanings of (A) and (B). Regression: the quantity. */
  readonly options: readonly [string, string] | string;
  readonly unit?: string;
  /** The values of 000 and 1000. */
  readonly limits?: ValueLimits;
}

export interface LibrarySet {
  readonly name: string;
  readonly tasks: readonly LibraryTask[];
  /** Canonical SMILES of this package. */
  readonly smiles: readonly string[];
  /** A row per molecule, a column per task; null where it was not measured. */
  readonly labels: readonly (readonly (number | null)[])[];
}

export interface TxLibrary {
  /** The split from which the training part was taken. */
  readonly split: string;
  readonly sets: readonly LibrarySet[];
}

/**
 * The library of a checkpoint folder; undefined where there is none.
 *
 * @throws PolyclinicError `therapeutics/library` if it cannot be read.
 */
export async function readLibrary(folder: string): Promise<TxLibrary | undefined> {
  const path = join(folder, libraryFileName);
  const packed = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw new PolyclinicError("therapeutics/library", `cannot be read (${cause.code})`, { where: path, cause });
  });
  if (packed === undefined) return undefined;
  try {
    return JSON.parse(gunzipSync(packed).toString("utf8")) as TxLibrary;
  } catch (cause) {
    throw new PolyclinicError("therapeutics/library", "is damaged", { where: path, expected: "JSON, gzipped", cause });
  }
}

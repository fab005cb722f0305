import type { PolyclinicError } from "../../base/errors.ts";
import type { Molecule } from "../molecule.ts";

/** One molecule of a file, or why it could not be read: exactly one of `molecule` and `error` is set. */
export interface MoleculeRecord {
  /** First line of the record in its file, from 1. */
  line: number;
  name: string;
  fields: Record<string, string>;
  molecule?: Molecule;
  error?: PolyclinicError;
}

/** Counts of records read and not read, the latter by error code. */
export interface ReadSummary {
  records: number;
  read: number;
  broken: number;
  byCode: Record<string, number>;
}

/** Counts the records that could be read and the reasons of the others. */
export function summarise(records: readonly MoleculeRecord[]): ReadSummary {
  const byCode: Record<string, number> = {};
  for (const { error } of records) if (error !== undefined) byCode[error.code] = (byCode[error.code] ?? 0) + 1;
  const broken = records.filter((record) => record.error !== undefined).length;
  return { records: records.length, read: records.length - broken, broken, byCode };
}

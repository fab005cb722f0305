/** SD files: mol blocks with data fields, separated by `$$$$`. A malformed record is reported and counted; the others are read. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Molecule } from "../molecule.ts";
import { readMolBlock } from "./mol-block.ts";
import type { MoleculeRecord } from "./record.ts";

/**
 * @param text the whole file.
 * @param where file name, for errors.
 */
export function readSdf(text: string, where: string): MoleculeRecord[] {
  const lines = text.split(/\r\n|\r|\n/);
  const records: MoleculeRecord[] = [];
  let start = 0;
  for (let at = 0; at <= lines.length; at++) {
    if (at < lines.length && !lines[at].startsWith("$$$$")) continue;
    const block = lines.slice(start, at);
    if (at < lines.length || block.some((line) => line.trim() !== ""))
      records.push(readRecord(block, `${where}, record ${records.length + 1}`, start + 1));
    start = at + 1;
  }
  return records;
}

function readRecord(lines: readonly string[], where: string, line: number): MoleculeRecord {
  const name = lines[0]?.trim() ?? "";
  const end = lines.findIndex((text) => text.startsWith("M  END"));
  const record = { line, name, fields: dataFields(end < 0 ? [] : lines.slice(end + 1)) };
  try {
    const molecule: Molecule = readMolBlock(
      lines.slice(0, end < 0 ? undefined : end + 1),
      name === "" ? where : `${where} (${name})`,
      line,
    );
    return { ...record, molecule };
  } catch (error) {
    if (!PolyclinicError.is(error)) throw error;
    return { ...record, error };
  }
}

/** `> <NAME>` and the lines up to the next empty one. */
function dataFields(lines: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < lines.length; at++) {
    const name = /^>.*<([^>]*)>/.exec(lines[at])?.[1];
    if (name === undefined) continue;
    const values: string[] = [];
    while (++at < lines.length && lines[at].trim() !== "" && !lines[at].startsWith(">")) values.push(lines[at]);
    if (lines[at]?.startsWith(">")) at--;
    fields[name] = values.join("\n");
  }
  return fields;
}

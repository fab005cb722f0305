/**
 * CSV (RFC 4180: quotes, doubled quotes, line breaks inside them) with a column of SMILES. Rows without a valid
 * molecule are reported and counted.
 */
import { parseCsv as parseTable } from "../../base/csv.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { readSmiles } from "../smiles/read.ts";
import type { MoleculeRecord } from "./record.ts";

/**
 * @param separator default: a comma.
 * @throws PolyclinicError `molecules/csv` when a quote is never closed or there is no header.
 */
export function parseCsv(text: string, where: string, separator = ","): CsvTable {
  const { rows } = parseTable(text, { where, code: "molecules/csv", separator });
  const [header, ...rest] = rows.filter(({ cells }) => cells.length > 1 || cells[0].trim() !== "");
  if (header === undefined)
    throw new PolyclinicError("molecules/csv", "is an empty table", {
      where,
      expected: "a header row and at least one data row",
    });
  return { header: header.cells.map((name) => name.trim()), rows: rest };
}

/** A parsed table; `line` is the 1-based line of the file on which a row begins. */
export interface CsvTable {
  header: string[];
  rows: { line: number; cells: readonly string[] }[];
}

const smilesNames = ["smiles", "mol", "canonical_smiles", "structure", "drug"];

/**
 * @param smilesColumn name of the column. Default: the first one called smiles, mol, canonical_smiles, structure or drug (TDC), in any case.
 * @throws PolyclinicError `molecules/csv` when there is no such column.
 */
export function readMoleculesCsv(
  text: string,
  where: string,
  { smilesColumn }: { smilesColumn?: string } = {},
): MoleculeRecord[] {
  const table = parseCsv(text, where);
  const column =
    smilesColumn === undefined
      ? smilesNames.map((name) => table.header.findIndex((head) => head.toLowerCase() === name)).find((i) => i >= 0)
      : table.header.indexOf(smilesColumn);
  if (column === undefined || column < 0)
    throw new PolyclinicError("molecules/csv", "has no SMILES column", {
      where,
      expected: smilesColumn ?? `a column named ${smilesNames.join(", ")}`,
      found: table.header.join(", "),
      hint: "Give the name of the SMILES column.",
    });
  return table.rows.map(({ line, cells }) => {
    // Of the cells there are: a wide header over many short rows would be a table larger than memory.
    const fields = Object.fromEntries(table.header.slice(0, cells.length).map((name, i) => [name, cells[i]]));
    const record = { line, name: "", fields };
    if (cells.length !== table.header.length)
      return {
        ...record,
        error: new PolyclinicError("molecules/csv", "a row has a different number of cells than the header", {
          where: `${where}, line ${line}`,
          expected: String(table.header.length),
          found: String(cells.length),
        }),
      };
    try {
      return { ...record, molecule: readSmiles(cells[column]) };
    } catch (error) {
      if (!PolyclinicError.is(error)) throw error;
      return {
        ...record,
        error: new PolyclinicError(error.code, error.summary, {
          where: `${where}, line ${line}, ${error.where ?? ""}`,
          expected: error.expected,
          found: error.found,
          hint: error.hint,
        }),
      };
    }
  });
}

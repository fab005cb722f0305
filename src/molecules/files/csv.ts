/** CSV (RFC 4180: quotes, doubled quotes, line breaks inside them) with a column of SMILES. A row that is not a molecule is reported and counted. */
import { PolyclinicError } from "../../base/errors.ts";
import { readSmiles } from "../smiles/read.ts";
import type { MoleculeRecord } from "./record.ts";

export interface CsvTable {
  header: string[];
  rows: { line: number; cells: string[] }[];
}

/** @throws PolyclinicError `molecules/csv` when a quote is never closed or there is no header. */
export function parseCsv(text: string, where: string, separator = ","): CsvTable {
  const rows: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let rowLine = 1;
  let quoteLine = 0;
  const endCell = () => {
    cells.push(cell);
    cell = "";
  };
  const endRow = () => {
    endCell();
    if (cells.length > 1 || cells[0].trim() !== "") rows.push({ line: rowLine, cells });
    cells = [];
    rowLine = line;
  };
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  for (let at = 0; at < body.length; at++) {
    const char = body[at];
    if (char === "\n") line++;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (body[at + 1] === '"') {
        cell += '"';
        at++;
      } else quoted = false;
    } else if (char === '"' && cell === "") {
      quoted = true;
      quoteLine = line;
    } else if (char === separator) endCell();
    else if (char === "\n") endRow();
    else if (char !== "\r") cell += char;
  }
  if (quoted)
    throw new PolyclinicError("molecules/csv", "a quote is never closed", {
      where: `${where}, line ${quoteLine}`,
      expected: 'a second "',
    });
  if (cell !== "" || cells.length > 0) endRow();
  const [header, ...rest] = rows;
  if (header === undefined)
    throw new PolyclinicError("molecules/csv", "is empty", { where, expected: "a header and rows" });
  return { header: header.cells.map((name) => name.trim()), rows: rest };
}

const smilesNames = ["smiles", "mol", "canonical_smiles", "structure"];

/**
 * @param smilesColumn name of the column. Default: the first one called smiles, mol, canonical_smiles or structure, in any case.
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
    throw new PolyclinicError("molecules/csv", "has no column of SMILES", {
      where,
      expected: smilesColumn ?? `a column named ${smilesNames.join(", ")}`,
      found: table.header.join(", "),
      hint: "Name the column.",
    });
  return table.rows.map(({ line, cells }) => {
    const fields = Object.fromEntries(table.header.map((name, i) => [name, cells[i] ?? ""]));
    const record = { line, name: "", fields };
    if (cells.length !== table.header.length)
      return {
        ...record,
        error: new PolyclinicError("molecules/csv", "a row and the header differ in the number of cells", {
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

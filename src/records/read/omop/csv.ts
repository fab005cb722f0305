/** Tables separated by commas, tabs, semicolons or bars, otherwise after RFC 4180: quotes, doubled quotes, separators and line ends inside quotes. */
import { PolyclinicError } from "../../../base/errors.ts";

export interface Row {
  /** Cells by lower-case column name; empty cells are undefined. */
  get: (column: string) => string | undefined;
  /** The line of the file the row begins on, from 1. */
  line: number;
  /** How many cells the row lacks at its end. */
  missing: number;
}

/**
 * The separator is the one that the header has most of.
 * @param needed columns without which the table says nothing.
 * @throws `records/csv` when a quote is not closed, a row has more cells than the header, or the header lacks a column of `needed`.
 */
export function* readCsv(
  source: string | { text: string; lines: readonly number[] },
  where?: string,
  needed: readonly string[] = [],
): Generator<Row> {
  // Of a table of which only some rows were kept, the lines of the file on which they begin.
  const lines = typeof source === "string" ? undefined : source.lines;
  let count = 0;
  const text = textOf(source).replace(/^\ufeff/, "");
  if (text.trim() === "") return;
  const separator = separatorOf(text);
  let columns: Map<string, number> | undefined;
  for (const { cells, line: at } of rowsOf(text, separator, where)) {
    const line = lines === undefined || columns === undefined ? at : (lines[count++] ?? at);
    if (columns === undefined) {
      columns = new Map(cells.map((name, index) => [name.trim().toLowerCase(), index]));
      const lacking = needed.filter((name) => !columns!.has(name));
      if (lacking.length > 0)
        throw new PolyclinicError("records/csv", `the first line names no column ${lacking.join(", ")}`, {
          where,
          expected: "a header line with the column names of the OMOP model, separated by comma, tab, semicolon or bar",
          found: JSON.stringify(cells.join(separator).slice(0, 80)),
        });
      continue;
    }
    if (cells.length === 1 && cells[0] === "") continue;
    if (cells.length > columns.size)
      throw new PolyclinicError("records/csv", `line ${line} has more cells than the header`, {
        where,
        expected: `${columns.size} cells`,
        found: `${cells.length}`,
        hint: "Put a field that contains a separator or a line break in quotation marks.",
      });
    const known = columns;
    yield {
      line,
      missing: columns.size - cells.length,
      get: (column) => {
        const index = known.get(column);
        const cell = index === undefined ? undefined : cells[index]?.trim();
        return cell === "" || cell === "NULL" || cell === "\\N" ? undefined : cell;
      },
    };
  }
}

/** Tables with semicolons write decimal commas. */
export const hasDecimalCommas = (source: string | { text: string }) =>
  separatorOf(textOf(source).replace(/^\ufeff/, "")) === ";";

const textOf = (source: string | { text: string }) => (typeof source === "string" ? source : source.text);

export function separatorOf(text: string): string {
  const header = text.slice(0, Math.max(0, text.search(/[\r\n]|$/))).replace(/"[^"]*"/g, "");
  const count = (separator: string) => header.split(separator).length - 1;
  return [",", "\t", ";", "|"].reduce((most, one) => (count(one) > count(most) ? one : most));
}

function* rowsOf(text: string, separator: string, where?: string): Generator<{ cells: string[]; line: number }> {
  let cells: string[] = [];
  let line = 1;
  let started = 1;
  let at = 0;
  while (at <= text.length) {
    let cell = "";
    if (text[at] === '"') {
      const opened = line;
      for (at++; ; at++) {
        const end = text.indexOf('"', at);
        if (end < 0)
          throw new PolyclinicError("records/csv", `the quotation mark opened on line ${opened} is not closed`, {
            where,
          });
        for (let i = at; i < end; i++) if (text.charCodeAt(i) === 10) line++;
        cell += text.slice(at, end);
        at = end;
        if (text[at + 1] !== '"') break;
        cell += '"';
        at++;
      }
      at++;
    }
    let end = at;
    while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end++;
    cell += text.slice(at, end);
    cells.push(cell);
    at = end;
    if (text[at] === separator) {
      at++;
      continue;
    }
    if (at >= text.length) {
      if (cells.length > 1 || cells[0] !== "") yield { cells, line: started };
      return;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at++;
    at++;
    yield { cells, line: started };
    cells = [];
    started = ++line;
    if (at >= text.length) return;
  }
}

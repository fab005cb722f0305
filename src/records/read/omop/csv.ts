/** Comma- or tab-separated tables after RFC 4180: quotes, doubled quotes, separators and line ends inside quotes. */
import { PolyclinicError } from "../../../base/errors.ts";

export interface Row {
  /** Cells by lower-case column name; empty cells are undefined. */
  get: (column: string) => string | undefined;
  /** The line of the file the row begins on, from 1. */
  line: number;
}

/** @throws `records/csv` when a quote is not closed or a row has more cells than the header. */
export function* readCsv(source: string, where?: string): Generator<Row> {
  const text = source.replace(/^\ufeff/, "");
  const separator = (text.slice(0, Math.max(0, text.search(/[\r\n]|$/))).match(/\t/g)?.length ?? 0) > 0 ? "\t" : ",";
  let columns: Map<string, number> | undefined;
  for (const { cells, line } of rowsOf(text, separator, where)) {
    if (columns === undefined) {
      columns = new Map(cells.map((name, index) => [name.trim().toLowerCase(), index]));
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
      get: (column) => {
        const index = known.get(column);
        const cell = index === undefined ? undefined : cells[index]?.trim();
        return cell === "" || cell === "NULL" || cell === "\\N" ? undefined : cell;
      },
    };
  }
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

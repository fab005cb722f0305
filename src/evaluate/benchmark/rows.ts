/** Rows of a data file: JSON Lines, JSON (a list, or an object whose keys become `key`), CSV and TSV. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";

export type Row = Readonly<Record<string, unknown>>;

export interface RowOptions {
  /** Column names of a file without a header. */
  readonly columns?: readonly string[];
  /** Default: comma, or tab for `.tsv`. */
  readonly delimiter?: string;
}

/** @throws PolyclinicError `evaluate/data` naming file and line. */
export async function readRows(path: string, options: RowOptions = {}): Promise<Row[]> {
  const text = (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  switch (extname(path).toLowerCase()) {
    case ".jsonl":
    case ".ndjson":
      return jsonLines(text, path);
    case ".json":
      return jsonRows(text, path);
    case ".csv":
    case ".tsv":
    case ".tab":
      return tableRows(text, path, options);
    default:
      throw new PolyclinicError("evaluate/data", "has an unsupported file type", {
        where: path,
        expected: ".jsonl, .json, .csv or .tsv",
        hint: "Convert Parquet and pickle files to JSON Lines first, for instance with pandas.",
      });
  }
}

function jsonLines(text: string, path: string): Row[] {
  const rows: Row[] = [];
  // Some publishers spread each object over several lines.
  let pending = "";
  let first = 0;
  for (const [i, line] of text.split("\n").entries()) {
    if (pending === "" && line.trim() === "") continue;
    if (pending === "") first = i + 1;
    pending += `${line}\n`;
    const value = tryJson(pending);
    if (value === undefined) continue;
    rows.push(requireRow(value, `${path}, line ${first}`));
    pending = "";
  }
  if (pending.trim() !== "") throw notJson(`${path}, line ${first}`);
  return rows;
}

function tryJson(text: string): unknown {
  const end = text.trimEnd().at(-1);
  if (end !== "}" && end !== "]") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function jsonRows(text: string, path: string): Row[] {
  const value = tryJson(text);
  if (value === undefined) {
    // MedMCQA publishes JSON Lines in files named `.json`.
    if (text.trimStart().startsWith("{")) return jsonLines(text, path);
    throw notJson(path);
  }
  if (Array.isArray(value)) return value.map((row, i) => requireRow(row, `${path}, entry ${i + 1}`));
  return Object.entries(requireRow(value, path)).map(([key, row]) =>
    typeof row === "object" && row !== null && !Array.isArray(row) ? { key, ...row } : { key, value: row },
  );
}

const notJson = (where: string) => new PolyclinicError("evaluate/data", "is not JSON", { where });

function requireRow(value: unknown, where: string): Row {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Row;
  throw new PolyclinicError("evaluate/data", "is not an object", { where, found: JSON.stringify(value)?.slice(0, 60) });
}

function tableRows(text: string, path: string, { columns, delimiter }: RowOptions): Row[] {
  const cells = parseTable(text, delimiter ?? (extname(path).toLowerCase() === ".csv" ? "," : "\t"));
  const header = columns ?? cells.shift()?.map((name) => name.trim());
  if (header === undefined) return [];
  return cells.map((row, i) => {
    if (row.length !== header.length)
      throw new PolyclinicError("evaluate/data", "a row and the header have different numbers of cells", {
        where: `${path}, row ${i + 1}`,
        expected: String(header.length),
        found: String(row.length),
      });
    return Object.fromEntries(header.map((name, j) => [name, row[j]]));
  });
}

/** RFC 4180: quoted cells hold delimiters, line breaks and doubled quotes. */
export function parseTable(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  let started = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (char === '"' && cell === "") {
      quoted = true;
      started = true;
    } else if (char === delimiter) {
      row.push(cell);
      cell = "";
      started = true;
    } else if (char === "\n") {
      if (started || cell !== "" || row.length > 0) rows.push([...row, cell.replace(/\r$/, "")]);
      row = [];
      cell = "";
      started = false;
    } else cell += char;
  }
  if (started || cell !== "" || row.length > 0) rows.push([...row, cell]);
  return rows.filter((cells) => cells.length > 1 || cells[0].trim() !== "");
}

/** A value by its path: `meta.organ`. */
export function valueAt(row: Row, path: string): unknown {
  if (path in row) return row[path];
  let value: unknown = row;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** Rows as CSV (RFC 4180), one result a line, for spreadsheets. */
import type { LabRow } from "./row.ts";

const columns: readonly (readonly [title: string, cell: (row: LabRow) => string | number | undefined])[] = [
  ["page", ({ page }) => page],
  ["section", ({ section }) => section],
  ["name", ({ name }) => name],
  ["value", ({ value }) => value],
  ["unit", ({ unit }) => unit],
  ["low", ({ low }) => low],
  ["high", ({ high }) => high],
  ["range", ({ range }) => range],
  ["flag", ({ flag }) => flag],
  ["loinc", ({ loinc }) => loinc?.code],
  ["loinc_confidence", ({ loinc }) => loinc?.confidence],
  ["ucum", ({ ucum }) => ucum],
  ["x0", ({ boxes }) => Math.round(boxes.value.x0)],
  ["y0", ({ boxes }) => Math.round(boxes.value.y0)],
  ["x1", ({ boxes }) => Math.round(boxes.value.x1)],
  ["y1", ({ boxes }) => Math.round(boxes.value.y1)],
  ["confidence", ({ confidence }) => Number(confidence.toFixed(3))],
  ["review", ({ review }) => review.map(({ message }) => message).join("; ")],
];

/** With a header line; lines end in CR LF. */
export function labCsv(rows: readonly LabRow[]): string {
  const lines = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
  return lines.map((line) => `${line.map(quoted).join(",")}\r\n`).join("");
}

/** Prefixes an apostrophe to text that a spreadsheet would evaluate (`=1+1`); numbers and bounds are unchanged. */
function quoted(cell: string | number | undefined): string {
  if (cell === undefined) return "";
  const text = String(cell);
  const safe = /^[=@\t]|^[+-](?![\d.]+$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

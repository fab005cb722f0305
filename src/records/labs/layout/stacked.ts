/**
 * Results below their names, as on cards: the name, under it the value with its unit and flag, and under that the range, each beginning at about the same
 * place. Cards stand beside and below each other; there are no columns of names and values.
 */
import { findTest } from "../../terms/index.ts";
import type { DecimalMark } from "../numbers.ts";
import type { RawRow } from "../row.ts";
import { fieldsOf, isLabel, isProse } from "./cells.ts";
import { type Column, untitledColumn } from "./header.ts";
import { around, heightOf, type Item, type Line, toLine } from "./items.ts";
import { rangeUnder, takeReference } from "./reference-line.ts";
import type { TableRows, Unread } from "./table.ts";

const columns = {
  name: untitledColumn("name"),
  value: untitledColumn("value"),
  unit: untitledColumn("unit"),
  range: untitledColumn("range"),
  flag: untitledColumn("flag"),
};

/** Fewer cards are a coincidence. */
const fewest = 3;

/** @returns no rows if the page has no such cards. */
export function stackedRows(
  lines: readonly Line[],
  page: number,
  mark: DecimalMark | undefined,
  startSection?: string,
): TableRows {
  const cells = lines.flatMap((line) => cellsOf(line, mark));
  const rows: RawRow[] = [];
  const unread: Unread[] = [];
  const taken = new Set<Line>();
  let section = startSection;
  for (const cell of cells) {
    if (taken.has(cell) || cell.items[0].type === "number" || cell.items[0].type === "range") continue;
    const text = cell.words.map((word) => word.text).join(" ");
    if (isProse(cell.items) || isLabel(text) || !/\p{L}/u.test(text)) continue;
    const value = under(cell, cells);
    const parts = value === undefined ? undefined : valueParts(value);
    if (value === undefined || parts === undefined) {
      if (cell.items.every(({ type }) => type === "text") && text.length < 40) section = text.replace(/[:\s]+$/, "");
      continue;
    }
    const below = under(value, cells);
    const range = below === undefined ? undefined : rangeUnder(below);
    const fields = fieldsOf([...cell.items.map((item) => ({ item, column: columns.name })), ...parts], mark);
    if (range !== undefined) takeReference(fields, range);
    const known = findTest(fields.name, { section }) !== undefined;
    if (!known && fields.unit === undefined && fields.range === undefined) continue;
    for (const one of range === undefined ? [cell, value] : [cell, value, below!]) taken.add(one);
    rows.push({ ...fields, page, ...(section !== undefined && { section }) });
  }
  if (rows.length < fewest) return { rows: [], unread: [] };
  // A value that has lost its name is not passed over in silence.
  for (const cell of cells)
    if (!taken.has(cell) && valueParts(cell) !== undefined && cell.items.some(({ type }) => type === "unit"))
      unread.push({
        page,
        text: cell.words.map((word) => word.text).join(" "),
        box: around(cell.words.map(({ box }) => box)),
      });
  return { rows, unread, ...(section !== undefined && { section }) };
}

/** The parts of a line between wide gaps. */
function cellsOf({ words }: Line, mark: DecimalMark | undefined): Line[] {
  const parts: (typeof words)[number][][] = [];
  for (const word of words) {
    const last = parts.at(-1)?.at(-1);
    if (last !== undefined && word.x0 - last.x1 < 1.2 * Math.max(heightOf(word), heightOf(last)))
      parts.at(-1)!.push(word);
    else parts.push([word]);
  }
  return parts.map((part) => toLine(part, mark));
}

/** The nearest cell that begins at the same place, less than a line below. */
function under(cell: Line, cells: readonly Line[]): Line | undefined {
  const height = heightOf(cell);
  return cells
    .filter(
      (one) =>
        one.y0 > (cell.y0 + cell.y1) / 2 &&
        one.y0 - cell.y1 < 1.2 * height &&
        Math.abs(one.x0 - cell.x0) < 1.2 * height,
    )
    .sort((a, b) => a.y0 - b.y0)[0];
}

/** A flag, the number or result, its unit, a flag; nothing else. */
function valueParts({ items }: Line): { item: Item; column: Column }[] | undefined {
  const at = items.findIndex(({ type }) => type === "number" || type === "result");
  if (at < 0 || at > 1 || (at === 1 && items[0].type !== "flag")) return undefined;
  const rest = items.slice(at + 1);
  if (rest.some(({ type }) => type !== "unit" && type !== "flag") || rest.length > 2) return undefined;
  return items.map((item, i) => ({
    item,
    column: i === at ? columns.value : item.type === "flag" ? columns.flag : columns.unit,
  }));
}

/** Parses the rows of a table with a known header: handles wrapped names, section titles, comments and other lines. */
import type { PageBox } from "../../fact.ts";
import { findTest } from "../../terms/index.ts";
import type { DecimalMark } from "../numbers.ts";
import type { RawRow } from "../row.ts";
import { type Assigned, assign, fitColumns } from "./assign.ts";
import { type Fields, fieldsOf, isLabel, isProse, isRemark } from "./cells.ts";
import type { Table } from "./header.ts";
import { around, heightOf, isOfTitle, type Line, median, sectionTitle, toLine } from "./items.ts";
import { referenceLine, takeReference } from "./reference-line.ts";

/** Table content that was not recognised as a result; listed so that nothing is lost silently. */
export interface Unread {
  readonly page: number;
  readonly text: string;
  readonly box: PageBox;
}

export interface TableRows {
  readonly rows: RawRow[];
  readonly unread: Unread[];
  /** The section that continues on the next page. */
  readonly section?: string;
}

interface Sorted {
  readonly line: Line;
  readonly cells: readonly Assigned[];
  readonly fields: Fields;
  readonly kind: "row" | "value" | "name" | "range" | "remark" | "label" | "section";
  readonly text: string;
}

export function tableRows(
  lines: readonly Line[],
  table: Table,
  page: number,
  mark: DecimalMark | undefined,
  startSection?: string,
): TableRows {
  const own = lines
    .map((line) =>
      line.words.filter((word) => (word.x0 + word.x1) / 2 >= table.left && (word.x0 + word.x1) / 2 < table.right),
    )
    .filter((words) => words.length > 0)
    .map((words) => toLine(words, mark));
  fitColumns(table.columns, own);
  const sorted: Sorted[] = [];
  for (const line of own) {
    const one = sort(line, table, mark);
    sorted.push(continuesCell(one, sorted.at(-1)) ? { ...one, kind: "remark" } : one);
  }
  return assemble(sorted, table, page, startSection);
}

function sort(line: Line, table: Table, mark: DecimalMark | undefined): Sorted {
  const { cells } = assign(line.items, table.columns);
  const fields = fieldsOf(cells, mark);
  const text = line.words.map((word) => word.text).join(" ");
  const value = cells.find(({ column, item }) => column.role === "value" && item.type !== "flag")?.item;
  const column = table.columns.find(({ role }) => role === "value")!;
  const height = heightOf(line);
  const aligned = value !== undefined && value.x1 > column.x0 - 1.5 * height && value.x0 < column.x1 + 1.5 * height;
  const known = findTest(fields.name) !== undefined;
  const title =
    cells.every(({ item }) => item.type === "text") && line.words.length <= 5 && !/\d/.test(text) && !isWide(line);
  let kind: Sorted["kind"] = "label";
  const reference = referenceLine(line);
  if (reference !== undefined) {
    const only: Fields = { name: "", value: "", previous: [], boxes: fields.boxes, confidence: {}, doubts: [] };
    takeReference(only, reference);
    return { line, cells, fields: only, kind: "range", text };
  }
  // `Haematology 03/02/2026 06:10`: a title with the time of sampling, not the continuation of a name.
  const dated = line.items.some(({ type }) => type === "date") && line.items[0].type === "text";
  const titled = dated && line.items.every(isOfTitle) && line.items.length <= 6;
  if (titled && !isLabel(text) && !/:$/.test(sectionTitle(line)))
    return { line, cells, fields: { ...fields, name: sectionTitle(line), value: "" }, kind: "section", text };
  if (isRemark(text) && !known) kind = "remark";
  else if (isProse(line.items)) kind = "remark";
  else if (isLabel(text) && !known) kind = "label";
  else if (title && fields.name === "")
    return { line, cells, fields: { ...fields, name: text.replace(/[:\s]+$/, ""), value: "" }, kind: "name", text };
  else if (fields.value !== "" && aligned && /[\p{L}]/u.test(fields.name)) kind = "row";
  else if (fields.value !== "" && aligned) kind = "value";
  // A test without a current result: only earlier ones, or a value that was not recognised. Neither a title nor part of
  // a name.
  else if (fields.name !== "" && (fields.previous.length > 0 || fields.unit !== undefined)) kind = "label";
  else if (fields.name !== "" && cells.every(({ column: { role } }) => role === "name" || role === "code"))
    kind = "name";
  else if (fields.range !== undefined && fields.value === "") kind = fields.name === "" ? "range" : "name";
  else if (fields.name !== "") kind = isProse(line.items) ? "remark" : "name";
  return { line, cells, fields, kind, text };
}

const isWide = ({ words, y0, y1 }: Line) =>
  words.some((word, i) => i > 0 && word.x0 - words[i - 1].x1 > 0.9 * (y1 - y0));

/** Whether a sentence continues on the next line: same left edge and font size, no wider line spacing. */
function continuesCell(one: Sorted, before: Sorted | undefined): boolean {
  if (before?.kind !== "remark") return false;
  const height = heightOf(before.line);
  return (
    Math.abs(one.line.x0 - before.line.x0) < 0.5 * height &&
    Math.abs(heightOf(one.line) - height) < 0.15 * height &&
    one.line.y0 - before.line.y0 < 1.7 * height &&
    !isWide(one.line)
  );
}

function assemble(sorted: readonly Sorted[], table: Table, page: number, startSection?: string): TableRows {
  const rows: { raw: RawRow; line: Line }[] = [];
  const unread: Unread[] = [];
  let section = startSection;
  const starts = sorted.filter(({ kind }) => kind === "row").map(({ line }) => line);
  const pitch =
    median(
      starts
        .slice(1)
        .map((line, i) => line.y0 - starts[i].y0)
        .filter((gap) => gap > 0),
    ) || Number.POSITIVE_INFINITY;
  const taken = new Set<number>();
  const leave = ({ line, text }: Sorted) => unread.push({ page, text, box: around(line.words.map(({ box }) => box)) });

  for (const [i, one] of sorted.entries()) {
    if (taken.has(i)) continue;
    const last = rows.at(-1);
    const gap = last === undefined ? Number.POSITIVE_INFINITY : one.line.y0 - last.line.y0;
    if (one.kind === "section") section = one.fields.name;
    else if (one.kind === "row") rows.push({ raw: rowOf(one.fields, page, section, table), line: one.line });
    else if (one.kind === "value") {
      // A value vertically centred beside a name on two lines.
      const above = i > 0 && sorted[i - 1].kind === "name" && close(sorted[i - 1].line, one.line) ? i - 1 : -1;
      const below = sorted[i + 1]?.kind === "name" && close(one.line, sorted[i + 1].line) ? i + 1 : -1;
      const parts = [above, below].filter((at) => at >= 0);
      if (parts.length === 0) {
        // A second value under one name, or a value whose name was not recognised: kept with a doubt if it has a unit
        // or range.
        leave(one);
        continue;
      }
      const name = parts.map((at) => sorted[at].fields.name).join(" ");
      if (above >= 0 && section === sorted[above].fields.name) section = startSection;
      if (below >= 0) taken.add(below);
      const raw = rowOf({ ...one.fields, name }, page, section, table);
      raw.boxes.name = around(parts.flatMap((at) => sorted[at].line.words.map(({ box }) => box)));
      rows.push({ raw, line: one.line });
    } else if (one.kind === "name") {
      const next = sorted.slice(i + 1).find(({ kind }) => kind !== "remark");
      const splitValue = sorted[i + 1]?.kind === "value" && close(one.line, sorted[i + 1].line);
      if (splitValue) continue;
      const bracketed = /^[([].*[)\]]$/.test(one.fields.name);
      if (last !== undefined && gap < 1.6 * pitch && continues(last.raw, last.line, one, pitch)) {
        last.raw.name = `${last.raw.name} ${one.fields.name}`.replace(/- (?=[a-z])/, "-");
        if (one.fields.range !== undefined) last.raw.range = `${last.raw.range ?? ""} ${one.fields.range}`.trim();
      } else if (
        last !== undefined &&
        gap < 1.6 * pitch &&
        (bracketed || heightOf(one.line) < 0.86 * heightOf(last.line))
      )
        last.raw.method = [last.raw.method, one.fields.name.replace(/^[([](.*)[)\]]$/, "$1")].filter(Boolean).join(" ");
      else if (
        one.fields.range === undefined &&
        next !== undefined &&
        next.kind !== "label" &&
        one.fields.name.length < 60
      )
        section = one.fields.name;
      else if (/\d/.test(one.text)) leave(one);
    } else if (one.kind === "range") {
      // Ranges by sex or age continue below the first.
      if (last !== undefined && gap < 3 * pitch) {
        last.raw.range = `${last.raw.range ?? ""} ${one.fields.range}`.trim();
        last.raw.unit ??= one.fields.unit;
        if (one.fields.boxes.range && last.raw.boxes.range)
          last.raw.boxes.range = around([last.raw.boxes.range, one.fields.boxes.range]);
      } else leave(one);
    } else if (one.kind === "remark") {
      const method = /^(?:method(?:ology)?|technique)\s*[:\-–]?\s*(.+)$/i.exec(one.text);
      const specimen = /^(?:specimen|sample type|source)\s*[:\-–]?\s*(.+)$/i.exec(one.text);
      if (last !== undefined && gap < 4 * pitch) {
        if (method) last.raw.method = method[1];
        else if (specimen) last.raw.specimen = specimen[1];
        else last.raw.comment = [last.raw.comment, one.text].filter(Boolean).join(" ");
      }
    } else if (/\d/.test(one.text) && !isLabel(one.text)) leave(one);
  }
  return { rows: rows.map(({ raw }) => raw), unread, ...(section !== undefined && { section }) };
}

const close = (upper: Line, lower: Line) => lower.y0 - upper.y0 < 1.1 * Math.max(heightOf(upper), heightOf(lower));

/** Whether a line of text continues the name above it. */
function continues(row: RawRow, line: Line, one: Sorted, pitch: number): boolean {
  const text = one.fields.name;
  const name = row.name;
  if (/\([^)]*$/.test(name)) return true;
  if (/^\([^)]*\)?$/.test(text))
    return findTest(`${name} ${text}`)?.confidence === 1 || (!/\)$/.test(text) && !/^\(/.test(name));
  if (/(?:[,/-]|\bof|\band|\bby|\bin|\bwith)$/i.test(name) || /^[a-zäöü]/.test(text)) return true;
  const whole = findTest(`${name} ${text}`);
  if (whole !== undefined && findTest(name)?.test !== whole.test) return true;
  if (findTest(name) !== undefined || one.fields.range !== undefined) return one.fields.range !== undefined;
  // Lines of one name are closer together than rows, in the same font size.
  const above = one.line.y0 - line.y0;
  return above < 0.82 * pitch && heightOf(one.line) > 0.88 * heightOf(line) && !/^[^a-z]+$/.test(text);
}

function rowOf(fields: Fields, page: number, section: string | undefined, table: Table): RawRow {
  const doubts = [...fields.doubts];
  if (table.unclearCurrent)
    doubts.push({
      code: "labs/current-unclear",
      field: "value",
      message: "there are several columns of results, and no header states which is current",
    });
  return { ...fields, page, ...(section !== undefined && { section }), doubts };
}

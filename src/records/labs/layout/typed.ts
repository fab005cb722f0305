/** Rows in lines without a header, recognised by the types of the words: `Serum sodium 139 mmol/L (133 - 146)`. */
import { findTest } from "../../terms/index.ts";
import type { DecimalMark } from "../numbers.ts";
import type { RawRow } from "../row.ts";
import { fieldsOf, isLabel, isProse, isRemark } from "./cells.ts";
import { type Role, untitledColumn } from "./header.ts";
import { around, heightOf, type Item, isOfTitle, type Line, sectionTitle } from "./items.ts";
import { type ReferenceLine, referenceLine, takeReference } from "./reference-line.ts";
import type { TableRows, Unread } from "./table.ts";

const columns = {
  name: untitledColumn("name"),
  value: untitledColumn("value"),
  unit: untitledColumn("unit"),
  range: untitledColumn("range"),
  flag: untitledColumn("flag"),
  previous: untitledColumn("previous"),
  code: untitledColumn("code"),
};

export function typedRows(
  lines: readonly Line[],
  page: number,
  mark: DecimalMark | undefined,
  startSection?: string,
): TableRows {
  const rows: RawRow[] = [];
  const unread: Unread[] = [];
  let section = startSection;
  for (const [i, line] of lines.entries()) {
    const text = line.words.map((word) => word.text).join(" ");
    if (isProse(line.items) || isRemark(text)) {
      if (rows.length > 0 && isRemark(text) && line.y0 - lastBottom(rows) < 6 * heightOf(line))
        rows.at(-1)!.comment = text;
      continue;
    }
    if (referenceLine(line) !== undefined) {
      if (i === 0 || referenceUnder(lines, i - 1) === undefined || rows.length === 0)
        unread.push({ page, text, box: around(line.words.map(({ box }) => box)) });
      continue;
    }
    if (isLabel(text)) continue;
    const parts = segments(line.items);
    const reference = parts.length === 1 ? referenceUnder(lines, i) : undefined;
    const found = parts.map((items) => rowOf(items, page, section, mark, reference));
    const whole = found.filter((row) => row !== undefined);
    if (whole.length > 0) {
      rows.push(...whole);
      if (whole.length < found.length) unread.push({ page, text, box: around(line.words.map(({ box }) => box)) });
    } else if (
      line.items.some(({ type }) => type === "text") &&
      line.items.every(({ type }) => type === "text" || type === "flag" || type === "date") &&
      text.length < 50 &&
      lines[i + 1] !== undefined &&
      segments(lines[i + 1].items).some((items) => rowOf(items, page, section, mark, referenceUnder(lines, i + 1)))
    )
      section = sectionTitle(line);
    else if (
      rows.length > 0 &&
      line.items.some(({ type }) => type === "number") &&
      line.items.some(({ type }) => type === "unit" || type === "range")
    )
      unread.push({ page, text, box: around(line.words.map(({ box }) => box)) });
  }
  return { rows, unread, ...(section !== undefined && { section }) };
}

/** The reference line directly below a line. */
function referenceUnder(lines: readonly Line[], at: number): ReferenceLine | undefined {
  const [line, next] = [lines[at], lines[at + 1]];
  return next !== undefined && next.y0 - line.y1 < 1.5 * heightOf(line) ? referenceLine(next) : undefined;
}

const lastBottom = (rows: readonly RawRow[]) => rows.at(-1)!.boxes.row.y1;

/** Two results side by side: text after a result and a wide gap begins the next. */
function segments(items: readonly Item[]): Item[][] {
  const parts: Item[][] = [[]];
  let valued = false;
  for (const [i, item] of items.entries()) {
    const wide = i > 0 && item.x0 - items[i - 1].x1 > 1.5 * heightOf(item);
    // A title with the time of sampling is whole before a result that stands beside it.
    const titled = parts.at(-1)!.some(({ type }) => type === "date") && parts.at(-1)!.every(isOfTitle);
    if (
      (valued || titled) &&
      wide &&
      item.type === "text" &&
      items.slice(i + 1).some(({ type }) => type === "number")
    ) {
      parts.push([]);
      valued = false;
    }
    parts.at(-1)!.push(item);
    if ((item.type === "number" || item.type === "result") && parts.at(-1)!.length > 1) valued = true;
  }
  return parts;
}

function rowOf(
  items: readonly Item[],
  page: number,
  section: string | undefined,
  mark: DecimalMark | undefined,
  reference?: ReferenceLine,
): RawRow | undefined {
  const at = valueAt(items);
  if (at < 1) return undefined;
  let extra = 0;
  let bound = false;
  const seen = new Set<Role>();
  const cells = items.map((item, i) => {
    let role: Role;
    // A number separate from the name, before the selected one.
    if (i > 0 && i < at && item.type === "number" && item.x0 - items[i - 1].x1 > 0.9 * heightOf(item))
      role = "previous";
    else if (i < at)
      role =
        i === 0 && item.type === "number"
          ? "code"
          : item.type === "flag" && i === at - 1 && i > 0 && /^[HL*!↑↓]/.test(item.text)
            ? "flag"
            : "name";
    else if (i === at) role = "value";
    else if (item.type === "unit") role = "unit";
    // A bound whose sign ran into the unit before it, `mL/min/1.73m260`.
    else if (item.type === "number" && touches(items[i - 1], item)) role = "range";
    else if (item.type === "range") role = "range";
    else if (item.type === "flag") role = "flag";
    else if (item.type === "number" && /^[[(<>≤≥]/.test(item.text) && !bound) {
      role = "range";
      bound = true;
    } else if (item.type === "number") role = "previous";
    else if (item.type === "result" && items[at].type === "result" && !seen.has("range")) role = "range";
    else {
      role = seen.has("range") && /[[\]()]/.test(item.text) ? "range" : "previous";
      extra++;
    }
    seen.add(role);
    return { item, column: columns[role] };
  });
  const fields = fieldsOf(
    cells.filter(({ column, item }) => column.role !== "previous" || item.type === "number"),
    mark,
  );
  if (reference) takeReference(fields, reference);
  const known = findTest(fields.name, { section });
  // Without a header, a line is a result only if something other than a number supports it.
  if (!/\p{L}{1,}/u.test(fields.name) || fields.name.length > 60) return undefined;
  if (!(known || fields.unit !== undefined || fields.range !== undefined) || extra > 2) return undefined;
  if (!known && items[at].type === "result" && fields.range === undefined) return undefined;
  const doubts = [...fields.doubts];
  if (fields.previous.length > 0)
    doubts.push({
      code: "labs/current-unclear",
      field: "value",
      message: `the line contains ${fields.value} and ${fields.previous.map(({ value }) => value).join(", ")}, and no header states which is current`,
    });
  return { ...fields, page, ...(section !== undefined && { section }), doubts };
}

const touches = (unit: Item, bound: Item) => unit.type === "unit" && bound.x0 - unit.x1 < 0.05 * heightOf(bound);

/**
 * Index of the value: a number (or qualitative result) after a name, preferably before a unit, a range or the end, and
 * after a gap.
 */
function valueAt(items: readonly Item[]): number {
  let best = -1;
  let most = 0;
  for (const [i, item] of items.entries()) {
    if (i === 0 || (item.type !== "number" && item.type !== "result")) continue;
    if (!items.slice(0, i).some(({ type }) => type === "text" || type === "unit" || type === "flag")) continue;
    const next = items[i + 1];
    const gap = (item.x0 - items[i - 1].x1) / heightOf(item);
    const score =
      1 +
      (next?.type === "unit" ? 3 : next === undefined || next.type === "range" || next.type === "flag" ? 1.5 : 0) +
      (gap > 0.9 ? 1.5 : 0) -
      0.4 * i -
      (item.type === "result" ? 1 : 0);
    if (score > most) [best, most] = [i, score];
  }
  return best;
}

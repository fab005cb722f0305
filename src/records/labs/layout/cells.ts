/** Converts the words of a row's columns to fields. */
import { findTest } from "../../terms/index.ts";
import type { DecimalMark } from "../numbers.ts";
import type { LabFieldName, PreviousResult, RawRow, ReviewMark } from "../row.ts";
import type { Assigned } from "./assign.ts";
import type { Role } from "./header.ts";
import { around, flaggedNumber, flaggedRange, type Item } from "./items.ts";

export interface Fields extends Pick<RawRow, "previous" | "boxes" | "confidence" | "doubts"> {
  name: string;
  value: string;
  unit?: string;
  range?: string;
  flag?: string;
  method?: string;
  specimen?: string;
}

const textOf = (items: readonly Item[]) =>
  items
    .map(({ text }) => text)
    .join(" ")
    .trim();
const boxOf = (items: readonly Item[]) => around(items.flatMap(({ words }) => words.map(({ box }) => box)));

/** The name without leader dots, asterisks and colons. */
const cleanName = (name: string) =>
  name
    .replace(/(?:[.·_…]{2,}|[\s:])+$/, "")
    .replace(/^[*!•·\-–]+\s*/, "")
    .trim();

/** @returns fields even without a name or value (`""`): the meaning of such a line depends on its neighbours. */
export function fieldsOf(assigned: readonly Assigned[], mark: DecimalMark | undefined): Fields {
  const cells = withWholeNames(assigned);
  const of = (role: Role) => cells.filter(({ column }) => column.role === role).map(({ item }) => item);
  const held: Record<LabFieldName, Item[]> = {
    name: [],
    value: [],
    unit: of("unit"),
    range: of("range"),
    flag: of("flag"),
  };
  const doubts: ReviewMark[] = [];
  const units = (item: Item) => held.unit.push(item);
  // Short names at the left of a wide column with a centred title can be closer to the preceding column of numbers.
  const nameItems =
    of("name").length > 0 ? of("name") : of("code").filter(({ type }) => type === "text" || type === "unit");
  for (const [i, item] of nameItems.entries()) {
    const last = i === nameItems.length - 1;
    const wide = i > 0 && item.x0 - nameItems[i - 1].x1 > 0.9 * (item.y1 - item.y0);
    // An asterisk or arrow before the name, a unit after it: `* Potassium`, `Haemoglobin (g/dL)`.
    if (item.type === "flag" && (i === 0 || (last && wide)) && nameItems.length > 1 && held.flag.length === 0)
      held.flag.push(item);
    else if (
      item.type === "unit" &&
      last &&
      held.name.length > 0 &&
      held.unit.length === 0 &&
      (/^[([]/.test(item.text) || wide)
    )
      units(item);
    else held.name.push(item);
  }
  const valueItems = of("value");
  const numbers = valueItems.filter(({ type }) => type === "number");
  for (const item of valueItems) {
    // A single letter after a number is an unrecognised mark, often an arrow.
    const lone = item.type === "text" && item.text.length === 1 && numbers.length > 0 && item.x0 > numbers[0].x1;
    if (lone) held.flag.push(item);
    else if (item.type === "flag" && (numbers.length > 0 || valueItems.length > 1)) held.flag.push(item);
    else if (item.type === "unit" && valueItems.length > 1) units(item);
    else if (item.type === "range" && numbers.length > 0) held.range.push(item);
    else held.value.push(item);
  }
  if (numbers.length > 1)
    doubts.push({
      code: "labs/two-values",
      field: "value",
      message: `the value column contains ${numbers.map(({ text }) => text).join(" and ")}`,
    });
  // A unit after the range: `12.0 - 15.5 g/dL`.
  const tail = held.range.at(-1);
  if (held.range.length > 1 && tail?.type === "unit") {
    held.range.pop();
    if (held.unit.length === 0) units(tail);
  }
  let value = textOf(held.value);
  let flag = held.flag.length > 0 ? textOf(held.flag) : undefined;
  const joined = flaggedNumber(value, mark);
  if (joined) {
    value = joined.number;
    flag = flag ?? joined.flag;
  }
  const flagged = held.range.length === 0 ? undefined : flaggedRange(textOf(held.range), mark);
  if (flagged) flag = flag ?? flagged.flag;
  const range = flagged?.range ?? (held.range.length > 0 ? textOf(held.range) : undefined);
  const previous: PreviousResult[] = [];
  const columns = new Set(cells.filter(({ column }) => column.role === "previous").map(({ column }) => column));
  for (const column of columns) {
    const items = cells.filter((cell) => cell.column === column).map(({ item }) => item);
    const remaining = items.filter(({ type }) => type !== "flag" && type !== "unit");
    const text = textOf(remaining.length > 0 ? remaining : items);
    const printed = flaggedNumber(text, mark)?.number ?? text;
    if (/\w/.test(printed)) previous.push({ value: printed, ...(column.date && { date: column.date }) });
  }
  const boxes: Fields["boxes"] = {
    value: boxOf(valueItems.length > 0 ? valueItems : cells.map(({ item }) => item)),
    row: boxOf(cells.map(({ item }) => item)),
  };
  const confidence: Fields["confidence"] = {};
  for (const field of ["name", "value", "unit", "range", "flag"] as const) {
    if (held[field].length === 0) continue;
    boxes[field] = boxOf(held[field]);
    const confidences = held[field].flatMap(({ words }) => words.map((word) => word.confidence ?? 1));
    confidence[field] = Math.min(...confidences);
  }
  return {
    name: cleanName(textOf(held.name)),
    value,
    ...(held.unit.length > 0 && { unit: textOf(held.unit).replace(/^[([]([^()[\]]*)[\])]$/, "$1") }),
    ...(range !== undefined && { range }),
    ...(flag !== undefined && { flag }),
    ...(of("method").length > 0 && { method: textOf(of("method")) }),
    ...(of("specimen").length > 0 && { specimen: textOf(of("specimen")) }),
    previous,
    boxes,
    confidence,
    doubts,
  };
}

/** The end of a long name that extends into the next column belongs to the name: only a normal blank precedes it. */
function withWholeNames(cells: readonly Assigned[]): Assigned[] {
  const whole = [...cells];
  for (let i = 1; i < whole.length; i++) {
    const [left, one] = [whole[i - 1], whole[i]];
    if (
      left.column.role !== "name" ||
      one.column.role === "name" ||
      one.item.type !== "text" ||
      left.item.type === "flag"
    )
      continue;
    const near = one.item.x0 - left.item.x1 < 0.7 * (one.item.y1 - one.item.y0);
    if (near) whole[i] = { item: one.item, column: left.column };
  }
  return whole;
}

/** Labels of lines about the document, not about a test. */
const labels =
  /^(?:page|seite|tel|phone|fax|e-?mail|www|date|printed|print|reported|report|collected|collection|received|registered|sampled?|authori[sz]ed|verified|approved|signed|checked|patient|name|age|sex|gender|dob|d\.o\.b|birth|born|mrn|id|ref(?:erred)?\.?\s*(?:by|no|dr)|doctor|physician|dr\.?|address|account|acc(?:ession)?|order|request|visit|ward|bed|laborator(?:y|ium)|end of|made-up|fictitious|geburtsdatum|entnahme|eingang|ausgang|befund|freigegeben|validiert|auftrag|hospital|clinic)\b/i;

export const isLabel = (text: string) => labels.test(text.trim()) && findTest(text.split(/\s{2,}|:/)[0]) === undefined;

/** Explanatory lines. */
export const isRemark = (text: string) =>
  /^(?:comments?|notes?|interpretation|remarks?|hinweis|kommentar|disclaimer|nb|advice|clinical (?:notes?|information)|method(?:ology)?|technique|specimen|sample type|source|\*+\s*\w+\s+\w+\s+\w+|\(\d\)\s)\s*[:\-–]?\s/i.test(
    `${text.trim()} `,
  );

/** Six or more words, or as many letters in words that OCR joined, without a wide gap: a sentence. */
export function isProse(items: readonly Item[]): boolean {
  const words = items.flatMap((item) => item.words);
  const text = words.map((word) => word.text).join(" ");
  const wide = words.slice(1).filter((word, i) => word.x0 - words[i].x1 > 1.2 * (word.y1 - word.y0)).length;
  if (wide > 0) return false;
  if (words.length < 6)
    return text.length >= 40 && /[a-zäöüß]{2}[.!?]$/.test(text) && items.every(({ type }) => !measured.has(type));
  const lower = words.filter((word) => /^[a-zäöüß]{2,}[.,;:]?$/.test(word.text)).length;
  return (lower >= 4 || /[.!?]$/.test(text)) && (lower >= 6 || !items.some(({ type }) => type === "range"));
}

const measured: ReadonlySet<string> = new Set(["number", "range", "unit"]);

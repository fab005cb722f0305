/**
 * MedGemma's boxes: `box_2d: [y0, x0, y1, x1]` in thousandths (MedGemma 1.5 report section 3.2.4, which also mentions 0 to 1; both are
 * accepted). Coordinates are clipped here, and every correction is reported.
 */
import { findJson } from "./json.ts";

/** A box in fractions of the square image, 0 to 1. */
export interface ShareBox {
  readonly label: string | undefined;
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export interface ParsedBoxes {
  readonly boxes: readonly ShareBox[];
  readonly problems: readonly string[];
  /** Start of the list in the text. */
  readonly at: number;
}

/** The boxes of the last list in the text that holds any (or is empty); undefined when there is no such list. */
export function parseBoxes(text: string): ParsedBoxes | undefined {
  const lists = findJson(text)
    .map((json) => ({ ...json, entries: entriesOf(json.value) }))
    .filter(({ entries }) => entries !== undefined);
  const list = lists.at(-1);
  if (list?.entries === undefined) return undefined;
  const problems: string[] = [];
  if (list.cut) problems.push("the list of boxes is incomplete: only its complete entries are used");
  const raw: { label: string | undefined; values: number[] }[] = [];
  for (const entry of list.entries) {
    const values = numbersOf(entry);
    if (values === undefined)
      problems.push(`an entry is not a box and was left out: ${JSON.stringify(entry).slice(0, 80)}`);
    else raw.push({ label: labelOf(entry), values });
  }
  const scale = raw.length > 0 && raw.every(({ values }) => values.every((value) => Math.abs(value) <= 1)) ? 1 : 1000;
  const boxes = raw.flatMap(
    ({ label, values }) =>
      bounded(
        label,
        values.map((value) => value / scale),
        problems,
      ) ?? [],
  );
  if (boxes.length === 0 && list.entries.length > 0) return undefined;
  return { boxes, problems, at: list.at };
}

/** A list of boxes, one box object, or one bare list of four numbers; undefined for other JSON. */
function entriesOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) {
    if (numbersOf(value) !== undefined) return [value];
    return value.length === 0 || value.some((entry) => numbersOf(entry) !== undefined) ? value : undefined;
  }
  return numbersOf(value) === undefined ? undefined : [value];
}

const boxKeys = ["box_2d", "bbox_2d", "box2d", "bbox", "box"];

function numbersOf(entry: unknown): number[] | undefined {
  const list = Array.isArray(entry)
    ? entry
    : boxKeys.map((key) => (entry as Record<string, unknown> | null)?.[key]).find((value) => Array.isArray(value));
  if (!Array.isArray(list) || list.length !== 4) return undefined;
  const values = list.map((value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value));
  return values.every((value) => typeof value === "number" && Number.isFinite(value)) ? values : undefined;
}

function labelOf(entry: unknown): string | undefined {
  const label = (entry as Record<string, unknown> | null)?.label;
  return typeof label === "string" && label.trim() !== "" ? label.trim() : undefined;
}

/** Orders the corners and clips the box to the image; undefined if less than half of it is inside. */
function bounded(label: string | undefined, values: number[], problems: string[]): ShareBox | undefined {
  const name = `the box ${label === undefined ? "" : `"${label}" `}[${values.map((v) => Math.round(v * 1000)).join(", ")}]`;
  const [y0, x0, y1, x1] = values;
  if (x0 > x1 || y0 > y1) problems.push(`${name} had its corners swapped and was reordered`);
  const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
  const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
  const inside = { x0: unit(left), y0: unit(top), x1: unit(right), y1: unit(bottom) };
  const area = (right - left) * (bottom - top);
  if (area === 0) {
    problems.push(`${name} has no area and was left out`);
    return undefined;
  }
  const insideArea = (inside.x1 - inside.x0) * (inside.y1 - inside.y0);
  if (insideArea < area / 2) {
    problems.push(`${name} is outside the image and was left out`);
    return undefined;
  }
  if (insideArea < area) problems.push(`${name} extends beyond the image and was clipped to it`);
  return { label, ...inside };
}

function unit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

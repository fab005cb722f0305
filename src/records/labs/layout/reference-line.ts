/** `Reference range: 12.0 - 15.5 g/dL` on a line of its own, under the name or the value it belongs to. */
import type { PageBox } from "../../fact.ts";
import { around, type Item, type Line } from "./items.ts";

export interface ReferenceLine {
  readonly range: readonly Item[];
  readonly unit: readonly Item[];
}

const label =
  /^(?:(?:standard|normal|reference|ref\.?|expected|biological|healthy|target)(?:\s+ref(?:erence)?\.?)?(?:\s*(?:range|interval|limits?|values?))?|range|referenzbereich|normbereich|normalbereich|referenz|valeurs? de référence|valores de referencia)\s*:?$/i;

/** @returns its range and unit; undefined for any other line. */
export function referenceLine({ items }: Line): ReferenceLine | undefined {
  // `Normal` alone is a qualitative result: the longest initial label counts.
  const labelled = [4, 3, 2, 1].find(
    (count) =>
      count < items.length &&
      label.test(
        items
          .slice(0, count)
          .map(({ text }) => text)
          .join(" "),
      ),
  );
  // `Ref: 12.0 - 15.5` is one item already.
  const at = labelled ?? (items[0].type === "range" && /^(?:ref|normal|nv)/i.test(items[0].text) ? 0 : undefined);
  const found = at === undefined ? undefined : items[at];
  if (found === undefined || !(found.type === "range" || found.type === "result" || /^[<>≤≥]/.test(found.text)))
    return undefined;
  const rest = items.slice(at! + 1);
  if (rest.some(({ type }) => type !== "unit") || rest.length > 1) return undefined;
  return { range: [found], unit: rest };
}

/** As {@link referenceLine}, where the place alone says that it is the range of the result above: without a label, or with one that is not known. */
export function rangeUnder(line: Line): ReferenceLine | undefined {
  const known = referenceLine(line);
  if (known !== undefined) return known;
  const items = line.items[0].type === "text" && line.items.length > 1 ? line.items.slice(1) : line.items;
  const [range, unit] = items;
  if (items.length > 2 || !(range.type === "range" || /^[<>≤≥]/.test(range.text))) return undefined;
  if (unit !== undefined && unit.type !== "unit") return undefined;
  return { range: [range], unit: unit === undefined ? [] : [unit] };
}

interface Referred {
  unit?: string;
  range?: string;
  boxes: { range?: PageBox; unit?: PageBox };
  confidence: { range?: number; unit?: number };
}

/** Fills in range and unit that the row itself lacks. */
export function takeReference(row: Referred, { range, unit }: ReferenceLine): void {
  for (const [field, items] of [
    ["range", range],
    ["unit", unit],
  ] as const) {
    if (items.length === 0 || row[field] !== undefined) continue;
    const words = items.flatMap((item) => item.words);
    row[field] = items.map(({ text }) => text).join(" ");
    row.boxes[field] = around(words.map(({ box }) => box));
    row.confidence[field] = Math.min(...words.map(({ confidence = 1 }) => confidence));
  }
}

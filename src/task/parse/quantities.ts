/** Named quantities of an answer: `anterior hippocampus 1503 mm3, posterior hippocampus 1450 mm3`. */
import type { Quantity } from "../../prompts/index.ts";

import { maxAnswerLength } from "./longest.ts";

/** Larger than any length, area, volume or count in a human body; larger values are model errors. */
const largest = 1e9;

const units = "mm3|mm³|mm\\^3|cm3|cm³|cm\\^3|ml|mm2|mm²|cm2|cm²|mm|cm|hu|%";
/** Every repetition is bounded and no match begins inside a number, so that the time is linear in the length of the text. */
const amount = new RegExp(
  `(?<![\\p{N}.,])(\\d[\\d,]{0,20}(?:\\.\\d{1,20})?)\\s{0,8}(${units})(?![\\p{L}\\p{N}])`,
  "giu",
);
/** The name that precedes an amount, and the words between. */
const namedBefore =
  /(?<![\p{L}\p{N}])(\p{L}[\p{L}\p{N} -]{0,60}?)\s{0,8}(?:(?<![\p{L}\p{N}])(?:is|are|of)|[:=])?\s{0,8}(?:(?<![\p{L}\p{N}])(?:about|approximately)|[~≈])?\s{0,8}$/u;
const nameLength = 100;

/** Quantities with a name, a finite plausible number, and a known unit; the rest is left in the text. */
export function findQuantities(text: string): Quantity[] {
  const found: Quantity[] = [];
  if (text.length > maxAnswerLength) return [];
  let from = 0;
  for (const match of text.matchAll(amount)) {
    const [whole, digits, unit] = match;
    const name = namedBefore.exec(text.slice(Math.max(from, match.index - nameLength), match.index))?.[1];
    from = match.index + whole.length;
    const value = Number(digits.replaceAll(",", ""));
    const spelled = (name ?? "").replace(/^(?:(?:and|the|of)\s+)+/i, "").trim();
    if (!Number.isFinite(value) || value > largest || spelled === "") continue;
    found.push({ name: spelled, value, unit: unitOf(unit) });
  }
  return found;
}

function unitOf(unit: string): string {
  const plain = unit.toLowerCase().replace("³", "3").replace("²", "2").replace("^", "");
  if (plain === "ml") return "mL";
  return plain === "hu" ? "HU" : plain;
}

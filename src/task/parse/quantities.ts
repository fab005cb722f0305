/** Named quantities of an answer: `anterior hippocampus 1503 mm3, posterior hippocampus 1450 mm3`. */
import type { Quantity } from "../../prompts/index.ts";

/** No length, area, volume or count of a human body is larger; what is came from a model that lost its way. */
const largest = 1e9;

const units = "mm3|mm³|mm\\^3|cm3|cm³|cm\\^3|ml|mm2|mm²|cm2|cm²|mm|cm|hu|%";
const quantity = new RegExp(
  `([\\p{L}][\\p{L}\\p{N} \\-]{0,60}?)\\s*(?:is|are|of|:|=)?\\s*(?:about|approximately|~|≈)?\\s*(\\d[\\d,]*(?:\\.\\d+)?)\\s*(${units})(?![\\p{L}\\p{N}])`,
  "giu",
);

/** Those with a name, a finite number of a sane size, and a known unit; the rest is left in the text. */
export function findQuantities(text: string): Quantity[] {
  const found: Quantity[] = [];
  for (const [, name, digits, unit] of text.matchAll(quantity)) {
    const value = Number(digits.replaceAll(",", ""));
    const spelled = name.replace(/^(?:and|the|of)\s+/i, "").trim();
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

/** Data sets in the DICOM JSON model (PS3.18 annex F). */
import type { DataSet, Element } from "../../imaging/dicom/index.ts";

export interface JsonElement {
  readonly vr: string;
  readonly Value?: readonly unknown[];
  readonly InlineBinary?: string;
  readonly BulkDataURI?: string;
}

export type JsonDataSet = Readonly<Record<string, JsonElement>>;

const pixelData = new Set([0x7fe00010, 0x7fe00008, 0x7fe00009]);
const numeric = new Set(["DS", "IS", "US", "SS", "UL", "SL", "FL", "FD", "UV", "SV"]);
const binary = new Set(["OB", "OW", "OF", "OD", "OL", "OV", "UN"]);
/** Binary values up to this many bytes are included in the JSON; longer ones (images and curves) are left out. */
const maxInlineBytes = 1024;

/** @param bulk returns the URL of pixel data. */
export function jsonOf(dataset: DataSet, bulk: (tag: string) => string): JsonDataSet {
  const entries: [string, JsonElement][] = [];
  for (const element of dataset.elements.values()) {
    const key = element.tag.toString(16).toUpperCase().padStart(8, "0");
    // Group lengths, and the elements that PS3.18 excludes.
    if (key.endsWith("0000") || key.startsWith("0002")) continue;
    const value = elementOf(dataset, element, key, bulk);
    if (value !== undefined) entries.push([key, value]);
  }
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function elementOf(
  dataset: DataSet,
  element: Element,
  key: string,
  bulk: (tag: string) => string,
): JsonElement | undefined {
  const { tag, vr, items } = element;
  if (pixelData.has(tag)) return { vr: vr === "UN" ? "OB" : vr, BulkDataURI: bulk(key) };
  if (items !== undefined)
    return items.length === 0 ? { vr: "SQ" } : { vr: "SQ", Value: items.map((item) => jsonOf(item, bulk)) };
  if (element.length === 0) return { vr };
  if (binary.has(vr))
    return element.length > maxInlineBytes
      ? undefined
      : { vr, InlineBinary: Buffer.from(dataset.valueBytes(tag)).toString("base64") };
  if (numeric.has(vr)) {
    const texts = dataset.strings(tag);
    // A decimal string that is not a number is kept as text.
    return { vr, Value: dataset.numbers(tag).map((value, i) => (Number.isFinite(value) ? value : (texts[i] ?? null))) };
  }
  if (vr === "AT")
    return { vr, Value: dataset.numbers(tag).map((value) => value.toString(16).toUpperCase().padStart(8, "0")) };
  const values = dataset.strings(tag);
  if (vr === "PN") return { vr, Value: values.map((name) => (name === "" ? {} : nameOf(name))) };
  return { vr, Value: values.map((value) => (value === "" ? null : value)) };
}

function nameOf(name: string): Record<string, string> {
  const [alphabetic, ideographic, phonetic] = name.split("=");
  return {
    ...(alphabetic && { Alphabetic: alphabetic }),
    ...(ideographic && { Ideographic: ideographic }),
    ...(phonetic && { Phonetic: phonetic }),
  };
}

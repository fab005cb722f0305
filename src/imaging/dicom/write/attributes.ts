/** Converts attributes by keyword to elements: VRs are taken from the dictionary, text is UTF-8. */
import { lookupTag, tagOf } from "../parse/dictionary.ts";
import type { NewElement } from "./write.ts";

export type AttributeValue = string | number | readonly (string | number)[] | Uint8Array | readonly Attributes[];

/**
 * Keyword -> value; several values as an array, a sequence as an array of attributes; `undefined` attributes are
 * omitted.
 */
export interface Attributes {
  readonly [keyword: string]: AttributeValue | undefined;
}

/** Writer and size in bytes for each binary VR. */
const binary: Readonly<
  Record<string, readonly [size: number, write: (view: DataView, at: number, value: number) => void]>
> = {
  US: [2, (view, at, value) => view.setUint16(at, value & 0xffff, true)],
  SS: [2, (view, at, value) => view.setInt16(at, value, true)],
  UL: [4, (view, at, value) => view.setUint32(at, value, true)],
  SL: [4, (view, at, value) => view.setInt32(at, value, true)],
  FL: [4, (view, at, value) => view.setFloat32(at, value, true)],
  FD: [8, (view, at, value) => view.setFloat64(at, value, true)],
  AT: [
    4,
    (view, at, tag) => {
      view.setUint16(at, tag >>> 16, true);
      view.setUint16(at + 2, tag & 0xffff, true);
    },
  ],
  OV: [8, (view, at, value) => view.setBigUint64(at, BigInt(value), true)],
};

const encoder = new TextEncoder();

/** @param keyword of PS3.6. @throws RangeError for an unknown keyword: a mistake in code, not in a file. */
export function attributeElement(keyword: string, value: AttributeValue): NewElement {
  const tag = tagOf(keyword);
  const vr = lookupTag(tag)!.vr;
  if (value instanceof Uint8Array) return { tag, vr, value };
  const values = (Array.isArray(value) ? value : [value]) as readonly (string | number | Attributes)[];
  if (vr === "SQ") return { tag, vr, value: values.map((item) => attributeElements(item as Attributes)) };
  const numeric = binary[vr];
  if (numeric === undefined) {
    const text = encoder.encode(values.map(String).join("\\"));
    // UIDs are padded with a zero byte, all other text with a space (PS3.5 6.2).
    const padded = new Uint8Array(text.length + (text.length % 2)).fill(vr === "UI" ? 0 : 32);
    padded.set(text);
    return { tag, vr, value: padded };
  }
  const [size, writeNumber] = numeric;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (const [i, number] of values.entries()) writeNumber(view, i * size, numberOf(vr, number as string | number));
  return { tag, vr, value: bytes };
}

/** A tag may be given as its eight hexadecimal digits, as `00181063`. */
function numberOf(vr: string, value: string | number): number {
  return vr === "AT" && typeof value === "string" ? Number.parseInt(value, 16) : Number(value);
}

/** The elements of a data set. An empty text is written as an element without a value (type 2 attributes). */
export function attributeElements(attributes: Attributes): NewElement[] {
  return Object.entries(attributes).flatMap(([keyword, value]) =>
    value === undefined ? [] : [attributeElement(keyword, value)],
  );
}

/**
 * A DICOM data set: elements in file order, whose values are read on demand from the underlying bytes. Attributes are
 * named by their PS3.6 keyword (`"PatientID"`) or, for private ones, by their tag number (`0x00291010`).
 */
import { type Charset, decodeText, defaultCharset, latin1 } from "./charset.ts";
import { tagOf } from "./dictionary.ts";

export interface Element {
  readonly tag: number;
  readonly vr: string;
  /** Offset of the value in the bytes of the data set. */
  readonly offset: number;
  /** Length of the value in bytes; for an encapsulated or sequence value including all content. */
  readonly length: number;
  /** The items of a sequence. */
  readonly items?: readonly DataSet[];
  /** The fragments of encapsulated pixel data, the basic offset table first. */
  readonly fragments?: readonly Fragment[];
}

export interface Fragment {
  readonly offset: number;
  readonly length: number;
}

export type Attribute = string | number;

const textVrs = new Set(["SH", "LO", "ST", "PN", "LT", "UC", "UT"]);
const singleTextVrs = new Set(["ST", "LT", "UT", "UR"]);

/** The elements of a DICOM data set, by tag. */
export class DataSet {
  readonly elements = new Map<number, Element>();
  charset: Charset = defaultCharset;

  constructor(
    readonly bytes: Uint8Array,
    readonly bigEndian: boolean,
    /** False inside a UN sequence, which is always implicit (PS3.5 6.2.2). */
    readonly explicit: boolean,
  ) {}

  element(attribute: Attribute): Element | undefined {
    return this.elements.get(typeof attribute === "number" ? attribute : tagOf(attribute));
  }

  has(attribute: Attribute): boolean {
    return this.element(attribute) !== undefined;
  }

  /** The bytes of a value; empty when the attribute is absent. */
  valueBytes(attribute: Attribute): Uint8Array {
    const element = this.element(attribute);
    if (element === undefined) return new Uint8Array(0);
    return this.bytes.subarray(element.offset, element.offset + element.length);
  }

  /** All values of a text, code, UID, date or number attribute as trimmed strings; none for an absent or empty one. */
  strings(attribute: Attribute): string[] {
    const element = this.element(attribute);
    if (element === undefined || element.length === 0) return [];
    if (binaryReaders[element.vr] !== undefined) return this.numbers(attribute).map(String);
    const bytes = this.valueBytes(attribute);
    const text = textVrs.has(element.vr) || element.vr === "UN" ? decodeText(bytes, this.charset) : latin1(bytes);
    if (singleTextVrs.has(element.vr)) return [trimEnd(text)];
    return text.split("\\").map((value) => (element.vr === "UI" ? trimEnd(value).trim() : trimEnd(value).trimStart()));
  }

  /** The first value as a trimmed string; undefined when absent or empty. */
  string(attribute: Attribute): string | undefined {
    const value = this.strings(attribute)[0];
    return value === undefined || value === "" ? undefined : value;
  }

  /** All values as numbers; decimal and integer strings that are not numbers give NaN. */
  numbers(attribute: Attribute): number[] {
    const element = this.element(attribute);
    if (element === undefined || element.length === 0) return [];
    const reader = binaryReaders[element.vr];
    if (reader === undefined) return this.strings(attribute).map(parseDecimal);
    const [size, read] = reader;
    // Only pixel data may be cut off in a parsed file.
    const length = Math.max(0, Math.min(element.length, this.bytes.length - element.offset));
    if (length === 0) return [];
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + element.offset, length);
    const values: number[] = [];
    for (let at = 0; at + size <= length; at += size) values.push(read(view, at, !this.bigEndian));
    return values;
  }

  /** The first value as a finite number; undefined when absent, empty or not a number. */
  number(attribute: Attribute): number | undefined {
    const value = this.numbers(attribute)[0];
    return Number.isFinite(value) ? value : undefined;
  }

  /** The items of a sequence; none when it is absent or empty. */
  sequence(attribute: Attribute): readonly DataSet[] {
    return this.element(attribute)?.items ?? [];
  }
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 0 || text.charCodeAt(end - 1) === 32)) end--;
  return text.slice(0, end);
}

/** A decimal string; some writers use a decimal comma. */
function parseDecimal(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text.replace(",", "."));
}

type Reader = readonly [size: number, read: (view: DataView, at: number, little: boolean) => number];

const binaryReaders: Readonly<Record<string, Reader | undefined>> = {
  US: [2, (v, at, little) => v.getUint16(at, little)],
  SS: [2, (v, at, little) => v.getInt16(at, little)],
  UL: [4, (v, at, little) => v.getUint32(at, little)],
  SL: [4, (v, at, little) => v.getInt32(at, little)],
  UV: [8, (v, at, little) => Number(v.getBigUint64(at, little))],
  SV: [8, (v, at, little) => Number(v.getBigInt64(at, little))],
  FL: [4, (v, at, little) => v.getFloat32(at, little)],
  FD: [8, (v, at, little) => v.getFloat64(at, little)],
  AT: [4, (v, at, little) => v.getUint16(at, little) * 65536 + v.getUint16(at + 2, little)],
  OW: [2, (v, at, little) => v.getUint16(at, little)],
  OL: [4, (v, at, little) => v.getUint32(at, little)],
  OF: [4, (v, at, little) => v.getFloat32(at, little)],
  OD: [8, (v, at, little) => v.getFloat64(at, little)],
  OV: [8, (v, at, little) => Number(v.getBigUint64(at, little))],
  OB: [1, (v, at) => v.getUint8(at)],
};

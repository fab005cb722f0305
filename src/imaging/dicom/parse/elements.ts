/** The element loop: one data set from bytes, with its sequences and encapsulated pixel data (PS3.5 section 7 and annex A.4). */
import { PolyclinicError } from "../../../base/errors.ts";
import { type Charset, charsetOf, defaultCharset } from "./charset.ts";
import { DataSet, type Element, type Fragment } from "./data-set.ts";
import { lookupTag, tagName } from "./dictionary.ts";
import { readTag, readUint16, readUint32 } from "./words.ts";

export interface ReadOptions {
  readonly name: string;
  readonly implicit: boolean;
  readonly bigEndian: boolean;
  /** Stop before the first element of a higher group (file meta information). */
  readonly stopAfterGroup?: number;
  /** Whether `bytes` is the whole file; otherwise top-level pixel data may lie beyond it. */
  readonly whole: boolean;
  /** Whether the bytes follow the pixel data: anything that is not an element is then noted and is not an error. */
  readonly afterPixels?: boolean;
}

interface Reading extends ReadOptions {
  readonly bytes: Uint8Array;
  readonly notes: string[];
  /** Number of deviations from the standard beyond the first `maxNotes`, which are only counted. */
  unnoted: number;
  /** The last examined run of zeros, `[start, stop)`, cached so that each byte of the file is scanned only once. */
  zeros: readonly [start: number, stop: number];
}

/** A damaged section can deviate from the standard at every eighth byte. */
const maxNotes = 50;

function note(reading: Reading, message: string): void {
  if (reading.notes.length < maxNotes) reading.notes.push(message);
  else reading.unnoted++;
}

const item = 0xfffee000;
const itemEnd = 0xfffee00d;
const sequenceEnd = 0xfffee0dd;
const undefinedLength = 0xffffffff;
const deepest = 64;

/** VRs whose explicit form has a 32-bit length after two reserved bytes. */
const longVrs = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);

const lowestPixelTag = 0x7fe00008;
const pixelTags = new Set([lowestPixelTag, 0x7fe00009, 0x7fe00010]);

export function readDataSet(
  bytes: Uint8Array,
  offset: number,
  options: ReadOptions,
): { dataset: DataSet; end: number; notes: string[] } {
  const reading: Reading = { ...options, bytes, notes: [], unnoted: 0, zeros: [0, 0] };
  const { dataset, end } = readElements(reading, offset, bytes.length, options.implicit, 0, defaultCharset, false);
  if (reading.unnoted > 0) reading.notes.push(`${reading.unnoted} more deviations from the DICOM standard`);
  return { dataset, end, notes: reading.notes };
}

function truncated({ name, bytes }: Reading, what: string, needed: number): PolyclinicError {
  return new PolyclinicError("dicom/truncated", `the file ends inside ${what}`, {
    where: name,
    expected: `at least ${needed} bytes`,
    found: `${bytes.length}`,
    hint: "The file is truncated or damaged: copy it again from its source.",
  });
}

function malformed({ name }: Reading, summary: string, found?: string): PolyclinicError {
  return new PolyclinicError("dicom/malformed", summary, {
    where: name,
    found,
    hint: "The file is damaged, or its encoding differs from what its header states.",
  });
}

/** Elements from `offset` to `end`, or to an item delimiter if the item has undefined length. */
function readElements(
  reading: Reading,
  offset: number,
  end: number,
  implicit: boolean,
  depth: number,
  inherited: Charset,
  delimited: boolean,
): { dataset: DataSet; end: number } {
  const { bytes, bigEndian } = reading;
  const dataset = new DataSet(bytes, bigEndian, !implicit);
  dataset.charset = inherited;
  let afterPixels = depth === 0 && reading.afterPixels === true;
  const junk = (at: number) => {
    // If only the beginning of the file has been read, `tailWarnings` reports on its end.
    if (reading.whole) note(reading, `${end - at} bytes after the pixel data are not DICOM elements and are ignored`);
    return { dataset, end };
  };
  let at = offset;
  while (at < end) {
    if (at + 8 > end) {
      if (zerosUntil(reading, at) >= end) break;
      if (afterPixels) return junk(at);
      throw truncated(reading, "an element's header", at + 8);
    }
    const tag = readTag(bytes, at, bigEndian);
    if (delimited && tag === itemEnd) return { dataset, end: at + 8 };
    if (reading.stopAfterGroup !== undefined && tag >>> 16 > reading.stopAfterGroup) break;
    if (tag === sequenceEnd || tag === itemEnd) {
      note(reading, `there is a delimiter outside any sequence (byte ${at})`);
      at += 8;
      continue;
    }
    if (tag === 0) {
      const stop = Math.min(end, zerosUntil(reading, at));
      if (stop === end) break;
      if (stop - at >= 16) {
        note(reading, `${stop - at} zero bytes where an element should begin (byte ${at})`);
        at += (stop - at) & ~7;
        continue;
      }
    }
    // Tags ascend: data after the pixel data with a lower tag was not written by a DICOM writer.
    if (afterPixels && tag < lowestPixelTag) return junk(at);
    try {
      const header = readHeader(reading, at, end, tag, implicit);
      const element = readValue(reading, header, end, depth, dataset.charset);
      dataset.elements.set(tag, element.element);
      at = element.end;
    } catch (error) {
      if (!afterPixels || !PolyclinicError.is(error)) throw error;
      return junk(at);
    }
    if (depth === 0 && pixelTags.has(tag)) afterPixels = true;
    if (tag === 0x00080005) dataset.charset = charsetOf(dataset.strings(tag));
  }
  if (delimited && at >= end)
    note(reading, "an item of a sequence has no end delimiter; it is read to the end of its sequence or of the file");
  return { dataset, end: Math.min(at, end) };
}

interface Header {
  tag: number;
  vr: string;
  length: number;
  value: number;
  implicit: boolean;
}

function readHeader(reading: Reading, at: number, end: number, tag: number, implicit: boolean): Header {
  const { bytes, bigEndian } = reading;
  const c0 = bytes[at + 4];
  const c1 = bytes[at + 5];
  const hasVr = !implicit && c0 >= 0x41 && c0 <= 0x5a && c1 >= 0x41 && c1 <= 0x5a;
  if (hasVr) {
    const vr = String.fromCharCode(c0, c1);
    if (!longVrs.has(vr)) return { tag, vr, length: readUint16(bytes, at + 6, bigEndian), value: at + 8, implicit };
    if (at + 12 > end) throw truncated(reading, tagName(tag), at + 12);
    return { tag, vr, length: readUint32(bytes, at + 8, bigEndian), value: at + 12, implicit };
  }
  if (!implicit && tag >>> 16 !== 0xfffe)
    // Some writers fall back to the implicit form inside an explicit data set.
    note(reading, `${tagName(tag)} has no value representation; it is read as implicit VR`);
  const length = readUint32(bytes, at + 4, bigEndian);
  return { tag, vr: vrOf(tag, length), length, value: at + 8, implicit };
}

/** The VR of an element that does not state one. */
function vrOf(tag: number, length: number): string {
  const known = lookupTag(tag)?.vr;
  if (known !== undefined) return known;
  if ((tag & 0xffff) === 0) return "UL";
  // Private creators are the only private elements whose type the standard defines.
  if ((tag >>> 16) & 1 && (tag & 0xffff) >= 0x10 && (tag & 0xffff) <= 0xff) return "LO";
  return length === undefinedLength ? "SQ" : "UN";
}

function readValue(
  reading: Reading,
  { tag, vr, length, value, implicit }: Header,
  end: number,
  depth: number,
  charset: Charset,
): { element: Element; end: number } {
  const { bytes } = reading;
  const isPixels = pixelTags.has(tag);
  if (length === undefinedLength) {
    if (isPixels && vr !== "SQ") return readFragments(reading, tag, vr, value, depth === 0);
    // A sequence of unknown VR is implicit little endian in any file (PS3.5 6.2.2, note 2 of 7.5).
    const inside = implicit || (vr === "UN" && !looksExplicit(bytes, value));
    const { items, end: after } = readItems(reading, tag, value, end, true, inside, depth + 1, charset);
    return { element: { tag, vr: "SQ", offset: value, length: after - value, items }, end: after };
  }
  if (value + length > end) {
    // Pixel data may be truncated or not read yet: this is detected and reported when pixels are decoded.
    if (isPixels && depth === 0) return { element: { tag, vr, offset: value, length }, end };
    throw truncated(reading, tagName(tag), value + length);
  }
  if (vr === "SQ" && length > 0) {
    const { items } = readItems(reading, tag, value, value + length, false, implicit, depth + 1, charset);
    return { element: { tag, vr, offset: value, length, items }, end: value + length };
  }
  if (vr === "UN" && !implicit) {
    // The writer did not know the VR but the dictionary does; the value of such an element is implicit little endian.
    const known = lookupTag(tag)?.vr;
    if (known === "SQ" && length > 0) {
      const items = tryItems(reading, tag, value, value + length, depth + 1, charset);
      if (items !== undefined) return { element: { tag, vr: "SQ", offset: value, length, items }, end: value + length };
    } else if (known !== undefined) return { element: { tag, vr: known, offset: value, length }, end: value + length };
  }
  return { element: { tag, vr, offset: value, length }, end: value + length };
}

function tryItems(reading: Reading, tag: number, at: number, end: number, depth: number, charset: Charset) {
  try {
    return readItems(reading, tag, at, end, false, true, depth, charset).items;
  } catch (error) {
    if (PolyclinicError.is(error) && error.code !== "dicom/nesting") return undefined;
    throw error;
  }
}

/** Whether the first element of the first item has a VR. */
function looksExplicit(bytes: Uint8Array, at: number): boolean {
  const isUpper = (byte: number) => byte >= 0x41 && byte <= 0x5a;
  return isUpper(bytes[at + 12]) && isUpper(bytes[at + 13]);
}

function readItems(
  reading: Reading,
  tag: number,
  offset: number,
  end: number,
  delimited: boolean,
  implicit: boolean,
  depth: number,
  charset: Charset,
): { items: DataSet[]; end: number } {
  const { bytes, bigEndian, name } = reading;
  if (depth > deepest)
    throw new PolyclinicError("dicom/nesting", `sequences are nested deeper than ${deepest}`, {
      where: `${name}: ${tagName(tag)}`,
      hint: "Real files do not nest this deeply: the file is damaged or malicious.",
    });
  const items: DataSet[] = [];
  let at = offset;
  while (at < end) {
    if (at + 8 > end) throw truncated(reading, tagName(tag), at + 8);
    const mark = readTag(bytes, at, bigEndian);
    const length = readUint32(bytes, at + 4, bigEndian);
    if (mark === sequenceEnd) return { items, end: at + 8 };
    if (mark === itemEnd) {
      at += 8;
      continue;
    }
    if (mark !== item) throw malformed(reading, `${tagName(tag)} has no item where one is required`, tagName(mark));
    const stop = length === undefinedLength ? end : at + 8 + length;
    if (stop > end) throw truncated(reading, `an item of ${tagName(tag)}`, stop);
    const inner = readElements(reading, at + 8, stop, implicit, depth, charset, length === undefinedLength);
    items.push(inner.dataset);
    at = length === undefinedLength ? inner.end : stop;
  }
  if (delimited)
    note(reading, `${tagName(tag)} has no end delimiter; it is read up to the end of the enclosing item or file`);
  return { items, end: at };
}

/** Encapsulated pixel data: the offset table and all fragments. A truncated last fragment keeps its stated length. */
function readFragments(reading: Reading, tag: number, vr: string, offset: number, top: boolean) {
  const { bytes, bigEndian } = reading;
  const fragments: Fragment[] = [];
  let at = offset;
  const done = (end: number) => ({
    element: { tag, vr, offset, length: Math.max(0, end - offset), fragments },
    end,
  });
  while (at + 8 <= bytes.length) {
    const mark = readTag(bytes, at, bigEndian);
    const length = readUint32(bytes, at + 4, bigEndian);
    if (mark === sequenceEnd) return done(at + 8);
    if (mark !== item || length === undefinedLength) {
      note(reading, `${tagName(tag)} has no end delimiter after fragment ${fragments.length}`);
      return done(bytes.length);
    }
    fragments.push({ offset: at + 8, length });
    at += 8 + length;
  }
  if (!top) throw truncated(reading, tagName(tag), at + 8);
  if (reading.whole) note(reading, `${tagName(tag)} is truncated: it has no end delimiter`);
  return done(bytes.length);
}

/** The first byte at or after `at` that is not zero, or the length of the file. */
function zerosUntil(reading: Reading, at: number): number {
  const { bytes, zeros } = reading;
  if (at >= zeros[0] && at < zeros[1]) return zeros[1];
  let stop = at;
  while (stop < bytes.length && bytes[stop] === 0) stop++;
  reading.zeros = [at, stop];
  return stop;
}

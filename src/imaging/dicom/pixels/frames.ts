/**
 * Locates each frame: native frames by arithmetic, encapsulated ones by the extended or basic offset table, by one fragment per
 * frame, or by the start of each codestream (PS3.5 A.4). Works on a whole file in memory or on ranges read when needed.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import { type ByteSource, memorySource } from "../../../bytes/index.ts";
import type { Limits } from "../../types.ts";
import type { DicomFile } from "../parse/parse.ts";
import { tailWarnings } from "../parse/source.ts";
import { readTag, readUint32 } from "../parse/words.ts";
import { nativeFrameBits, type PixelFormat, pixelFormatOf, pixelTagOf } from "./pixel-format.ts";

/** A range of the file. Encapsulated: whole items with their headers. Native: the samples, starting at bit `bit`. */
export interface FrameRange {
  readonly offset: number;
  readonly length: number;
  readonly bit: number;
}

export interface Frames {
  readonly format: PixelFormat;
  readonly ranges: readonly FrameRange[];
  readonly encapsulated: boolean;
  readonly source: ByteSource;
  /** Contradictions between pixel data and header, and how the data is read instead. */
  readonly notes: readonly string[];
}

/**
 * Locates every frame without reading any.
 *
 * @param source the file; default: the parsed bytes (always for a deflated file).
 */
export async function locateFrames(
  file: DicomFile,
  source?: ByteSource,
  limits: Partial<Limits> = {},
): Promise<Frames> {
  const format = pixelFormatOf(file, limits);
  const from =
    source === undefined || file.transferSyntax.deflated ? memorySource(file.name, file.dataset.bytes) : source;
  const notes: string[] = [];
  const element = file.dataset.element(pixelTagOf(file)!)!;
  if (element.fragments === undefined) {
    const ranges = nativeRanges(format, element.offset);
    const end = element.offset + element.length;
    for (const [frame, range] of ranges.entries())
      if (range.offset + range.length > Math.min(end, from.size))
        throw cutOff(
          file.name,
          frame,
          range.offset + range.length - element.offset,
          Math.min(end, from.size) - element.offset,
        );
    const frameBits = nativeFrameBits(format);
    const more = Math.floor((element.length * 8) / frameBits) - format.frames;
    if (more > 0)
      notes.push(
        `the pixel data has the size of ${format.frames + more} frames, but NumberOfFrames is ${format.frames}; only those are read`,
      );
    return { format, ranges, encapsulated: false, source: from, notes };
  }
  const ranges = await encapsulatedRanges(file, format, element.offset, from, (message) => notes.push(message));
  return { format, ranges, encapsulated: true, source: from, notes };
}

function cutOff(name: string, frame: number, expected: number, found: number): PolyclinicError {
  return new PolyclinicError("dicom/truncated", `the pixel data ends before frame ${frame + 1} is complete`, {
    where: name,
    expected: `${expected} bytes`,
    found: `${Math.max(0, found)}`,
    hint: "The file is truncated or its Rows, Columns or NumberOfFrames are wrong: copy it again from its source.",
  });
}

function nativeRanges(format: PixelFormat, offset: number): FrameRange[] {
  const bits = nativeFrameBits(format);
  return Array.from({ length: format.frames }, (_, i) => {
    const first = i * bits;
    let start = Math.floor(first / 8);
    let end = Math.ceil((first + bits) / 8);
    if (format.swapBytes) {
      // Starts at a word boundary: the last byte of a frame of odd length is in the second half of a word.
      start -= start % 2;
      end += end % 2;
    }
    return { offset: offset + start, length: end - start, bit: first - start * 8 };
  });
}

/** Up to this many frames, every entry of an offset table is compared with the fragments; for more frames, a sample. */
const thorough = 4096;
const sampled = 64;

async function encapsulatedRanges(
  file: DicomFile,
  format: PixelFormat,
  offset: number,
  source: ByteSource,
  note: (message: string) => void,
): Promise<FrameRange[]> {
  const { name } = file;
  const table = await readItem(source, offset, name);
  const base = table.next;
  const starts = await offsetTable(file, format, source, offset, table.length);
  if (starts !== undefined && format.frames > thorough && (await sampleHolds(starts, base, source))) {
    // The last frame ends where its items end.
    const { end } = await scanItems(source, starts[format.frames - 1], name);
    return between(starts, end);
  }
  const { items, end } = await scanItems(source, base, name);
  if (end + 8 <= source.size && readTag(await source.read(end, 8), 0, false) === sequenceEnd)
    for (const { message } of await tailWarnings(source, end + 8, file.transferSyntax)) note(message);
  if (starts !== undefined) {
    const begins = new Set(items.map((item) => item.offset));
    const holds =
      starts[0] === base && starts.every((start, i) => begins.has(start) && (i === 0 || start > starts[i - 1]));
    if (holds) return between(starts, end);
    note("the offset table does not point to the fragments; the frames are separated by the start of each codestream");
  } else if (table.length > 0 && format.frames > 1)
    note("the offset table has fewer entries than there are frames and is ignored");
  if (format.frames === 1) return [await onlyFrame(items, end, source, note)];
  if (items.length === format.frames) return items.map((item) => ({ ...item, bit: 0 }));
  const filled = items.filter(({ length }) => length > 8);
  if (filled.length === format.frames) return filled.map((item) => ({ ...item, bit: 0 }));
  return groupByBeginning(items, format, source, name);
}

/**
 * The start of each frame from the extended or the basic offset table; undefined if neither has an entry for every
 * frame.
 */
async function offsetTable(
  { dataset }: DicomFile,
  { frames }: PixelFormat,
  source: ByteSource,
  offset: number,
  length: number,
): Promise<number[] | undefined> {
  const base = offset + 8 + length;
  const extended = dataset.numbers("ExtendedOffsetTable");
  if (extended.length >= frames) return extended.slice(0, frames).map((start) => base + start);
  if (frames < 2 || length < 4 * frames) return undefined;
  const bytes = await source.read(offset + 8, 4 * frames);
  return Array.from({ length: frames }, (_, i) => base + readUint32(bytes, 4 * i, false));
}

async function sampleHolds(starts: readonly number[], base: number, source: ByteSource): Promise<boolean> {
  if (starts[0] !== base || starts.some((start, i) => i > 0 && !(start > starts[i - 1]))) return false;
  const step = Math.ceil(starts.length / sampled);
  for (let i = 0; i < starts.length; i += step) {
    const at = i + step < starts.length ? starts[i] : starts[starts.length - 1];
    if (at + 8 > source.size || readTag(await source.read(at, 8), 0, false) !== itemTag) return false;
  }
  return true;
}

function between(starts: readonly number[], end: number): FrameRange[] {
  return starts.map((start, i) => ({ offset: start, length: (starts[i + 1] ?? end) - start, bit: 0 }));
}

const beginsPicture = (head: Uint8Array) =>
  (head[0] === 0xff && (head[1] === 0xd8 || head[1] === 0x4f)) || (head[0] === 0 && head[3] === 0x0c);

type Item = Pick<FrameRange, "offset" | "length">;

/** The fragments of a single frame; if several of them begin an image, only those of the first. */
async function onlyFrame(
  items: readonly Item[],
  end: number,
  source: ByteSource,
  note: (message: string) => void,
): Promise<FrameRange> {
  const whole = { offset: items[0].offset, length: end - items[0].offset, bit: 0 };
  if (items.length < 2 || items.length > thorough) return whole;
  const begins: Item[] = [];
  for (const item of items)
    if (beginsPicture(await source.read(item.offset + 8, Math.min(4, item.length - 8)))) begins.push(item);
  if (begins.length < 2 || begins[0] !== items[0]) return whole;
  note(`the header states one frame, but ${begins.length} fragments begin an image; the first is read`);
  return { ...whole, length: begins[1].offset - whole.offset };
}

/** Without an offset table, a new frame starts at each fragment that begins with the start of a codestream. */
async function groupByBeginning(
  items: readonly Item[],
  format: PixelFormat,
  source: ByteSource,
  name: string,
): Promise<FrameRange[]> {
  const ranges: FrameRange[] = [];
  for (const item of items) {
    const head = await source.read(item.offset + 8, Math.min(4, item.length - 8));
    const last = ranges.at(-1);
    if (beginsPicture(head) || last === undefined) ranges.push({ ...item, bit: 0 });
    else ranges[ranges.length - 1] = { ...last, length: item.offset + item.length - last.offset };
  }
  if (ranges.length === format.frames) return ranges;
  throw new PolyclinicError("dicom/fragments", "the fragments cannot be assigned to frames", {
    where: name,
    expected: `${format.frames} frames`,
    found: `${items.length} fragments that begin ${ranges.length} images, and no offset table`,
    hint: "Write the file again with a basic offset table, or uncompressed.",
  });
}

const itemTag = 0xfffee000;
const sequenceEnd = 0xfffee0dd;

async function readItem(source: ByteSource, offset: number, name: string) {
  const head = offset + 8 <= source.size ? await source.read(offset, 8) : new Uint8Array(0);
  const length = head.length === 8 ? readUint32(head, 4, false) : 0;
  if (head.length < 8 || readTag(head, 0, false) !== itemTag || offset + 8 + length > source.size)
    throw new PolyclinicError("dicom/truncated", "the encapsulated pixel data is truncated", {
      where: name,
      hint: "Copy the file again from its source.",
    });
  return { length, next: offset + 8 + length };
}

/** Items with their headers up to the sequence delimiter (or the end of the file, whose last item must be whole). */
async function scanItems(source: ByteSource, offset: number, name: string) {
  const items: { offset: number; length: number }[] = [];
  let at = offset;
  while (at + 8 <= source.size) {
    const head = await source.read(at, 8);
    if (readTag(head, 0, false) !== itemTag) break;
    const length = readUint32(head, 4, false);
    if (at + 8 + length > source.size) throw cutOff(name, items.length, at + 8 + length, source.size);
    items.push({ offset: at, length: length + 8 });
    at += 8 + length;
  }
  if (items.length === 0) throw cutOff(name, 0, offset + 8, source.size);
  return { items, end: at };
}

/**
 * The bytes of one frame for its codec, with fragments joined. @throws PolyclinicError `dicom/frame` or
 * `dicom/truncated`.
 */
export async function readFrameBytes({ ranges, encapsulated, source }: Frames, frame: number): Promise<Uint8Array> {
  const range = ranges[frame];
  if (range === undefined)
    throw new PolyclinicError("dicom/frame", "the frame number is out of range", {
      where: source.name,
      expected: `0 to ${ranges.length - 1}`,
      found: `${frame}`,
    });
  const bytes = await source.read(range.offset, range.length);
  return encapsulated ? joinItems(bytes, source.name) : bytes;
}

/** The values of consecutive items, joined. */
export function joinItems(bytes: Uint8Array, name: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at + 8 <= bytes.length && readTag(bytes, at, false) === itemTag) {
    const length = readUint32(bytes, at + 4, false);
    if (at + 8 + length > bytes.length) throw cutOff(name, 0, at + 8 + length, bytes.length);
    parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  if (parts.length === 1) return parts[0];
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let to = 0;
  for (const part of parts) {
    joined.set(part, to);
    to += part.length;
  }
  return joined;
}

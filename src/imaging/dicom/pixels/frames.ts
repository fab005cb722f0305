/**
 * Where each frame stands: native frames by arithmetic, encapsulated ones by the extended or basic offset table, by one fragment a
 * frame, or by the codestreams' own beginnings (PS3.5 A.4). Works on the whole file in memory or on ranges read when needed.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { Limits } from "../../types.ts";
import { readTag, readUint32 } from "../parse/elements.ts";
import type { DicomFile } from "../parse/parse.ts";
import { type ByteSource, bytesSource } from "../parse/source.ts";
import { nativeFrameBits, type PixelFormat, pixelFormatOf, pixelTagOf } from "./pixel-format.ts";

/** A stretch of the file. Encapsulated: whole items with their headers. Native: the samples, beginning `bit` bits into it. */
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
}

/**
 * Finds every frame without reading any.
 *
 * @param source the file; taken from the parsed bytes when absent (and always for a deflated file).
 */
export async function locateFrames(
  file: DicomFile,
  source?: ByteSource,
  limits: Partial<Limits> = {},
): Promise<Frames> {
  const format = pixelFormatOf(file, limits);
  const from =
    source === undefined || file.transferSyntax.deflated ? bytesSource(file.name, file.dataset.bytes) : source;
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
    return { format, ranges, encapsulated: false, source: from };
  }
  const ranges = await encapsulatedRanges(file, format, element.offset, from);
  return { format, ranges, encapsulated: true, source: from };
}

function cutOff(name: string, frame: number, expected: number, found: number): PolyclinicError {
  return new PolyclinicError("dicom/truncated", `the pixel data ends before frame ${frame + 1} is complete`, {
    where: name,
    expected: `${expected} bytes`,
    found: `${Math.max(0, found)}`,
    hint: "The file is cut off or its Rows, Columns or NumberOfFrames are wrong: copy it again from its source.",
  });
}

function nativeRanges(format: PixelFormat, offset: number): FrameRange[] {
  const bits = nativeFrameBits(format);
  return Array.from({ length: format.frames }, (_, i) => {
    const first = i * bits;
    let start = Math.floor(first / 8);
    let end = Math.ceil((first + bits) / 8);
    if (format.swapBytes) {
      // Whole words: a frame of odd length has its last byte in the second half of one.
      start -= start % 2;
      end += end % 2;
    }
    return { offset: offset + start, length: end - start, bit: first - start * 8 };
  });
}

async function encapsulatedRanges(
  file: DicomFile,
  format: PixelFormat,
  offset: number,
  source: ByteSource,
): Promise<FrameRange[]> {
  const { dataset, name } = file;
  const table = await readItem(source, offset, name);
  const base = table.next;
  const extended = dataset.numbers("ExtendedOffsetTable");
  if (extended.length > 0) {
    const lengths = dataset.numbers("ExtendedOffsetTableLengths");
    if (extended.length < format.frames || lengths.length < format.frames)
      throw new PolyclinicError("dicom/offset-table", "the extended offset table has too few entries", {
        where: name,
        expected: `${format.frames}`,
        found: `${Math.min(extended.length, lengths.length)}`,
      });
    return checked(
      Array.from({ length: format.frames }, (_, i) => ({ offset: base + extended[i], length: lengths[i] + 8, bit: 0 })),
      name,
      source.size,
    );
  }
  if (table.length >= 4 * format.frames && table.length > 0 && format.frames > 1) {
    const bytes = await source.read(offset + 8, 4 * format.frames);
    const starts = Array.from({ length: format.frames }, (_, i) => base + readUint32(bytes, 4 * i, false));
    if (starts.every((start, i) => start >= base && start < source.size && (i === 0 || start > starts[i - 1]))) {
      // The end of the last frame is where its items end.
      const end = (await scanItems(source, starts[format.frames - 1], name)).end;
      return starts.map((start, i) => ({ offset: start, length: (starts[i + 1] ?? end) - start, bit: 0 }));
    }
    // A table that does not ascend is ignored: the fragments themselves tell.
  }
  const { items, end } = await scanItems(source, base, name);
  if (format.frames === 1) return [{ offset: base, length: end - base, bit: 0 }];
  if (items.length === format.frames) return items.map((item) => ({ ...item, bit: 0 }));
  return groupByBeginning(items, format, source, name);
}

/** Fragments without any table: a new frame begins with the first bytes of a codestream. */
async function groupByBeginning(
  items: readonly { offset: number; length: number }[],
  format: PixelFormat,
  source: ByteSource,
  name: string,
): Promise<FrameRange[]> {
  const ranges: FrameRange[] = [];
  for (const item of items) {
    const head = await source.read(item.offset + 8, Math.min(4, item.length - 8));
    const begins = (head[0] === 0xff && (head[1] === 0xd8 || head[1] === 0x4f)) || (head[0] === 0 && head[3] === 0x0c);
    const last = ranges.at(-1);
    if (begins || last === undefined) ranges.push({ ...item, bit: 0 });
    else ranges[ranges.length - 1] = { ...last, length: item.offset + item.length - last.offset };
  }
  if (ranges.length === format.frames) return ranges;
  throw new PolyclinicError("dicom/fragments", "the fragments cannot be told apart into frames", {
    where: name,
    expected: `${format.frames} frames`,
    found: `${items.length} fragments that begin ${ranges.length} pictures, and no offset table`,
    hint: "Have the file written again with a basic offset table, or uncompressed.",
  });
}

function checked(ranges: FrameRange[], name: string, size: number): FrameRange[] {
  ranges.forEach(({ offset, length }, i) => {
    if (!(offset >= 0 && length >= 8 && offset + length <= size)) throw cutOff(name, i, offset + length, size);
  });
  return ranges;
}

const itemTag = 0xfffee000;

async function readItem(source: ByteSource, offset: number, name: string) {
  const head = offset + 8 <= source.size ? await source.read(offset, 8) : new Uint8Array(0);
  const length = head.length === 8 ? readUint32(head, 4, false) : 0;
  if (head.length < 8 || readTag(head, 0, false) !== itemTag || offset + 8 + length > source.size)
    throw new PolyclinicError("dicom/truncated", "the encapsulated pixel data is cut off", {
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

/** The bytes of one frame as its codec takes them: fragments joined. Throws `dicom/frame` or `dicom/truncated`. */
export async function readFrameBytes({ ranges, encapsulated, source }: Frames, frame: number): Promise<Uint8Array> {
  const range = ranges[frame];
  if (range === undefined)
    throw new PolyclinicError("dicom/frame", "there is no such frame", {
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

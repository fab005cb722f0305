/**
 * The image file directories of a TIFF or BigTIFF (TIFF 6.0 section 2; BigTIFF design, Adobe/AWare): entries are
 * listed, and values are read only on request, so that a slide with a million tiles opens in milliseconds.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { ByteSource } from "../../../bytes/index.ts";
import { Tag, typeSize } from "./tags.ts";

interface Entry {
  readonly type: number;
  readonly count: number;
  /** Where the value's bytes are in the file. */
  readonly offset: number;
}

/** More than any real slide has; a longer chain means damage. */
const maxDirectories = 4096;
/** Entries per directory, and in total: real ones have tens. More means a file made to fill memory. */
const maxEntries = 4096;
const maxEntriesInAll = 1 << 17;
/** Tile offsets of a slide of 10^7 tiles still fit. */
const maxValueBytes = 1 << 27;
/** Descriptions of the largest OME files are megabytes. */
const maxTextBytes = 1 << 25;

/** True for the first bytes of a TIFF or BigTIFF of either byte order. */
export function looksLikeTiff(head: Uint8Array): boolean {
  if (head.length < 8) return false;
  const order = head[0] === head[1] && (head[0] === 0x49 || head[0] === 0x4d);
  if (!order) return false;
  const [low, high] = head[0] === 0x49 ? [head[2], head[3]] : [head[3], head[2]];
  return high === 0 && (low === 42 || low === 43);
}

/** One directory: an image of the file. */
export class TiffDirectory {
  constructor(
    private readonly source: ByteSource,
    readonly littleEndian: boolean,
    /** Position in the chain; sub-directories share their parent's. */
    readonly index: number,
    /** Whether it is a sub-directory of another one (SubIFDs). */
    readonly nested: boolean,
    private readonly entries: ReadonlyMap<number, Entry>,
  ) {}

  get where(): string {
    return `${this.source.name}, TIFF directory ${this.index}${this.nested ? " (nested)" : ""}`;
  }

  has(tag: number): boolean {
    return this.entries.has(tag);
  }

  /**
   * The raw bytes of a tag, in the file's byte order; undefined if absent. @param most maximum number of values to
   * read.
   */
  async bytes(tag: number, most = Number.POSITIVE_INFINITY, maxBytes = maxValueBytes): Promise<Uint8Array | undefined> {
    const entry = this.entries.get(tag);
    if (entry === undefined) return undefined;
    const length = Math.min(entry.count, most) * (typeSize[entry.type] ?? 1);
    if (length > maxBytes)
      throw new PolyclinicError("tiff/tag-size", `the value of tag ${tag} is too large`, {
        where: this.where,
        expected: `at most ${maxBytes} bytes`,
        found: `${length}`,
      });
    return this.source.read(entry.offset, length);
  }

  /**
   * The numbers of a tag (rationals as quotients); undefined if absent. @param most maximum number of values to read.
   */
  async numbers(tag: number, most = Number.POSITIVE_INFINITY): Promise<number[] | undefined> {
    const entry = this.entries.get(tag);
    const bytes = await this.bytes(tag, most);
    if (entry === undefined || bytes === undefined) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const read = numberReaders[entry.type];
    if (read === undefined)
      throw new PolyclinicError("tiff/tag-type", `tag ${tag} has an unknown type`, {
        where: this.where,
        found: `type ${entry.type}`,
      });
    const size = typeSize[entry.type];
    const count = Math.min(entry.count, most);
    const values = new Array<number>(count);
    for (let i = 0; i < count; i++) values[i] = read(view, i * size, this.littleEndian);
    return values;
  }

  /** The first number of a tag, or the fallback when it is absent. */
  async number<T extends number | undefined>(tag: number, fallback: T): Promise<number | T> {
    return (await this.numbers(tag, 1))?.[0] ?? fallback;
  }

  /** The text of a tag without trailing NULs; undefined when it is absent. */
  async text(tag: number): Promise<string | undefined> {
    const bytes = await this.bytes(tag, undefined, maxTextBytes);
    if (bytes === undefined) return undefined;
    return new TextDecoder("utf-8").decode(bytes).replace(/\0+$/, "");
  }
}

const numberReaders: Readonly<Record<number, (v: DataView, at: number, le: boolean) => number>> = {
  1: (v, at) => v.getUint8(at),
  2: (v, at) => v.getUint8(at),
  3: (v, at, le) => v.getUint16(at, le),
  4: (v, at, le) => v.getUint32(at, le),
  5: (v, at, le) => v.getUint32(at, le) / v.getUint32(at + 4, le),
  6: (v, at) => v.getInt8(at),
  7: (v, at) => v.getUint8(at),
  8: (v, at, le) => v.getInt16(at, le),
  9: (v, at, le) => v.getInt32(at, le),
  10: (v, at, le) => v.getInt32(at, le) / v.getInt32(at + 4, le),
  11: (v, at, le) => v.getFloat32(at, le),
  12: (v, at, le) => v.getFloat64(at, le),
  13: (v, at, le) => v.getUint32(at, le),
  16: (v, at, le) => Number(v.getBigUint64(at, le)),
  17: (v, at, le) => Number(v.getBigInt64(at, le)),
  18: (v, at, le) => Number(v.getBigUint64(at, le)),
};

/**
 * Lists every directory of the file, sub-directories after their parent. A chain that leaves the file, loops or does not end is a
 * `tiff/damaged` error.
 */
export async function readDirectories(source: ByteSource): Promise<TiffDirectory[]> {
  const head = await source.read(0, Math.min(16, source.size));
  if (!looksLikeTiff(head)) throw new PolyclinicError("tiff/not-tiff", "is not a TIFF file", { where: source.name });
  const littleEndian = head[0] === 0x49;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const big = view.getUint16(2, littleEndian) === 43;
  if (big && head.length < 16) throw damaged(source.name, "the header is truncated");
  const first = big ? Number(view.getBigUint64(8, littleEndian)) : view.getUint32(4, littleEndian);

  const directories: TiffDirectory[] = [];
  const seen = new Set<number>();
  let entriesInAll = 0;
  let chained = 0;
  const follow = async (start: number, nested: boolean, index: number | undefined): Promise<void> => {
    for (let offset = start; offset !== 0; ) {
      if (seen.has(offset)) throw damaged(source.name, `the directory at ${offset} is linked twice`);
      if (seen.size >= maxDirectories) throw damaged(source.name, `more than ${maxDirectories} directories`);
      seen.add(offset);
      const { entries, next } = await readDirectory(source, offset, big, littleEndian);
      entriesInAll += entries.size;
      if (entriesInAll > maxEntriesInAll) throw damaged(source.name, `more than ${maxEntriesInAll} entries in total`);
      const own = index ?? chained++;
      const directory = new TiffDirectory(source, littleEndian, own, nested, entries);
      directories.push(directory);
      if (!nested)
        for (const sub of (await directory.numbers(Tag.SubIFDs, maxDirectories)) ?? []) await follow(sub, true, own);
      // A nested directory's own chain is not followed: writers leave it zero or pointing into the main chain.
      offset = nested ? 0 : next;
    }
  };
  await follow(first, false, undefined);
  if (directories.length === 0) throw damaged(source.name, "no image directory");
  return directories;
}

async function readDirectory(source: ByteSource, offset: number, big: boolean, le: boolean) {
  const countSize = big ? 8 : 2;
  const entrySize = big ? 20 : 12;
  const count = await source.read(offset, countSize).then((bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return big ? Number(view.getBigUint64(0, le)) : view.getUint16(0, le);
  });
  if (count > maxEntries) throw damaged(source.name, `${count} entries in the directory at ${offset}`);
  const nextSize = big ? 8 : 4;
  const bytes = await source.read(offset + countSize, count * entrySize + nextSize);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<number, Entry>();
  for (let i = 0; i < count; i++) {
    const at = i * entrySize;
    const type = view.getUint16(at + 2, le);
    const items = big ? Number(view.getBigUint64(at + 4, le)) : view.getUint32(at + 4, le);
    const valueAt = at + (big ? 12 : 8);
    const length = items * (typeSize[type] ?? 1);
    const inline = length <= (big ? 8 : 4);
    const valueOffset = inline
      ? offset + countSize + valueAt
      : big
        ? Number(view.getBigUint64(valueAt, le))
        : view.getUint32(valueAt, le);
    entries.set(view.getUint16(at, le), { type, count: items, offset: valueOffset });
  }
  const end = count * entrySize;
  return { entries, next: big ? Number(view.getBigUint64(end, le)) : view.getUint32(end, le) };
}

function damaged(where: string, found: string): PolyclinicError {
  return new PolyclinicError("tiff/damaged", "has a damaged TIFF structure", {
    where,
    found,
    hint: "The copy is incomplete or damaged: copy the file again.",
  });
}

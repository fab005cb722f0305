/**
 * A small in-memory TIFF with some tiles of a large one.
 *
 * The tiles needed for a region are wrapped, still encoded, in a small TIFF file in memory, which is passed to libvips. Every codec of
 * libtiff (JPEG with shared tables, deflate, LZW, PackBits, predictors, separate planes, subsampled chroma) and the conversion of
 * the colour profile then run in one native call per region, while file access and structural checks are done here.
 */
import type { ExcerptField } from "../tile-grid.ts";
import { Tag } from "./tags.ts";

export interface Excerpt {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly layout: "tiles" | "strips";
  readonly fields: readonly ExcerptField[];
  readonly bigEndian: boolean;
  /** Encoded tiles, plane-major then row-major. */
  readonly tiles: readonly Uint8Array[];
}

const typeCode = { short: 3, long: 4, bytes: 7 } as const;
const typeBytes = { short: 2, long: 4, bytes: 1 } as const;

/**
 * Writes the excerpt as a classic TIFF: header, directory, values, tiles. Equal tile arrays are stored once.
 *
 * @param allocate memory for the file; its content is overwritten.
 */
export function writeExcerpt(excerpt: Excerpt, allocate: (length: number) => Uint8Array): Uint8Array {
  const le = !excerpt.bigEndian;
  const { tiles } = excerpt;
  const long = (tag: number, values: readonly number[]): ExcerptField => ({ tag, type: "long", values });
  const [offsetsTag, countsTag] =
    excerpt.layout === "tiles"
      ? [Tag.TileOffsets, Tag.TileByteCounts]
      : ([Tag.StripOffsets, Tag.StripByteCounts] as const);
  const offsets = new Array<number>(tiles.length).fill(0);
  const fields: ExcerptField[] = [
    ...excerpt.fields,
    long(Tag.ImageWidth, [excerpt.width]),
    long(Tag.ImageLength, [excerpt.height]),
    ...(excerpt.layout === "tiles"
      ? [long(Tag.TileWidth, [excerpt.tileWidth]), long(Tag.TileLength, [excerpt.tileHeight])]
      : [long(Tag.RowsPerStrip, [excerpt.tileHeight])]),
    long(offsetsTag, offsets),
    long(
      countsTag,
      tiles.map((tile) => tile.length),
    ),
  ].sort((a, b) => a.tag - b.tag);

  const even = (n: number) => n + (n & 1);
  const sizeOf = (field: ExcerptField) => field.values.length * typeBytes[field.type];
  let end = 8 + 2 + fields.length * 12 + 4;
  const valueAt = fields.map((field) => {
    if (sizeOf(field) <= 4) return undefined;
    const at = end;
    end = even(end + sizeOf(field));
    return at;
  });
  const placed = new Map<Uint8Array, number>();
  tiles.forEach((tile, i) => {
    let at = placed.get(tile);
    if (at === undefined) {
      at = end;
      placed.set(tile, at);
      end = even(end + tile.length);
    }
    offsets[i] = at;
  });

  const bytes = allocate(end);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  bytes.fill(le ? 0x49 : 0x4d, 0, 2);
  view.setUint16(2, 42, le);
  view.setUint32(4, 8, le);
  view.setUint16(8, fields.length, le);
  view.setUint32(10 + fields.length * 12, 0, le); // no further directory
  fields.forEach((field, i) => {
    const entry = 10 + i * 12;
    view.setUint16(entry, field.tag, le);
    view.setUint16(entry + 2, typeCode[field.type], le);
    view.setUint32(entry + 4, field.values.length, le);
    const at = valueAt[i];
    if (at !== undefined) view.setUint32(entry + 8, at, le);
    writeValues(view, at ?? entry + 8, field, le);
  });
  for (const [tile, at] of placed) bytes.set(tile, at);
  return bytes;
}

function writeValues(view: DataView, at: number, field: ExcerptField, le: boolean): void {
  if (field.type === "bytes") {
    new Uint8Array(view.buffer, view.byteOffset + at, field.values.length).set(field.values);
    return;
  }
  field.values.forEach((value, i) => {
    if (field.type === "short") view.setUint16(at + 2 * i, value, le);
    else view.setUint32(at + 4 * i, value, le);
  });
}

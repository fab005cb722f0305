/**
 * A very large image at full, half, quarter size and so on, in tiles of raw values: a viewer reads only what it shows, with its own window.
 * Level 0 is the image itself; a pixel of level n is the mean of a square of side 2^n. Tiles are deflated without loss and stand one after the
 * other in one file; the head says where.
 */
import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type Pixels, reduced } from "../../study/display/pixels.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export const pyramidTile = 512;
/** Most pixels of the smallest level, which a viewer shows first. */
const smallest = 5e5;

const arrays = { u8: Uint8Array, i16: Int16Array, f32: Float32Array } as const;

export interface PyramidHead {
  readonly type: keyof typeof arrays;
  readonly channels: 1 | 3 | 4;
  readonly range?: readonly [low: number, high: number];
  readonly inverted?: boolean;
  /** From the full size to the smallest. */
  readonly levels: readonly PyramidLevel[];
}

export interface PyramidLevel {
  readonly width: number;
  readonly height: number;
  /** `f32` where means of integers are not whole; absent where it is the type of level 0. */
  readonly type?: keyof typeof arrays;
  /** Of the tiles, row by row. */
  readonly offsets: readonly number[];
  readonly sizes: readonly number[];
}

/** Number of levels down to the smallest. */
export function levelCount(width: number, height: number): number {
  let count = 1;
  for (let [w, h] = [width, height]; w * h > smallest; [w, h] = [Math.ceil(w / 2), Math.ceil(h / 2)]) count++;
  return count;
}

const typeOf = ({ data }: Pick<Pixels, "data">): keyof typeof arrays =>
  data instanceof Uint8Array ? "u8" : data instanceof Int16Array ? "i16" : "f32";

/** Rows and columns of tiles. */
const grid = ({ width, height }: { width: number; height: number }) =>
  [Math.ceil(width / pyramidTile), Math.ceil(height / pyramidTile)] as const;

/**
 * Writes the tiles of all levels.
 *
 * @param image in full resolution. @param write appends to the file. @returns the head.
 */
export async function writePyramid(image: Pixels, write: (bytes: Uint8Array) => Promise<void>): Promise<PyramidHead> {
  const levels: PyramidLevel[] = [];
  let at = 0;
  let level = image;
  for (;;) {
    const [columns, rows] = grid(level);
    const [offsets, sizes]: [number[], number[]] = [[], []];
    for (let y = 0; y < rows; y++) {
      // A row of tiles at a time: compressed in parallel, in the pool of zlib.
      const tiles = await Promise.all(
        Array.from({ length: columns }, (_, x) => {
          const { data } = cutTile(level, x, y);
          return compress(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), { level: 1 });
        }),
      );
      for (const tile of tiles) {
        offsets.push(at);
        sizes.push(tile.length);
        at += tile.length;
        await write(tile);
      }
    }
    const type = typeOf(level);
    levels.push({ width: level.width, height: level.height, offsets, sizes, ...(type !== typeOf(image) && { type }) });
    if (level.width * level.height <= smallest) break;
    level = rounded(reduced(level, 2), image);
  }
  return {
    type: typeOf(image),
    channels: image.channels,
    levels,
    ...(image.range && { range: image.range }),
    ...(image.inverted && { inverted: true }),
  };
}

/** Means of whole numbers to whole numbers: half the bytes, and a window by table in the viewer. */
function rounded(level: Pixels, { data }: Pixels): Pixels {
  return data instanceof Int16Array && level.data instanceof Float32Array
    ? { ...level, data: Int16Array.from(level.data, Math.round) }
    : level;
}

/** Tiles at the right and bottom edges are smaller. */
function cutTile({ width, height, channels, data, ...rest }: Pixels, x: number, y: number): Pixels {
  const [x0, y0] = [x * pyramidTile, y * pyramidTile];
  const [w, h] = [Math.min(pyramidTile, width - x0), Math.min(pyramidTile, height - y0)];
  const out = new (data.constructor as Uint8ArrayConstructor)(w * h * channels) as Uint8Array;
  for (let v = 0; v < h; v++) {
    const from = ((y0 + v) * width + x0) * channels;
    out.set(data.subarray(from, from + w * channels) as Uint8Array, v * w * channels);
  }
  return { ...rest, width: w, height: h, channels, data: out };
}

/** A tile as stored: gzip of its raw values. @returns undefined if there is no such tile. */
export async function readTile(
  path: string,
  { levels, type, ...head }: PyramidHead,
  level: number,
  x: number,
  y: number,
): Promise<{ bytes: Buffer; pixels: Omit<Pixels, "data"> & { type: keyof typeof arrays } } | undefined> {
  const one = levels[level];
  if (one === undefined) return undefined;
  const [columns, rows] = grid(one);
  if (x >= columns || y >= rows) return undefined;
  const at = y * columns + x;
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(one.sizes[at]);
    await file.read(bytes, 0, bytes.length, one.offsets[at]);
    const { channels, range, inverted } = head;
    return {
      bytes,
      pixels: {
        type: one.type ?? type,
        channels,
        ...(range && { range }),
        ...(inverted && { inverted }),
        width: Math.min(pyramidTile, one.width - x * pyramidTile),
        height: Math.min(pyramidTile, one.height - y * pyramidTile),
      },
    };
  } finally {
    await file.close();
  }
}

/** A whole level. */
export async function readLevel(path: string, head: PyramidHead, level: number): Promise<Pixels> {
  const { width, height, type = head.type } = head.levels[level];
  const { channels, range, inverted } = head;
  const data = new arrays[type](width * height * channels);
  const [columns, rows] = grid(head.levels[level]);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const tile = (await readTile(path, head, level, x, y))!;
      const raw = await decompress(tile.bytes);
      const values = new arrays[type](raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength) as ArrayBuffer);
      const row = tile.pixels.width * channels;
      for (let v = 0; v < tile.pixels.height; v++)
        data.set(
          values.subarray(v * row, (v + 1) * row) as Uint8Array,
          ((y * pyramidTile + v) * width + x * pyramidTile) * channels,
        );
    }
  return { width, height, channels, data, ...(range && { range }), ...(inverted && { inverted }) };
}

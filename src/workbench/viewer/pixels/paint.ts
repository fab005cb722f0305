/** Applies a window to pixel values. Integer values use a lookup table that is built once per window. */
import type { PixelSlice } from "./fetch.ts";

/** Values displayed as black and white. */
export interface Levels {
  readonly low: number;
  readonly high: number;
  readonly invert: boolean;
}

/** RGBA value of each grey level in a canvas's bytes, little-endian. */
const greys = Uint32Array.from({ length: 256 }, (_, g) => (0xff000000 | (g << 16) | (g << 8) | g) >>> 0);

/** The grey level of a value, rounded as in the images of `inspect`. */
export function greyOf(value: number, { low, high, invert }: Levels): number {
  const byte =
    high > low ? Math.max(0, Math.min(255, Math.round(((value - low) * 255) / (high - low)))) : value > low ? 255 : 0;
  return invert ? 255 - byte : byte;
}

let table: { readonly key: string; readonly grey: Uint32Array } | undefined;

/** Indexed by value + 32768. */
function tableOf(levels: Levels): Uint32Array {
  const { low, high, invert } = levels;
  const key = `${low} ${high} ${invert}`;
  if (table?.key === key) return table.grey;
  const grey = table?.grey ?? new Uint32Array(65536);
  const from = Math.max(-32768, Math.min(32767, Math.floor(low)));
  const to = Math.max(from, Math.min(32767, Math.ceil(high)));
  grey.fill(greys[invert ? 255 : 0], 0, from + 32768);
  for (let value = from; value <= to; value++) grey[value + 32768] = greys[greyOf(value, levels)];
  grey.fill(greys[invert ? 0 : 255], to + 32769);
  table = { key, grey };
  return grey;
}

/** @param out RGBA buffer of the image's size. */
export function paint({ width, height, channels, data }: PixelSlice, levels: Levels, out: ImageData): void {
  const pixels = new Uint32Array(out.data.buffer);
  const count = width * height;
  if (channels === 1) {
    if (data instanceof Int16Array || data instanceof Uint8Array) {
      const grey = tableOf(levels);
      for (let i = 0; i < count; i++) pixels[i] = grey[data[i] + 32768];
    } else {
      const { low, high, invert } = levels;
      const scale = high > low ? 255 / (high - low) : Number.POSITIVE_INFINITY;
      for (let i = 0; i < count; i++) {
        const value = (data[i] - low) * scale;
        const byte = value >= 255 ? 255 : value > 0 ? (value + 0.5) | 0 : 0;
        pixels[i] = greys[invert ? 255 - byte : byte];
      }
    }
    return;
  }
  const { low, high, invert } = levels;
  const plain = low === 0 && high === 255 && !invert;
  for (let i = 0, at = 0; i < count; i++, at += channels) {
    const [r, g, b] = [data[at], data[at + 1], data[at + 2]];
    pixels[i] = plain
      ? (0xff000000 | (b << 16) | (g << 8) | r) >>> 0
      : (0xff000000 | (greyOf(b, levels) << 16) | (greyOf(g, levels) << 8) | greyOf(r, levels)) >>> 0;
  }
}

/** Greyscale images, and rectified regions of them. */
import type { Image } from "../types.ts";
import type { Homography } from "./geometry.ts";

export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Luminance; light text on a dark background is inverted. Images larger than 5-point print on A4 requires are halved.
 */
export function toGrey({ width, height, channels, data }: Image): Grey & { readonly scale: number } {
  const step = Math.max(1, Math.floor(Math.max(width, height) / 2400));
  const [w, h] = [Math.floor(width / step), Math.floor(height / step)];
  const grey = new Uint8Array(w * h);
  let dark = 0;
  for (let y = 0, o = 0; y < h; y++)
    for (let x = 0; x < w; x++, o++) {
      let value = luminance(data, (y * step * width + x * step) * channels, channels);
      if (step > 1) {
        value = 0;
        for (let j = 0; j < step; j++)
          for (let i = 0; i < step; i++)
            value += luminance(data, ((y * step + j) * width + x * step + i) * channels, channels);
        value /= step * step;
      }
      grey[o] = value;
      if (value < 100) dark++;
    }
  if (dark > 0.7 * grey.length) for (let i = 0; i < grey.length; i++) grey[i] = 255 - grey[i];
  return { width: w, height: h, data: grey, scale: step };
}

function luminance(data: Uint8Array, at: number, channels: number): number {
  return channels === 1 ? data[at] : (data[at] * 77 + data[at + 1] * 150 + data[at + 2] * 29) >> 8;
}

/** Rotated clockwise by multiples of 90 degrees. */
export function turned(grey: Grey, quarters: number): Grey {
  const { width, height, data } = grey;
  if (quarters % 4 === 0) return grey;
  const out = new Uint8Array(data.length);
  const odd = quarters % 2 === 1;
  const [w, h] = odd ? [height, width] : [width, height];
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const [u, v] =
        quarters === 1 ? [height - 1 - y, x] : quarters === 2 ? [width - 1 - x, height - 1 - y] : [y, width - 1 - x];
      out[v * w + u] = data[i];
    }
  return { width: w, height: h, data: out };
}

/** Maps a point of the rotated image back to the original. */
export function turnBack(x: number, y: number, quarters: number, { width, height }: { width: number; height: number }) {
  if (quarters === 1) return [y, height - x] as const;
  if (quarters === 2) return [width - x, height - y] as const;
  if (quarters === 3) return [width - y, x] as const;
  return [x, y] as const;
}

/**
 * A box of the flat page, sampled from the image as `rows` x `columns` (bilinear).
 * @returns `[rows, columns]`, 0 to 255.
 */
export function sample(
  grey: Grey,
  toPicture: Homography,
  box: { x0: number; y0: number; x1: number; y1: number },
  rows: number,
  columns: number,
): Float32Array {
  const out = new Float32Array(rows * columns);
  const { width, height, data } = grey;
  const [a, b, c, d, e, f, g, h, i] = toPicture;
  const [dx, dy] = [(box.x1 - box.x0) / columns, (box.y1 - box.y0) / rows];
  for (let row = 0, o = 0; row < rows; row++) {
    const fy = box.y0 + (row + 0.5) * dy;
    for (let column = 0; column < columns; column++, o++) {
      const fx = box.x0 + (column + 0.5) * dx;
      // `project`, inlined: this loop runs for millions of pixels.
      const w = g * fx + h * fy + i;
      let u = (a * fx + b * fy + c) / w - 0.5;
      let v = (d * fx + e * fy + f) / w - 0.5;
      u = u < 0 ? 0 : u > width - 1.001 ? width - 1.001 : u;
      v = v < 0 ? 0 : v > height - 1.001 ? height - 1.001 : v;
      const x0 = u | 0;
      const y0 = v | 0;
      const [sx, sy] = [u - x0, v - y0];
      const at = y0 * width + x0;
      out[o] =
        (data[at] * (1 - sx) + data[at + 1] * sx) * (1 - sy) +
        (data[at + width] * (1 - sx) + data[at + width + 1] * sx) * sy;
    }
  }
  return out;
}

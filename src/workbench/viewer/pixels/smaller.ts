/**
 * An image at half its size, each pixel the mean of four, so that only about as many pixels are windowed as are
 * displayed.
 */
import type { PixelSlice } from "./fetch.ts";

/**
 * @param scale screen pixels per image pixel. @returns the smallest version at least as large as displayed, and its
 * scale.
 */
export function sizeFor(slice: PixelSlice, scale: number): { slice: PixelSlice; factor: number } {
  let [found, factor] = [slice, 1];
  const { smaller } = slice;
  if (smaller === undefined) return { slice, factor };
  for (let level = 0; scale * factor * 2 <= 1 && found.width > 64 && found.height > 64; level++) {
    smaller[level] ??= halved(found);
    found = smaller[level];
    factor *= 2;
  }
  return { slice: found, factor };
}

export function halved({ width, height, channels, data, ...rest }: PixelSlice): PixelSlice {
  const [w, h] = [width >> 1, height >> 1];
  const out = new (data.constructor as Float32ArrayConstructor)(w * h * channels) as PixelSlice["data"];
  const whole = !(data instanceof Float32Array);
  const below = width * channels;
  for (let y = 0, o = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = (2 * y * width + 2 * x) * channels;
      for (let c = 0; c < channels; c++, o++) {
        const i = at + c;
        const mean = (data[i] + data[i + channels] + data[i + below] + data[i + below + channels]) / 4;
        out[o] = whole ? Math.round(mean) : mean;
      }
    }
  }
  return { ...rest, width: w, height: h, channels, data: out };
}

/** An image for a viewer: raw values without windowing, so that the window can be changed without another request. */
import type { Image } from "../../imaging/types.ts";
import type { Part } from "../types.ts";
import { reductionOf } from "./manifest.ts";

/** Unwindowed pixel values of one slice, page or image, for a viewer. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** `[y, x, channel]`. */
  readonly data: Uint8Array | Int16Array | Float32Array;
  /** The values that `inspect` shows as 0 and 255; absent for slices, which have a window. */
  readonly range?: readonly [low: number, high: number];
  /** MONOCHROME1: low values are white. */
  readonly inverted?: boolean;
}

export const pixelsOfImage = ({ width, height, channels, data }: Image): Pixels => ({
  width,
  height,
  channels,
  data,
  range: [0, 255],
});

/** 16-bit integers if that is lossless: half the size, and the viewer can apply a window by lookup table. */
export function narrowest(values: Float32Array): Int16Array | Float32Array {
  const whole = new Int16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    whole[i] = values[i];
    if (whole[i] !== values[i]) return values;
  }
  return whole;
}

/** Averages over squares of side `by`; incomplete squares at the right and bottom edges are averaged over their existing pixels. */
export function reduced(pixels: Pixels, by: number): Pixels {
  if (by <= 1) return pixels;
  const { width, height, channels, data } = pixels;
  const [w, h] = [Math.ceil(width / by), Math.ceil(height / by)];
  const out = data instanceof Uint8Array ? new Uint8Array(w * h * channels) : new Float32Array(w * h * channels);
  // Rows are read once, in memory order: 100 megapixels in colour are 300 million values.
  const sums = new Float64Array(w * channels); // [x, channel]
  for (let y = 0; y < h; y++) {
    sums.fill(0);
    const bottom = Math.min(height, (y + 1) * by);
    for (let v = y * by; v < bottom; v++) addRow(data, v * width * channels, width, channels, by, sums);
    const rows = bottom - y * by;
    for (let x = 0, i = 0; x < w; x++) {
      const count = rows * (Math.min(width, (x + 1) * by) - x * by);
      for (let c = 0; c < channels; c++, i++) {
        const mean = sums[i] / count;
        out[y * w * channels + i] = out instanceof Uint8Array ? Math.round(mean) : mean;
      }
    }
  }
  return { ...pixels, width: w, height: h, data: out instanceof Float32Array ? narrowest(out) : out };
}

/** Adds the pixels of one row to the sums of their squares. @param from index of the row's first value. */
function addRow(
  data: Pixels["data"],
  from: number,
  width: number,
  channels: number,
  by: number,
  sums: Float64Array,
): void {
  for (let left = 0, x = 0; left < width; left += by, x += channels) {
    const end = from + Math.min(width, left + by) * channels;
    if (channels === 3) {
      let [r, g, b] = [0, 0, 0];
      for (let i = from + left * 3; i < end; i += 3) {
        r += data[i];
        g += data[i + 1];
        b += data[i + 2];
      }
      sums[x] += r;
      sums[x + 1] += g;
      sums[x + 2] += b;
    } else
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let i = from + left * channels + c; i < end; i += channels) sum += data[i];
        sums[x + c] += sum;
      }
  }
}

/** @param index slice of a volume, frame of a video or page of a document, from 0. @returns undefined for a part that has no pixels of its own, or no such slice, frame or page. */
export async function pixelsOfPart(part: Part, index: number): Promise<Pixels | undefined> {
  switch (part.kind) {
    case "image":
      return reduced(pixelsOfImage(part.image), reductionOf(part.image.width, part.image.height));
    case "video": {
      if (!(index >= 0 && index < part.video.times.length)) return undefined;
      const [frame] = await part.video.readFrames([index]);
      return pixelsOfImage(frame);
    }
    case "document": {
      const page = part.pages[index];
      return page && pixelsOfImage(page.image);
    }
    case "volume": {
      const [depth, height, width] = part.volume.shape;
      if (!(index >= 0 && index < depth)) return undefined;
      const size = width * height;
      return {
        width,
        height,
        channels: 1,
        data: narrowest(part.volume.data.slice(index * size, (index + 1) * size)),
      };
    }
    default:
      return undefined;
  }
}

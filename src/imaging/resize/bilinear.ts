/** Resizing: Pillow's antialiased bilinear filter, and the non-antialiased one with which MedSigLIP is evaluated. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../types.ts";
import { resampleChannel } from "./resample.ts";
import { triangleTaps } from "./taps.ts";

/**
 * Pillow's `Image.resize((width, height), Image.BILINEAR)`, bit-exact; does not preserve the aspect ratio by itself.
 */
export function resizeBilinear(image: Image, width: number, height: number): Image {
  const data = target(image, width, height);
  const horizontal = image.width === width ? undefined : triangleTaps(image.width, width);
  const vertical = image.height === height ? undefined : triangleTaps(image.height, height);
  for (let offset = 0; offset < image.channels; offset++) {
    const step = image.channels;
    resampleChannel({ data: image.data, offset, step }, image.width, image.height, horizontal, vertical, {
      data,
      offset,
      step,
    });
  }
  return { kind: "image", width, height, channels: image.channels, data };
}

/**
 * Bilinear interpolation of four neighbours, half-pixel centres, no antialiasing, in single precision, truncated to
 * bytes: `tf.image.resize` and a cast to uint8, which MedSigLIP's authors recommend for results comparable with theirs
 * (medsiglip quick start notebook).
 */
export function resizeBilinearPlain(image: Image, width: number, height: number): Image {
  const data = target(image, width, height);
  const { channels, data: source } = image;
  const columns = neighbours(image.width, width);
  const rows = neighbours(image.height, height);
  const f = Math.fround;
  let o = 0;
  for (let y = 0; y < height; y++) {
    const top = rows.low[y] * image.width;
    const bottom = rows.high[y] * image.width;
    const down = rows.fraction[y];
    for (let x = 0; x < width; x++) {
      const left = columns.low[x];
      const right = columns.high[x];
      const across = columns.fraction[x];
      for (let c = 0; c < channels; c++) {
        const tl = source[(top + left) * channels + c];
        const tr = source[(top + right) * channels + c];
        const bl = source[(bottom + left) * channels + c];
        const br = source[(bottom + right) * channels + c];
        const upper = f(tl + f((tr - tl) * across));
        const lower = f(bl + f((br - bl) * across));
        data[o++] = f(upper + f(f(lower - upper) * down));
      }
    }
  }
  return { kind: "image", width, height, channels, data };
}

function neighbours(inSize: number, outSize: number) {
  const low = new Int32Array(outSize);
  const high = new Int32Array(outSize);
  const fraction = new Float32Array(outSize);
  const f = Math.fround;
  const scale = f(inSize / outSize);
  for (let i = 0; i < outSize; i++) {
    const at = f(f(f(i + 0.5) * scale) - 0.5);
    const floor = Math.floor(at);
    low[i] = Math.max(0, floor);
    high[i] = Math.min(inSize - 1, floor + 1);
    fraction[i] = at - floor;
  }
  return { low, high, fraction };
}

function target(image: Image, width: number, height: number): Uint8Array {
  const whole = [image.width, image.height, width, height].every((n) => Number.isInteger(n) && n > 0);
  if (!whole) {
    throw new PolyclinicError("resize/empty", "an image needs at least one pixel", {
      expected: "positive whole widths and heights",
      found: `${image.width} x ${image.height} to ${width} x ${height}`,
    });
  }
  return new Uint8Array(width * height * image.channels);
}

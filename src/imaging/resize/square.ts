/**
 * MedGemma's image preprocessing: zero-padding to a square, then Pillow's antialiased bilinear resize to the model's
 * side (MedGemma 1 report, section 2.1.2). The image is centred; an odd row or column of padding goes after it.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../types.ts";
import { resampleFast, type SquarePlan } from "./kernel.ts";
import { type Channel, resampleChannel } from "./resample.ts";
import { scaleToBytes } from "./scale.ts";
import { triangleTaps } from "./taps.ts";

/** Position of an image in its padded square, and the mapping of the square to the model's pixels. */
export interface SquareFit {
  /** Side of the padded square, in source pixels. */
  readonly side: number;
  readonly padLeft: number;
  readonly padTop: number;
  /** Side of the model's image. */
  readonly size: number;
}

export function squareFit(width: number, height: number, size: number): SquareFit {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 && size > 0)) {
    throw new PolyclinicError("resize/empty", "an image needs at least one pixel", {
      expected: "positive whole width, height and size",
      found: `${width} x ${height} to ${size}`,
    });
  }
  const side = Math.max(width, height);
  return { side, padLeft: Math.floor((side - width) / 2), padTop: Math.floor((side - height) / 2), size };
}

/**
 * Maps a point of the model's image (pixels, continuous, top-left origin) to source pixels; may lie in the padding,
 * outside the source.
 */
export function toSource(fit: SquareFit, x: number, y: number): [x: number, y: number] {
  const scale = fit.side / fit.size;
  return [x * scale - fit.padLeft, y * scale - fit.padTop];
}

/** The inverse of `toSource`. */
export function fromSource(fit: SquareFit, x: number, y: number): [x: number, y: number] {
  const scale = fit.size / fit.side;
  return [(x + fit.padLeft) * scale, (y + fit.padTop) * scale];
}

/** A range of values that is mapped to 0 to 255. */
export type ValueRange = readonly [low: number, high: number];

/** Resizes images of one size to squares; the taps are computed once and used for every slice. */
export class SquareResizer {
  readonly fit: SquareFit;
  private readonly plan: SquarePlan;

  constructor(width: number, height: number, size: number) {
    this.fit = squareFit(width, height, size);
    const { side, padLeft, padTop } = this.fit;
    const same = side === size;
    this.plan = {
      width,
      height,
      size,
      horizontal: same && width === size ? undefined : triangleTaps(side, size, { before: padLeft, length: width }),
      vertical: same && height === size ? undefined : triangleTaps(side, size, { before: padTop, length: height }),
    };
  }

  /**
   * A `[height, width]` slice of floats to `[size, size, 3]`, scaled and resized in one step: one range gives grey,
   * three give red, green and blue.
   */
  values(values: Float32Array, ranges: readonly [ValueRange] | readonly [ValueRange, ValueRange, ValueRange]): Image {
    const fast = resampleFast(this.plan, { values, ranges });
    if (fast) return this.toImage(fast);
    return this.plain(ranges.map((range) => ({ data: scaleToBytes(values, range), offset: 0, step: 1 })));
  }

  /**
   * An interleaved image to `[size, size, 3]`: grey is repeated, alpha is dropped (as in Google's published container).
   */
  image(image: Image): Image {
    const { data, channels: step } = image;
    const fast = resampleFast(this.plan, { bytes: data, step });
    if (fast) return this.toImage(fast);
    return this.plain((step === 1 ? [0] : [0, 1, 2]).map((offset) => ({ data, offset, step })));
  }

  private plain(channels: readonly Channel[]): Image {
    const { width, height, size, horizontal, vertical } = this.plan;
    const data = new Uint8Array(size * size * 3);
    channels.forEach((channel, offset) => {
      resampleChannel(channel, width, height, horizontal, vertical, { data, offset, step: 3 });
    });
    if (channels.length === 1) for (let i = 0; i < data.length; i += 3) data[i + 1] = data[i + 2] = data[i];
    return this.toImage(data);
  }

  private toImage(data: Uint8Array): Image {
    return { kind: "image", width: this.plan.size, height: this.plan.size, channels: 3, data };
  }
}

/**
 * Zero-pads to a square and resizes, in one step.
 *
 * @param image grey, RGB or RGBA (alpha is dropped).
 * @param size the model's side in pixels: 896 for MedGemma.
 * @returns `[size, size, 3]`.
 */
export function resizeToSquare(image: Image, size: number): Image {
  return new SquareResizer(image.width, image.height, size).image(image);
}

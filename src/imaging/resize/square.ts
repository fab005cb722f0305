/**
 * How MedGemma was shown every image: zero-padded to a square, then Pillow's antialiased bilinear to the model's side (MedGemma 1
 * report, section 2.1.2). The square keeps the image in its middle; an odd row or column of padding goes after it.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../types.ts";
import { type Channel, resampleChannel } from "./resample.ts";
import { type Taps, triangleTaps } from "./taps.ts";

/** Where an image lies in its padded square, and how the square maps to the model's pixels. */
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

/** A point of the model's image (pixels, continuous, top-left origin) in source pixels; may lie outside the source, in the padding. */
export function toSource(fit: SquareFit, x: number, y: number): [x: number, y: number] {
  const scale = fit.side / fit.size;
  return [x * scale - fit.padLeft, y * scale - fit.padTop];
}

/** The inverse of `toSource`. */
export function fromSource(fit: SquareFit, x: number, y: number): [x: number, y: number] {
  const scale = fit.size / fit.side;
  return [(x + fit.padLeft) * scale, (y + fit.padTop) * scale];
}

/** Fits channels of one width and height into squares; the taps are computed once and used for every channel and slice. */
export class SquareResizer {
  readonly fit: SquareFit;
  private readonly horizontal: Taps | undefined;
  private readonly vertical: Taps | undefined;

  constructor(
    private readonly width: number,
    private readonly height: number,
    size: number,
  ) {
    this.fit = squareFit(width, height, size);
    const { side, padLeft, padTop } = this.fit;
    this.horizontal =
      width === size && side === size ? undefined : triangleTaps(side, size, { before: padLeft, length: width });
    this.vertical =
      height === size && side === size ? undefined : triangleTaps(side, size, { before: padTop, length: height });
  }

  /** @param target `[size, size]`, written whole. */
  channel(source: Channel, target: Channel): void {
    resampleChannel(source, this.width, this.height, this.horizontal, this.vertical, target);
  }

  /** A grey `[height, width]` plane to a `[size, size, 3]` image with equal channels. */
  grey(plane: Uint8Array): Image {
    const { size } = this.fit;
    const data = new Uint8Array(size * size * 3);
    this.channel({ data: plane, offset: 0, step: 1 }, { data, offset: 0, step: 3 });
    for (let i = 0; i < data.length; i += 3) data[i + 1] = data[i + 2] = data[i];
    return { kind: "image", width: size, height: size, channels: 3, data };
  }

  /** Three `[height, width]` planes to a `[size, size, 3]` image. */
  planes(planes: readonly [Uint8Array, Uint8Array, Uint8Array]): Image {
    const { size } = this.fit;
    const data = new Uint8Array(size * size * 3);
    for (let c = 0; c < 3; c++) this.channel({ data: planes[c], offset: 0, step: 1 }, { data, offset: c, step: 3 });
    return { kind: "image", width: size, height: size, channels: 3, data };
  }

  /** An interleaved image to `[size, size, 3]`: grey is repeated, alpha is dropped (the published container does the same). */
  image(image: Image): Image {
    if (image.channels === 1) return this.grey(image.data);
    const { size } = this.fit;
    const data = new Uint8Array(size * size * 3);
    for (let c = 0; c < 3; c++) {
      this.channel({ data: image.data, offset: c, step: image.channels }, { data, offset: c, step: 3 });
    }
    return { kind: "image", width: size, height: size, channels: 3, data };
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

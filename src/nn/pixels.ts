/** An image as the input of a vision tower: planar floats, scaled as the checkpoint's preprocessor states. */
import { PolyclinicError } from "../base/errors.ts";
import type { Image } from "../imaging/types.ts";

/** How 8-bit pixels become the vision tower's input (`preprocessor_config.json`). */
export interface PixelScaling {
  /** Side of the square image, pixels. */
  readonly imageSize: number;
  /** Per channel; input = (pixel * rescaleFactor - mean) / std. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly rescaleFactor: number;
}

/** Throws unless the image is `imageSize` squared, grey or RGB; alpha is refused because the background colour is unknown. */
export function requirePixels({ width, height, channels, data }: Image, imageSize: number, where = "image"): void {
  if (width !== imageSize || height !== imageSize) {
    throw new PolyclinicError("model/image-size", "does not have the image size of the model", {
      where,
      expected: `${imageSize}x${imageSize}`,
      found: `${width}x${height}`,
      hint: "Prepare it with a view of study/views, which pads and resizes images as in training.",
    });
  }
  if (channels === 4 || data.length !== width * height * channels) {
    throw new PolyclinicError("model/image-channels", "is not a grey or RGB image", {
      where,
      expected: "1 or 3 channels and width * height * channels bytes",
      found: `${channels} channels, ${data.length} bytes`,
    });
  }
}

/** `[3, side, side]`; grey becomes three equal channels. */
export function imagePixels(image: Image, scaling: PixelScaling): Float32Array<ArrayBuffer> {
  const out = new Float32Array(3 * scaling.imageSize ** 2);
  writePixels(image, scaling, out, 0);
  return out;
}

/** The same, written into a batch: 3 * side * side numbers from offset `at`. */
export function writePixels(
  image: Image,
  { imageSize, mean, std, rescaleFactor }: PixelScaling,
  out: Float32Array,
  at: number,
): void {
  requirePixels(image, imageSize);
  const { width, height, channels, data } = image;
  const area = width * height;
  for (let c = 0; c < 3; c++) {
    const table = Float32Array.from({ length: 256 }, (_, v) => (v * rescaleFactor - mean[c]) / std[c]);
    const from = channels === 1 ? 0 : c;
    for (let i = 0; i < area; i++) out[at + c * area + i] = table[data[i * channels + from]];
  }
}

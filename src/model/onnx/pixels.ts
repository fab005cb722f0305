/** An image of the right size as the vision tower reads it. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../../imaging/types.ts";

export interface PixelScaling {
  readonly imageSize: number;
  /** Input = (pixel * rescaleFactor - mean) / std. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly rescaleFactor: number;
}

/** `[3, side, side]`. Grey becomes three equal channels; alpha is refused, because what lies under it is unknown. */
export function imagePixels(
  image: Image,
  { imageSize, mean, std, rescaleFactor }: PixelScaling,
): Float32Array<ArrayBuffer> {
  const { width, height, channels, data } = image;
  if (width !== imageSize || height !== imageSize) {
    throw new PolyclinicError("model/image-size", "is not of the size the model was trained on", {
      where: "image",
      expected: `${imageSize}x${imageSize}`,
      found: `${width}x${height}`,
      hint: "Lay it out with a view of study/views, which pads and resizes as the model was trained.",
    });
  }
  if (channels === 4 || data.length !== width * height * channels) {
    throw new PolyclinicError("model/image-channels", "is not a grey or RGB image", {
      where: "image",
      expected: "1 or 3 channels and width * height * channels bytes",
      found: `${channels} channels, ${data.length} bytes`,
    });
  }
  const area = width * height;
  const out = new Float32Array(3 * area);
  for (let c = 0; c < 3; c++) {
    const table = Float32Array.from({ length: 256 }, (_, v) => (v * rescaleFactor - mean[c]) / std[c]);
    const from = channels === 1 ? 0 : c;
    for (let i = 0; i < area; i++) out[c * area + i] = table[data[i * channels + from]];
  }
  return out;
}

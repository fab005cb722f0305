/**
 * Pan and scan of Gemma 3, for checkpoints whose preprocessor asks for it (MedGemma's does not): the whole image, resized to the model's square
 * without padding, and crops of an elongated image, each resized likewise. As in transformers (Gemma3ImageProcessor): two to four crops side by
 * side along the longer side, by the aspect ratio rounded half up. The words around them are written where the prompt is tokenised
 * (`text/prompt.ts`).
 */
import type { PanAndScan } from "../../checkpoint/config/preprocessor-config.ts";
import { resizeBilinear } from "../../imaging/resize/index.ts";
import { rgb } from "../../imaging/rgb.ts";
import type { Image } from "../../imaging/types.ts";
import type { ModelLimits } from "../../model/contract.ts";
import type { Box, ImageItem, ImagePart, View } from "../types.ts";
import { imageSizeOf } from "./limits.ts";

/** The crops of an image, in source pixels, left to right or top to bottom; none for an image that is nearly square or too small. */
export function panAndScanCrops(width: number, height: number, { minCropSize, maxCrops, minRatio }: PanAndScan): Box[] {
  const [long, short] = width >= height ? [width, height] : [height, width];
  if (long / short < minRatio) return [];
  const wished = Math.min(Math.floor(long / minCropSize), Math.floor(long / short + 0.5));
  const count = Math.min(maxCrops, Math.max(2, wished));
  const step = Math.ceil(long / count);
  if (Math.min(step, short) < minCropSize) return [];
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [i * step, Math.min((i + 1) * step, long)];
    return width >= height ? { x0: from, y0: 0, x1: to, y1: height } : { x0: 0, y0: from, x1: width, y1: to };
  });
}

/**
 * The whole image and its crops, in prompt order.
 *
 * @param index index of the part in its study.
 * @param maxImages if the crops do not fit, the whole image is shown alone and `leftOut` says so.
 */
export function panAndScanView(
  { image, label }: Pick<ImagePart, "image" | "label">,
  limits: ModelLimits,
  settings: PanAndScan,
  { index = 0, maxImages = Number.POSITIVE_INFINITY }: { index?: number; maxImages?: number } = {},
): View {
  const size = imageSizeOf(limits);
  const source = rgb(image);
  const crops = panAndScanCrops(image.width, image.height, settings);
  const shown = crops.length < maxImages ? crops : [];
  const whole = { x0: 0, y0: 0, x1: image.width, y1: image.height };
  return {
    recipe: "pan-and-scan",
    items: [
      squeezed(source, whole, size, index),
      ...shown.map((box) => ({ ...squeezed(source, box, size, index), crop: true })),
    ],
    leftOut:
      shown.length < crops.length ? [`${label}: its ${crops.length} crops, which do not fit into the context`] : [],
  };
}

/** A region resized to the square, whatever its shape. */
function squeezed(image: Image, { x0, y0, x1, y1 }: Box, size: number, part: number): ImageItem {
  const [width, height] = [x1 - x0, y1 - y0];
  return {
    kind: "image",
    image: resizeBilinear(cut(image, x0, y0, width, height), size, size),
    part,
    toSource: (x, y) => [x0 + (x * width) / size, y0 + (y * height) / size],
  };
}

function cut(image: Image, left: number, top: number, width: number, height: number): Image {
  if (width === image.width && height === image.height) return image;
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * channels;
    data.set(image.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { ...image, width, height, data };
}

/**
 * MedGemma's preprocessing of one image: zero-padded to a square, then resized to the model's side with antialiased
 * bilinear interpolation, whatever its shape (MedGemma 1 report, section 2.1.2; 1.5 keeps the encoder frozen, 1.5
 * report, section 2.1). Used for radiographs, photographs, fundus and skin images, single slices and patches. Boxes in
 * the model's answers are relative to the padded square; `toSource` maps them back.
 */

import { resizeToSquare, squareFit, toSource } from "../../imaging/resize/index.ts";
import type { Image } from "../../imaging/types.ts";
import type { ModelLimits } from "../../model/contract.ts";
import type { ImageItem, ImagePart, Part, View } from "../types.ts";
import { imageSizeOf } from "./limits.ts";
import { panAndScanCrops, panAndScanView } from "./pan-and-scan.ts";
import type { Recipe } from "./recipe.ts";

/**
 * @param part index of the part in the study.
 * @param index page or slice of the part, if it has several.
 */
export function squareViewImage(image: Image, size: number, part: number, index?: number, label?: string): ImageItem {
  const fit = squareFit(image.width, image.height, size);
  return {
    kind: "image",
    image: resizeToSquare(image, size),
    part,
    ...(index !== undefined && { index }),
    ...(label !== undefined && { label }),
    toSource: (x, y) => toSource(fit, x, y),
  };
}

/**
 * For a checkpoint that asks for pan and scan, the whole image and its crops.
 *
 * @param index index of the part in its study.
 * @param maxImages the crops are left out, and said to be, where fewer images fit.
 */
export function image2dView(
  part: Pick<ImagePart, "image" | "label">,
  limits: ModelLimits,
  { index = 0, maxImages = Number.POSITIVE_INFINITY }: { index?: number; maxImages?: number } = {},
): View {
  if (limits.panAndScan !== undefined) return panAndScanView(part, limits, limits.panAndScan, { index, maxImages });
  return { recipe: "image-2d", items: [squareViewImage(part.image, imageSizeOf(limits), index)], leftOut: [] };
}

function imagesOfPart({ image: { width, height } }: ImagePart, { panAndScan }: ModelLimits): number {
  return panAndScan === undefined ? 1 : 1 + panAndScanCrops(width, height, panAndScan).length;
}

export const image2dRecipe: Recipe<ImagePart> = {
  accepts: (part: Part): part is ImagePart => part.kind === "image",
  first: true,
  demand: ([part], _, limits) => ({ images: imagesOfPart(part, limits) }),
  lay: ([{ part, index }], { images }, limits) => image2dView(part, limits, { index, maxImages: images }),
};

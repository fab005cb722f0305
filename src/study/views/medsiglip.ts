/**
 * MedSigLIP's preprocessing of one image as its authors evaluated it: resized to the model's square (448) ignoring the
 * aspect ratio, bilinear without antialiasing. The pixels differ from the 2D view's, so embeddings of the two are not
 * comparable (MedSigLIP quick start notebook; the published server pads first, the Hugging Face processor antialiases:
 * this is the recipe behind the published results).
 */

import { resizeBilinearPlain } from "../../imaging/resize/index.ts";
import { rgb } from "../../imaging/rgb.ts";
import type { ModelLimits } from "../../model/contract.ts";
import type { ImagePart, Part, View } from "../types.ts";
import { imageSizeOf } from "./limits.ts";
import type { Recipe, ViewOptions } from "./recipe.ts";

/** @param index index of the part in its study. */
export function medsiglipView(part: ImagePart, limits: ModelLimits, { index = 0 }: { index?: number } = {}): View {
  const size = imageSizeOf(limits);
  const { image } = part;
  return {
    recipe: "medsiglip",
    items: [
      {
        kind: "image",
        image: resizeBilinearPlain(rgb(image), size, size),
        part: index,
        toSource: (x, y) => [(x * image.width) / size, (y * image.height) / size],
      },
    ],
    leftOut: [],
  };
}

export const medsiglipRecipe: Recipe<ImagePart> = {
  accepts: (part: Part, { medsiglip }: ViewOptions): part is ImagePart => part.kind === "image" && medsiglip === true,
  first: true,
  demand: () => ({ images: 1 }),
  lay: ([{ part, index }], _, limits) => medsiglipView(part, limits, { index }),
};

/**
 * Two films of one patient, the prior first, no labels between (MedGemma 1.5 longitudinal notebook; evaluation
 * MS-CXR-T, 1.5 report, section 3.2.3). Each is laid out as a 2D view.
 */

import { PolyclinicError } from "../../base/errors.ts";
import type { ModelLimits } from "../../model/contract.ts";
import type { ImagePart, View } from "../types.ts";
import { squareViewImage } from "./image-2d.ts";
import { imageBudget, imageSizeOf } from "./limits.ts";

/** A 2D part with its index in the study. */
export interface PlacedImage {
  readonly part: ImagePart;
  /** Index of the part in its study. */
  readonly index: number;
}

/** @throws `view/no-room` when two images do not fit. */
export function longitudinalView(prior: PlacedImage, current: PlacedImage, limits: ModelLimits): View {
  if (imageBudget(limits, false) < 2) {
    throw new PolyclinicError("view/no-room", "two images do not fit into the model's context", {
      expected: `${2 * limits.tokensPerImage} tokens for images`,
      found: `a context of ${limits.contextTokens} tokens`,
      hint: "Choose a model with a longer context.",
    });
  }
  const size = imageSizeOf(limits);
  return {
    recipe: "longitudinal-pair",
    items: [prior, current].map(({ part, index }) => squareViewImage(part.image, size, index)),
    leftOut: [],
  };
}

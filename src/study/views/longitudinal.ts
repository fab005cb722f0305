/**
 * Two films of one patient, the prior first, no labels between (MedGemma 1.5 longitudinal notebook; evaluation
 * MS-CXR-T, 1.5 report, section 3.2.3). Each is laid out as a 2D view.
 */

import { PolyclinicError } from "../../base/errors.ts";
import type { ModelLimits } from "../../model/contract.ts";
import type { ImagePart, View } from "../types.ts";
import { image2dView } from "./image-2d.ts";
import { imageBudget } from "./limits.ts";

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
  const room = imageBudget(limits, false);
  // The current image's crops come before the prior's.
  const later = image2dView(current.part, limits, { index: current.index, maxImages: room - 1 });
  const earlier = image2dView(prior.part, limits, { index: prior.index, maxImages: room - later.items.length });
  return {
    recipe: "longitudinal-pair",
    items: [...earlier.items, ...later.items],
    leftOut: [...earlier.leftOut, ...later.leftOut],
  };
}

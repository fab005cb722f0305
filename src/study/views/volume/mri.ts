/**
 * MRI as in MedGemma 1.5's training: each volume's minimum is black and its maximum white, equal in all three channels,
 * no window, at most 85 slices, each followed by `SLICE n` (MedGemma 1.5 report, section 2.3.1). Several sequences are
 * stacked, and each is scaled by its own range, because their units are unrelated.
 */
import type { ModelLimits } from "../../../model/contract.ts";
import type { Part, View, VolumePart } from "../../types.ts";
import type { Recipe } from "../recipe.ts";
import { sliceRenderer } from "./slice-job.ts";
import { canCutAxially, type Plane } from "./slices.ts";
import { maxSlices, type PlacedVolume, planStack, type StackOptions, type StackPlan } from "./volume-stack.ts";
import { rangeOrWhite } from "./windows.ts";

export function planMri(volumes: readonly PlacedVolume[], limits: ModelLimits, options: StackOptions = {}): StackPlan {
  return planStack("mri-1.5", volumes, limits, options, (part) => [rangeOrWhite(part.volume.data)], planeFor);
}

/** Lays out MR volumes, each scaled from its own minimum to its maximum; see the top of this file. */
export function mriView(volumes: readonly PlacedVolume[], limits: ModelLimits, options: StackOptions = {}): View {
  const plan = planMri(volumes, limits, options);
  return plan.finish(plan.jobs.map(sliceRenderer()));
}

/**
 * Nearly isotropic volumes are shown in axial slices, like the training volumes; thick stacks and thin slabs stay as
 * acquired.
 */
function planeFor({ volume }: VolumePart): Plane {
  return canCutAxially(volume, 2) ? "axial" : "as-acquired";
}

/** Every volume that is not in HU. */
export const mriRecipe: Recipe<VolumePart> = {
  accepts: (part: Part): part is VolumePart => part.kind === "volume" && part.volume.unit !== "HU",
  stacks: true,
  demand: (_, options) => ({ images: options.maxSlices ?? maxSlices }),
  lay: (volumes, { images }, limits, options) => mriView(volumes, limits, { ...options, maxSlices: images }),
};

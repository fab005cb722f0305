/**
 * CT as in MedGemma's training: Hounsfield units through three windows into red, green and blue, axial slices, at most
 * 85, equidistant, each followed by `SLICE n` (MedGemma 1.5 report, section 2.3.1; the windows of version 1 are an
 * option).
 */

import { PolyclinicError } from "../../../base/errors.ts";
import type { ModelLimits } from "../../../model/contract.ts";
import type { Part, View, VolumePart } from "../../types.ts";
import type { Recipe } from "../recipe.ts";
import { sliceRenderer } from "./slice-job.ts";
import { canCutAxially } from "./slices.ts";
import { maxSlices, type PlacedVolume, planStack, type StackOptions, type StackPlan } from "./volume-stack.ts";
import { ctWindows } from "./windows.ts";

/** Windows and slice options in views of CT volumes. */
export interface CtOptions extends StackOptions {
  /** Windows of which model generation. Default `1.5`. */
  windows?: keyof typeof ctWindows;
}

/** @throws `view/no-hounsfield` for a volume whose values are not HU. */
export function planCt(volumes: readonly PlacedVolume[], limits: ModelLimits, options: CtOptions = {}): StackPlan {
  for (const { part } of volumes) {
    if (part.volume.unit === "HU") continue;
    throw new PolyclinicError("view/no-hounsfield", "CT windows need Hounsfield units", {
      where: part.label,
      expected: "a volume in HU",
      found: `unit ${part.volume.unit}`,
      hint: "The file has no rescale to HU: present it as MR, which scales by minimum and maximum (--modality MR).",
    });
  }
  const generation = options.windows ?? "1.5";
  return planStack(
    `ct-${generation}`,
    volumes,
    limits,
    options,
    () => ctWindows[generation],
    // Training used only axial slices; a single sagittal slice cannot be reformatted to them.
    ({ volume }) => (canCutAxially(volume, 8) ? "axial" : "as-acquired"),
  );
}

/**
 * Lays out CT volumes; see the top of this file.
 *
 * @throws PolyclinicError `view/no-hounsfield` for a volume whose values are not HU.
 */
export function ctView(volumes: readonly PlacedVolume[], limits: ModelLimits, options: CtOptions = {}): View {
  const plan = planCt(volumes, limits, options);
  return plan.finish(plan.jobs.map(sliceRenderer()));
}

export const ctRecipe: Recipe<VolumePart> = {
  accepts: (part: Part): part is VolumePart => part.kind === "volume" && part.volume.unit === "HU",
  stacks: true,
  demand: (_, options) => ({ images: options.maxSlices ?? maxSlices }),
  lay: (volumes, { images }, limits, options) => ctView(volumes, limits, { ...options, maxSlices: images }),
};

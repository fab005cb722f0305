/** All recipes; the first one that accepts a part lays it out. */
import { documentRecipe } from "./document.ts";
import { image2dRecipe } from "./image-2d.ts";
import { medsiglipRecipe } from "./medsiglip.ts";
import type { Recipe } from "./recipe.ts";
import { recordRecipe } from "./record.ts";
import { slideRecipe } from "./slide/slide.ts";
import { textRecipe } from "./text.ts";
import { videoRecipe } from "./video.ts";
import { ctRecipe } from "./volume/ct.ts";
import { mriRecipe } from "./volume/mri.ts";
import { waveformRecipe } from "./waveform.ts";

export const recipes: readonly Recipe[] = [
  medsiglipRecipe,
  image2dRecipe,
  ctRecipe,
  mriRecipe,
  slideRecipe,
  videoRecipe,
  documentRecipe,
  textRecipe,
  recordRecipe,
  waveformRecipe,
];

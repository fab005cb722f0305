/** Views of a study's parts as in a model's training. Pure and independent of Node, so they run in a browser. */
export { type DocumentOptions, documentView } from "./document.ts";
export { image2dView, squareViewImage } from "./image-2d.ts";
export { imagesOf, textsOf } from "./items.ts";
export { imageBudget, textTokens } from "./limits.ts";
export { longitudinalView, type PlacedImage } from "./longitudinal.ts";
export { medsiglipView } from "./medsiglip.ts";
export type { Recipe, ViewOptions } from "./recipe.ts";
export { recordView } from "./record.ts";
export { type SlideOptions, slideView } from "./slide/slide.ts";
export { textView } from "./text.ts";
export { viewOf } from "./view-of.ts";
export { type CtOptions, ctView } from "./volume/ct.ts";
export { mriView } from "./volume/mri.ts";
export { type Sampling, sliceIndices } from "./volume/sampling.ts";
export { type SliceJob, sliceRenderer } from "./volume/slice-job.ts";
export type { Plane } from "./volume/slices.ts";
export type { PlacedVolume, StackOptions } from "./volume/volume-stack.ts";
export { ctWindows, windowByte } from "./volume/windows.ts";

/** Parts of a study as a model was trained to see them. Pure, and free of Node: they run in a browser. */

export { type CtOptions, ctView } from "./ct.ts";
export { type DocumentOptions, documentView } from "./document.ts";
export { image2dView, squareViewImage } from "./image-2d.ts";
export { imageBudget, type ViewLimits } from "./limits.ts";
export { longitudinalView, type PlacedImage } from "./longitudinal.ts";
export { medsiglipView } from "./medsiglip.ts";
export { mriView } from "./mri.ts";
export { type Sampling, sliceIndices } from "./sampling.ts";
export { type SliceJob, sliceRenderer } from "./slice-job.ts";
export type { Plane } from "./slices.ts";
export { type SlideOptions, slideView } from "./slide.ts";
export { type ViewOptions, viewOf } from "./view-of.ts";
export type { PlacedVolume, StackOptions } from "./volume-stack.ts";
export { ctWindows, windowByte } from "./windows.ts";

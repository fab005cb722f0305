/** NIfTI-1 and NIfTI-2 volumes. Runs anywhere: no Node, no native code. */
export { type NiftiOptions, type NiftiResult, readNifti } from "./read.ts";

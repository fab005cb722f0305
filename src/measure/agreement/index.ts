export * from "./icc.ts";
export * from "./kappa.ts";
export * from "./krippendorff.ts";

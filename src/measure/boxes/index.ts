export * from "./average-precision.ts";
export * from "./overlap.ts";

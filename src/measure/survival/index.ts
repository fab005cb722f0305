export * from "./concordance.ts";
export * from "./explained.ts";

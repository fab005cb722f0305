export * from "./bleu.ts";
export * from "./chrf.ts";
export * from "./cider.ts";
export * from "./edit-distance.ts";
export * from "./match.ts";
export * from "./meteor.ts";
export { porterStem } from "./porter.ts";
export * from "./rouge.ts";
export type { PrecisionRecallF } from "./tokens.ts";

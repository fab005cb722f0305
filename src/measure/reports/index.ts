export * from "./chexbert.ts";
export * from "./green.ts";

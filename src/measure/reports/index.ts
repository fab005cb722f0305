export * from "./chexbert.ts";
export * from "./green.ts";
export * from "./radgraph.ts";

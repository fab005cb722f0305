export * from "./bootstrap.ts";
export * from "./proportion.ts";
export * from "./roc-band.ts";
export * from "./statistic.ts";

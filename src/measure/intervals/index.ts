export * from "./bootstrap.ts";
export * from "./proportion.ts";
export * from "./statistic.ts";

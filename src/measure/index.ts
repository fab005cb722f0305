/** Metrics, intervals, agreement and tests: pure functions of numbers, labels and texts. `docs/metrics.md` lists each with its variant's name and reference. */
export * from "./agreement/index.ts";
export * from "./boxes/index.ts";
export { type CatalogueEntry, catalogue } from "./catalogue.ts";
export * from "./classification/index.ts";
export { ifDefined } from "./input.ts";
export * from "./intervals/index.ts";
export * from "./regression/index.ts";
export * from "./reports/index.ts";
export * from "./selective/index.ts";
/** Special functions and distributions behind the tests: beta, gamma, normal, t, F, chi-square. */
export * as special from "./special/index.ts";
export { mean, median, quantile, variance } from "./summary.ts";
export * from "./survival/index.ts";
export * from "./tests/index.ts";
export * from "./text/index.ts";

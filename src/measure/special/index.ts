/** Special functions and the distributions built on them. */
export { binomialProbability, incompleteBeta, inverseIncompleteBeta } from "./beta.ts";
export * from "./distributions.ts";
export { incompleteGamma, logGamma } from "./gamma.ts";

/** Tails and quantiles of the normal, t, chi-square, F, binomial and hypergeometric distributions. */
import { invalidInput } from "../input.ts";
import { binomialProbability, incompleteBeta, inverseIncompleteBeta } from "./beta.ts";
import { incompleteGamma } from "./gamma.ts";

/** P(Z > z) of the standard normal distribution, with full relative precision far in the tail. */
export function normalUpper(z: number): number {
  const tail = incompleteGamma(0.5, (z * z) / 2);
  return z >= 0 ? tail.upper / 2 : 0.5 + tail.lower / 2;
}

/** P(Z <= z) of the standard normal distribution. */
export const normalLower = (z: number): number => normalUpper(-z);

export const normalDensity = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** The z with P(Z <= z) = p, 0 <= p <= 1 (-Infinity and Infinity at the ends). */
export function normalQuantile(p: number): number {
  requireProbability("normal quantile", p);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  if (p > 0.5) return -normalQuantile(1 - p);
  // Abramowitz and Stegun 26.2.23, then Halley's steps on the relative error of the tail.
  const t = Math.sqrt(-2 * Math.log(p));
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let i = 0; i < 4; i++) {
    const step = (normalUpper(z) - p) / normalDensity(z);
    z += step / (1 - (z * step) / 2);
  }
  return -z;
}

/** P(T > t) of Student's t distribution with `df` > 0 degrees of freedom. */
export function tUpper(t: number, df: number): number {
  const square = t * t;
  const half = incompleteBeta(df / 2, 0.5, df / (df + square), square / (df + square));
  return t >= 0 ? half.lower / 2 : 0.5 + half.upper / 2;
}

/** The t with P(T <= t) = p. */
export function tQuantile(p: number, df: number): number {
  requireProbability("t quantile", p);
  if (p === 0.5) return 0;
  if (p > 0.5) return -tQuantile(1 - p, df);
  const { x, y } = inverseIncompleteBeta(df / 2, 0.5, 2 * p);
  return -Math.sqrt((df * y) / x);
}

/** P(X > x) of the chi-square distribution. */
export const chiSquareUpper = (x: number, df: number): number => incompleteGamma(df / 2, x / 2).upper;

/** P(X > f) of the F distribution with d1 and d2 degrees of freedom. */
export function fUpper(f: number, d1: number, d2: number): number {
  if (f <= 0) return 1;
  return incompleteBeta(d2 / 2, d1 / 2, d2 / (d2 + d1 * f), (d1 * f) / (d2 + d1 * f)).lower;
}

/** The f with P(X <= f) = p. */
export function fQuantile(p: number, d1: number, d2: number): number {
  requireProbability("F quantile", p);
  const { x, y } = inverseIncompleteBeta(d1 / 2, d2 / 2, p);
  return (d2 * x) / (d1 * y);
}

/** The x with P(X <= x) = p of the beta distribution. */
export function betaQuantile(p: number, a: number, b: number): number {
  requireProbability("beta quantile", p);
  return inverseIncompleteBeta(a, b, p).x;
}

/** P(K <= k) of the binomial distribution. */
export function binomialLower(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return incompleteBeta(n - k, k + 1, 1 - p, p).lower;
}

/** P(K >= k) of the binomial distribution. */
export function binomialUpper(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return incompleteBeta(k, n - k + 1, p).lower;
}

/** Probability of `k` marked among `drawn` from `marked` marked and `plain` plain ones, without replacement. */
export function hypergeometricProbability(k: number, marked: number, plain: number, drawn: number): number {
  if (k < 0 || k > marked || drawn - k < 0 || drawn - k > plain) return 0;
  if (drawn === 0 || drawn === marked + plain) return 1;
  const p = drawn / (marked + plain);
  const q = (marked + plain - drawn) / (marked + plain);
  return (
    (binomialProbability(k, marked, p, q) * binomialProbability(drawn - k, plain, p, q)) /
    binomialProbability(drawn, marked + plain, p, q)
  );
}

function requireProbability(measure: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw invalidInput(measure, "the probability is out of range", "0 to 1", String(p));
}

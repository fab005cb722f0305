/** The incomplete beta integral, its inverse, and the binomial probability it is built on (Loader 2000). */
import { deviance, nonZero, stirlingError } from "./gamma.ts";

/**
 * Binomial probability n! / (k! (n-k)!) p^k q^(n-k), also for real k and n (Loader's saddle-point form).
 *
 * @param q 1 - p, given separately so that it keeps its digits.
 */
export function binomialProbability(k: number, n: number, p: number, q = 1 - p): number {
  if (k < 0 || k > n) return 0;
  if (p === 0) return k === 0 ? 1 : 0;
  if (q === 0) return k === n ? 1 : 0;
  if (k === 0) return n === 0 ? 1 : Math.exp(n * (p < 0.1 ? Math.log1p(-p) : Math.log(q)));
  if (k === n) return Math.exp(n * (q < 0.1 ? Math.log1p(-q) : Math.log(p)));
  const log = stirlingError(n) - stirlingError(k) - stirlingError(n - k) - deviance(k, n * p) - deviance(n - k, n * q);
  return Math.exp(log) * Math.sqrt(n / (2 * Math.PI * k * (n - k)));
}

/**
 * The regularised incomplete beta integrals of a, b > 0 at x in [0, 1]: `lower` I_x(a, b) and `upper` 1 - I_x. The smaller one is computed
 * directly. Continued fraction by Lentz' algorithm (DLMF 8.17.22).
 *
 * @param y 1 - x, given separately so that it keeps its digits.
 */
export function incompleteBeta(a: number, b: number, x: number, y = 1 - x): { lower: number; upper: number } {
  if (x <= 0) return { lower: 0, upper: 1 };
  if (y <= 0) return { lower: 1, upper: 0 };
  // x^a y^b / B(a, b)
  const prefactor = ((a * b) / (a + b)) * binomialProbability(a, a + b, x, y);
  if (x < (a + 1) / (a + b + 2)) {
    const lower = Math.min(1, (prefactor * fraction(a, b, x)) / a);
    return { lower, upper: 1 - lower };
  }
  const upper = Math.min(1, (prefactor * fraction(b, a, y)) / b);
  return { lower: 1 - upper, upper };
}

function fraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    const factor = d * c;
    h *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return h;
}

/** The x at which I_x(a, b) equals p: Newton's steps held inside a shrinking bracket. `y` is 1 - x. */
export function inverseIncompleteBeta(a: number, b: number, p: number): { x: number; y: number } {
  if (p <= 0) return { x: 0, y: 1 };
  if (p >= 1) return { x: 1, y: 0 };
  // Solve for the smaller of x and 1 - x, so that it keeps its digits near 0.
  if (incompleteBeta(a, b, 0.5).lower < p) {
    const y = solve(
      b,
      a,
      (value) => 1 - p - incompleteBeta(b, a, value).lower,
      (value) => incompleteBeta(b, a, value).upper - p,
    );
    return { x: 1 - y, y };
  }
  const x = solve(
    a,
    b,
    (value) => p - incompleteBeta(a, b, value).lower,
    (value) => incompleteBeta(a, b, value).upper - (1 - p),
  );
  return { x, y: 1 - x };
}

/** Finds the root in (0, 0.5]; `low` is exact where the lower tail is small, `high` where the upper tail is. */
function solve(a: number, b: number, low: (x: number) => number, high: (x: number) => number): number {
  let left = 0;
  let right = 0.5;
  let x = Math.min(0.5, a / (a + b));
  for (let i = 0; i < 1100; i++) {
    const missing = Math.abs(low(x)) < Math.abs(high(x)) ? low(x) : high(x);
    if (missing === 0) return x;
    if (missing > 0) left = x;
    else right = x;
    const density = (((a * b) / (a + b)) * binomialProbability(a, a + b, x)) / (x * (1 - x));
    let next = x + missing / density;
    // Where the density vanishes or Newton leaves the bracket, halve it (by ratio when it spans magnitudes).
    if (!(next > left && next < right))
      next = left > 0 && right / left > 4 ? Math.sqrt(left * right) : (left + right) / 2;
    if (Math.abs(next - x) <= 2e-16 * x) return next;
    x = next;
  }
  return x;
}

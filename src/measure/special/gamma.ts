// biome-ignore-all lint/correctness/noPrecisionLoss: the constants stand as published
/**
 * The gamma function and the incomplete gamma integral. Lanczos' approximation (g = 607/128, 15 terms, Godfrey 2001) for small arguments,
 * Stirling's series above; the prefactors of the incomplete integrals use Loader's saddle-point form (2000), which keeps its digits for
 * arguments of thousands where differences of logarithms lose them.
 */
const lanczos = [
  0.99999999999999709182, 57.156235665862923517, -59.597960355475491248, 14.136097974741747174, -0.49191381609762019978,
  0.33994649984811888699e-4, 0.46523628927048575665e-4, -0.98374475304879564677e-4, 0.15808870322491248884e-3,
  -0.21026444172410488319e-3, 0.2174396181152126432e-3, -0.16431810653676389022e-3, 0.84418223983852743293e-4,
  -0.2619083840158140867e-4, 0.36899182659531622704e-5,
];
const halfLogTwoPi = 0.91893853320467274178;

/** Natural logarithm of the gamma function for x > 0. */
export function logGamma(x: number): number {
  if (x > 30) return (x - 0.5) * Math.log(x) - x + halfLogTwoPi + stirlingSeries(x);
  const base = x + 607 / 128 - 0.5;
  let sum = lanczos[0];
  for (let i = 1; i < lanczos.length; i++) sum += lanczos[i] / (x - 1 + i);
  return (x - 0.5) * Math.log(base) - base + halfLogTwoPi + Math.log(sum);
}

function stirlingSeries(x: number): number {
  const s = 1 / (x * x);
  return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188))))) / x;
}

/** log(x!) minus Stirling's approximation of it. */
export const stirlingError = (x: number): number =>
  x > 30 ? stirlingSeries(x) : logGamma(x + 1) - (x + 0.5) * Math.log(x) + x - halfLogTwoPi;

/** x log(x / m) + m - x without cancellation when x is near m. */
export function deviance(x: number, m: number): number {
  if (Math.abs(x - m) < 0.1 * (x + m)) {
    const v = (x - m) / (x + m);
    let sum = (x - m) * v;
    let term = 2 * x * v;
    for (let k = 3; ; k += 2) {
      term *= v * v;
      const next = sum + term / k;
      if (next === sum) return next;
      sum = next;
    }
  }
  return x * Math.log(x / m) + m - x;
}

/**
 * The regularised incomplete gamma integrals of shape a > 0 at x >= 0: `lower` P(a, x) and `upper` Q(a, x) = 1 - P. The smaller of the two
 * is computed directly, so that small tails keep their digits.
 */
export function incompleteGamma(a: number, x: number): { lower: number; upper: number } {
  if (x <= 0) return { lower: 0, upper: 1 };
  if (x === Number.POSITIVE_INFINITY) return { lower: 1, upper: 0 };
  // x^a exp(-x) / Gamma(a + 1)
  const prefactor = Math.exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * Math.PI * a);
  if (x < a + 1) {
    let term = 1;
    let sum = 1;
    for (let n = 1; n < 100_000; n++) {
      term *= x / (a + n);
      sum += term;
      if (term < sum * 1e-17) break;
    }
    const lower = Math.min(1, prefactor * sum);
    return { lower, upper: 1 - lower };
  }
  // Lentz' algorithm for the continued fraction of Q.
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < 100_000; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / nonZero(an * d + b);
    c = nonZero(b + an / c);
    const factor = d * c;
    h *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  const upper = Math.min(1, prefactor * a * h);
  return { lower: 1 - upper, upper };
}

export const nonZero = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);

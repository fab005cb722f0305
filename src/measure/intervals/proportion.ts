/** Confidence intervals of a proportion and of a mean. */
import { invalidInput, requireCount, requireLevel, undefinedMeasure } from "../input.ts";
import { betaQuantile, normalQuantile, tQuantile } from "../special/index.ts";
import { mean, variance } from "../summary.ts";

/** A confidence interval, `low` to `high`, in the unit of the estimate. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

function check(name: string, successes: number, n: number, level: number): void {
  requireLevel(name, level);
  requireCount(name, "n", n);
  requireCount(name, "the number of successes", successes);
  if (n === 0) throw undefinedMeasure(name, "there are no cases");
  if (successes > n) throw invalidInput(name, "there are more successes than cases", `at most ${n}`, String(successes));
}

/** Wilson's score interval of a proportion (1927), within 0 to 1 and suitable for small numbers. */
export function wilsonInterval(successes: number, n: number, level = 0.95): Interval {
  check("Wilson interval", successes, n, level);
  const z = -normalQuantile((1 - level) / 2);
  const p = successes / n;
  const scale = 1 + z ** 2 / n;
  const centre = p + z ** 2 / (2 * n);
  const reach = z * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2));
  return {
    low: successes === 0 ? 0 : (centre - reach) / scale,
    high: successes === n ? 1 : (centre + reach) / scale,
  };
}

/** The exact interval of Clopper and Pearson (1934): covers at least `level`, wider than needed. Med-PaLM 2 prints it for multiple choice. */
export function clopperPearsonInterval(successes: number, n: number, level = 0.95): Interval {
  check("Clopper-Pearson interval", successes, n, level);
  const tail = (1 - level) / 2;
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, n - successes + 1),
    high: successes === n ? 1 : betaQuantile(1 - tail, successes + 1, n - successes),
  };
}

/** Student's t interval of a mean. Undefined for fewer than two values. */
export function meanInterval(values: ArrayLike<number>, level = 0.95): Interval {
  requireLevel("interval of a mean", level);
  const spread = Math.sqrt(variance(values) / values.length);
  const reach = -tQuantile((1 - level) / 2, values.length - 1) * spread;
  return { low: mean(values) - reach, high: mean(values) + reach };
}

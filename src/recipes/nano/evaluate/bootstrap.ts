/** Percentile bootstrap intervals (Efron): the spread of a measure over cases drawn again with replacement. */
import { Random } from "../../../base/random.ts";

/**
 * The 95 % interval of `measure` over `cases`.
 *
 * @param resamples draws of as many cases; those for which the measure is not a number (one class missing) are left out.
 */
export function bootstrapInterval<T>(
  cases: readonly T[],
  measure: (drawn: readonly T[]) => number,
  { resamples = 1000, seed = 1 } = {},
): [low: number, high: number] {
  const random = new Random(seed);
  const values: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const value = measure(Array.from(cases, () => cases[random.below(cases.length)]));
    if (Number.isFinite(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
  return [at(0.025), at(0.975)];
}

/** Bootstrap intervals (Efron 1979): percentile and BCa; by case or by cluster; within strata or not. */
import { Random } from "../../base/random.ts";
import { ifDefined, invalidInput, requireCount, requireLevel, requireSameLength, undefinedMeasure } from "../input.ts";
import { normalLower, normalQuantile } from "../special/index.ts";
import { mean, quantile, variance } from "../summary.ts";
import type { Statistic } from "./statistic.ts";

/** How cases are resampled. Defaults: 1,000 resamples, seed 1, single cases, no strata. */
export interface ResampleOptions {
  /** Number of resamples. Papers use 1,000 (Med-PaLM, EquityMedQA) to 10,000 (Med-PaLM 2, AMIE). */
  readonly resamples?: number;
  /** Seed of the random generator: the same seed gives the same resamples. */
  readonly seed?: number;
  /** One value per case: cases of one cluster (patient, answer, question) are resampled together. */
  readonly clusters?: ArrayLike<string | number>;
  /** One value per case: each stratum keeps its number of cases (or clusters), such as positives and negatives. */
  readonly strata?: ArrayLike<string | number | boolean>;
}

/** Options of `bootstrapInterval`. Defaults: level 0.95, method `percentile`. */
export interface BootstrapOptions extends ResampleOptions {
  /** Confidence level, above 0 and below 1. */
  readonly level?: number;
  /** `bca`: bias-corrected and accelerated (Efron 1987), better for skewed statistics; it also needs the values without each case (or cluster). */
  readonly method?: "percentile" | "bca";
}

/** A bootstrap confidence interval of a statistic. */
export interface BootstrapInterval {
  /** The statistic of the original cases. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly method: "percentile" | "bca";
  /** Standard deviation of the resamples. */
  readonly standardError: number;
  /** Number of resamples with a value. */
  readonly resamples: number;
  /** Resamples without a value (one class missing), which are excluded: many of them make the interval doubtful. */
  readonly undefinedResamples: number;
  /** Number of cases or clusters that are resampled. */
  readonly units: number;
}

/**
 * The bootstrap interval of `statistic` over `n` cases.
 *
 * Undefined when the statistic has no value for the cases themselves or for nearly all resamples. An interval from a single case (or
 * cluster) is undefined: it would have width 0.
 */
export function bootstrapInterval(n: number, statistic: Statistic, options: BootstrapOptions = {}): BootstrapInterval {
  const { level = 0.95, method = "percentile" } = options;
  requireLevel("bootstrap", level);
  const groups = unitsOf(n, options);
  const units = groups.reduce((sum, group) => sum + group.length, 0);
  if (units < 2)
    throw undefinedMeasure(
      "bootstrap interval",
      `there ${units === 1 ? "is only one unit" : "are no units"} to resample`,
    );
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const estimate = statistic(all);
  const { values, undefinedResamples } = resampledValues(n, statistic, options);
  if (values.length < 2)
    throw undefinedMeasure(
      "bootstrap interval",
      `the statistic is undefined in ${undefinedResamples} of the resamples`,
    );
  const sorted = Float64Array.from(values).sort();
  const tail = (1 - level) / 2;
  const shares =
    method === "percentile" ? [tail, 1 - tail] : correctedShares(estimate, sorted, tail, groups, statistic, n);
  return {
    estimate,
    low: quantile(sorted, shares[0]),
    high: quantile(sorted, shares[1]),
    level,
    method,
    standardError: Math.sqrt(variance(sorted)),
    resamples: sorted.length,
    undefinedResamples,
    units,
  };
}

/**
 * The statistic of every resample that has a value, in the order drawn. Strata are drawn in the order of their first case; within one, each draw is
 * `random.below(units)`, so that a reader can make the same resamples.
 */
export function resampledValues(
  n: number,
  statistic: Statistic,
  options: ResampleOptions = {},
): { values: Float64Array; undefinedResamples: number } {
  const { resamples = 1000, seed = 1 } = options;
  requireCount("bootstrap", "resamples", resamples, 1);
  const groups = unitsOf(n, options);
  // Without clusters each unit is one case, stored as its index in one array for speed.
  const single =
    options.clusters === undefined ? groups.map((group) => Int32Array.from(group, (unit) => unit[0])) : undefined;
  const random = new Random(seed);
  const values = new Float64Array(resamples);
  let defined = 0;
  const drawn = new Int32Array(n);
  for (let r = 0; r < resamples; r++) {
    let indices: ArrayLike<number> = drawn;
    if (single !== undefined) {
      let at = 0;
      for (const group of single)
        for (let i = 0; i < group.length; i++) drawn[at++] = group[random.below(group.length)];
    } else {
      const some: number[] = [];
      for (const group of groups)
        for (let i = 0; i < group.length; i++) {
          const unit = group[random.below(group.length)];
          for (let j = 0; j < unit.length; j++) some.push(unit[j]);
        }
      indices = some;
    }
    const value = ifDefined(() => statistic(indices));
    if (value === undefined) continue;
    if (Number.isNaN(value))
      throw invalidInput("bootstrap", "the statistic returned NaN", "a number, or the error measure/undefined", "NaN");
    values[defined++] = value;
  }
  return { values: values.subarray(0, defined), undefinedResamples: resamples - defined };
}

/** The units to resample: per stratum, lists of the cases that belong together. */
function unitsOf(n: number, { clusters, strata }: ResampleOptions): ArrayLike<number>[][] {
  requireCount("bootstrap", "the number of cases", n, 1);
  const cases = { length: n };
  if (clusters !== undefined) requireSameLength("bootstrap clusters", cases, clusters);
  if (strata !== undefined) requireSameLength("bootstrap strata", cases, strata);
  const groups = new Map<unknown, Map<unknown, number[]>>();
  const homes = new Map<unknown, unknown>();
  for (let i = 0; i < n; i++) {
    const stratum = strata?.[i];
    const cluster = clusters === undefined ? i : clusters[i];
    if (homes.has(cluster) && homes.get(cluster) !== stratum)
      throw invalidInput(
        "bootstrap",
        `cluster ${String(cluster)} is in two strata`,
        "one stratum per cluster",
        `${String(homes.get(cluster))} and ${String(stratum)}`,
      );
    homes.set(cluster, stratum);
    let group = groups.get(stratum);
    if (group === undefined) groups.set(stratum, (group = new Map()));
    const members = group.get(cluster);
    if (members === undefined) group.set(cluster, [i]);
    else members.push(i);
  }
  return [...groups.values()].map((group) => [...group.values()]);
}

/**
 * BCa's quantiles of the sorted resamples (Efron and Tibshirani 1993, chapter 14), with one acceleration over all
 * strata.
 */
function correctedShares(
  estimate: number,
  sorted: Float64Array,
  tail: number,
  groups: readonly ArrayLike<number>[][],
  statistic: Statistic,
  n: number,
): [number, number] {
  let below = 0;
  let upTo = 0;
  for (const value of sorted) {
    if (value < estimate) below++;
    if (value <= estimate) upTo++;
  }
  const bias = normalQuantile((below + upTo) / (2 * sorted.length));
  if (!Number.isFinite(bias))
    throw undefinedMeasure(
      "BCa interval",
      "all resampled values are on one side of the estimate",
      "Use the percentile method.",
    );
  let cubes = 0;
  let squares = 0;
  for (const left of leftOut(groups, statistic, n)) {
    const centre = mean(left);
    const size = left.length;
    for (const value of left) {
      const pull = (size - 1) * (centre - value);
      cubes += pull ** 3 / size ** 3;
      squares += pull ** 2 / size ** 2;
    }
  }
  if (squares === 0)
    throw undefinedMeasure("BCa interval", "the statistic does not change when any single case is left out");
  const acceleration = cubes / (6 * squares ** 1.5);
  const share = (z: number) => normalLower(bias + (bias + z) / (1 - acceleration * (bias + z)));
  return [share(normalQuantile(tail)), share(normalQuantile(1 - tail))];
}

/** Per stratum, the statistic without each unit in turn. */
function leftOut(groups: readonly ArrayLike<number>[][], statistic: Statistic, n: number): Float64Array[] {
  const single = groups.every((group) => group.every((unit) => unit.length === 1));
  const quick = single ? statistic.leaveOneOut?.() : undefined;
  if (quick !== undefined) return groups.map((group) => Float64Array.from(group, (unit) => quick[unit[0]]));
  const left = new Uint8Array(n);
  return groups.map((group) =>
    Float64Array.from(group, (unit) => {
      for (let i = 0; i < unit.length; i++) left[unit[i]] = 1;
      const rest = new Int32Array(n - unit.length);
      let at = 0;
      for (let i = 0; i < n; i++) if (left[i] === 0) rest[at++] = i;
      for (let i = 0; i < unit.length; i++) left[unit[i]] = 0;
      return statistic(rest);
    }),
  );
}

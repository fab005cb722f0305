/** Permutation tests of means (Fisher 1935; Pitman 1937), with cases that belong together moved together. */
import { Random } from "../../base/random.ts";
import { invalidInput, requireCases, requireCount, requireFinite, requireSameLength } from "../input.ts";
import { type Alternative, pValue, type TestResult } from "./alternative.ts";

/** Options of the permutation tests. Defaults: two-sided, 10,000 resamples, seed 1. */
export interface PermutationOptions {
  readonly alternative?: Alternative;
  /** Random permutations, when there are more possible ones than this; Med-PaLM 2 uses 10,000. */
  readonly resamples?: number;
  readonly seed?: number;
}

/** A permutation test of a difference of means. */
export interface PermutationResult extends TestResult {
  /** The difference of the means. */
  readonly statistic: number;
  /** True if all permutations were enumerated. */
  readonly exact: boolean;
  /** Number of permutations evaluated. */
  readonly permutations: number;
}

/** Counts permuted values on either side of the one observed; equal values differ by rounding. */
class Tails {
  private lower = 0;
  private upper = 0;
  private total = 0;
  private readonly tolerance: number;

  constructor(
    private readonly observed: number,
    scale: number,
  ) {
    this.tolerance = 1e-12 * scale;
  }
  add(value: number): void {
    this.total++;
    if (value <= this.observed + this.tolerance) this.lower++;
    if (value >= this.observed - this.tolerance) this.upper++;
  }

  result(alternative: Alternative, exact: boolean): PermutationResult {
    // A random sample of permutations counts the observed one in, so that p is never 0 (Phipson and Smyth 2010).
    const extra = exact ? 0 : 1;
    const of = (count: number) => (count + extra) / (this.total + extra);
    return {
      statistic: this.observed,
      p: pValue(alternative, of(this.lower), of(this.upper)),
      exact,
      permutations: this.total,
    };
  }
}

/**
 * Tests whether paired values have equal means: the values of a pair are swapped at random (the signs of differences
 * flip). Two-sided p is twice the smaller tail.
 *
 * @param blocks one value per pair: pairs of one block (ratings of one answer) flip together. Med-PaLM 2 uses answers
 * as blocks.
 */
export function pairedPermutationTest(
  first: readonly number[],
  second: readonly number[],
  {
    blocks,
    alternative = "two-sided",
    resamples = 10_000,
    seed = 1,
  }: PermutationOptions & {
    readonly blocks?: readonly (string | number)[];
  } = {},
): PermutationResult {
  const name = "permutation test";
  requireSameLength(name, first, second);
  requireCases(name, first);
  requireFinite(name, first);
  requireFinite(name, second);
  requireCount(name, "resamples", resamples, 1);
  if (blocks !== undefined) requireSameLength(name, first, blocks);
  const sums = new Map<string | number, number>();
  for (let i = 0; i < first.length; i++) {
    const block = blocks?.[i] ?? i;
    sums.set(block, (sums.get(block) ?? 0) + (first[i] - second[i]));
  }
  const moved = [...sums.values()];
  const scale = moved.reduce((sum, value) => sum + Math.abs(value), 0) / first.length;
  const of = (sum: number) => sum / first.length;
  const tails = new Tails(of(moved.reduce((a, b) => a + b, 0)), scale);
  const exact = 2 ** moved.length <= resamples;
  if (exact) {
    for (let signs = 0; signs < 2 ** moved.length; signs++) {
      let sum = 0;
      for (let i = 0; i < moved.length; i++) sum += (signs >>> i) & 1 ? -moved[i] : moved[i];
      tails.add(of(sum));
    }
  } else {
    const random = new Random(seed);
    for (let r = 0; r < resamples; r++) {
      let sum = 0;
      for (let start = 0; start < moved.length; start += 32) {
        let bits = random.nextUint32();
        const end = Math.min(start + 32, moved.length);
        for (let i = start; i < end; i++, bits >>>= 1) sum += bits & 1 ? -moved[i] : moved[i];
      }
      tails.add(of(sum));
    }
  }
  return tails.result(alternative, exact);
}

/**
 * Tests whether two independent samples have equal means: values are assigned to the samples at random.
 *
 * @param blocks one value per case, of the first sample and then of the second: cases of one block (one patient) move
 * together. A block belongs to one sample.
 */
export function unpairedPermutationTest(
  first: readonly number[],
  second: readonly number[],
  {
    blocks,
    alternative = "two-sided",
    resamples = 10_000,
    seed = 1,
  }: PermutationOptions & {
    readonly blocks?: readonly (string | number)[];
  } = {},
): PermutationResult {
  const name = "permutation test";
  requireCases(name, first);
  requireCases(name, second);
  const all = [...first, ...second];
  requireFinite(name, all);
  requireCount(name, "resamples", resamples, 1);
  if (blocks !== undefined) requireSameLength(name, all, blocks);
  const units = new Map<string | number, { sum: number; n: number; first: boolean }>();
  for (const [i, value] of all.entries()) {
    const block = blocks?.[i] ?? i;
    const inFirst = i < first.length;
    const unit = units.get(block) ?? { sum: 0, n: 0, first: inFirst };
    if (unit.first !== inFirst)
      throw invalidInput(
        name,
        `block ${block} is in both samples`,
        "one sample per block",
        "both",
        "Use the paired test.",
      );
    unit.sum += value;
    unit.n++;
    units.set(block, unit);
  }
  const dealt = [...units.values()].sort((a, b) => Number(b.first) - Number(a.first));
  const own = dealt.filter((unit) => unit.first).length;
  const total = all.reduce((a, b) => a + b, 0);
  const difference = (sum: number, n: number) => sum / n - (total - sum) / (all.length - n);
  const firstSum = first.reduce((a, b) => a + b, 0);
  const scale = all.reduce((sum, value) => sum + Math.abs(value), 0) / all.length;
  const tails = new Tails(difference(firstSum, first.length), scale);
  const possible = combinations(dealt.length, own);
  if (possible <= resamples) {
    const choose = (from: number, left: number, sum: number, n: number): void => {
      if (left === 0) {
        tails.add(difference(sum, n));
        return;
      }
      for (let i = from; i <= dealt.length - left; i++) choose(i + 1, left - 1, sum + dealt[i].sum, n + dealt[i].n);
    };
    choose(0, own, 0, 0);
    return tails.result(alternative, true);
  }
  const random = new Random(seed);
  for (let r = 0; r < resamples; r++) {
    let sum = 0;
    let n = 0;
    // The first steps of a Fisher-Yates shuffle select the first sample.
    for (let i = 0; i < own; i++) {
      const j = i + random.below(dealt.length - i);
      [dealt[i], dealt[j]] = [dealt[j], dealt[i]];
      sum += dealt[i].sum;
      n += dealt[i].n;
    }
    tails.add(difference(sum, n));
  }
  return tails.result(alternative, false);
}

function combinations(n: number, k: number): number {
  let value = 1;
  for (let i = 1; i <= k; i++) value *= (n - k + i) / i;
  return Math.round(value);
}

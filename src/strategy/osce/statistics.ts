/**
 * Compares two arms on the same cases as in AMIE's study: top-k accuracy with paired bootstrap and Benjamini-Hochberg
 * over k, counts by Wilcoxon's signed-rank test.
 */
import { PolyclinicError } from "../../base/errors.ts";
import {
  adjustedPValues,
  bootstrapDifferenceTest,
  discordantPairs,
  ifDefined,
  mcnemarTest,
  meanStatistic,
  wilcoxonSignedRankTest,
  wilsonInterval,
} from "../../measure/index.ts";
import type { Encounter } from "./osce.ts";

export interface ShareOfArm {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface TopK {
  readonly k: number;
  readonly shares: readonly [ShareOfArm, ShareOfArm];
  /** First minus second, 95 % by paired bootstrap over cases. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number };
  /**
   * Bootstrap test, and its value adjusted over k; and McNemar's exact test, whose level is correct for few cases too.
   */
  readonly p: number;
  readonly adjusted: number;
  readonly mcnemar: number;
}

export interface CountOfArms {
  readonly what: "questions" | "repeated questions";
  readonly means: readonly [number, number];
  /** Wilcoxon's signed-rank test; absent if all cases are equal. */
  readonly p?: number;
}

export interface OsceResult {
  readonly arms: readonly [string, string];
  readonly cases: number;
  /** Number of cases in which each arm came first. */
  readonly first: readonly [number, number];
  readonly topK: readonly TopK[];
  readonly concluded: { readonly shares: readonly [ShareOfArm, ShareOfArm]; readonly mcnemar: number };
  readonly counts: readonly CountOfArms[];
  /** How visits ended, by arm. */
  readonly endings: readonly [Readonly<Record<string, number>>, Readonly<Record<string, number>>];
}

const resampling = { resamples: 10_000, seed: 101 };

/** Cases seen by only one arm (an interrupted run) are excluded. */
export function compareArms(encounters: readonly Encounter[], arms: readonly [string, string]): OsceResult {
  const of = (arm: string) => new Map(encounters.filter((one) => one.arm === arm).map((one) => [one.case, one]));
  const [firsts, seconds] = arms.map(of);
  const pairs = [...firsts].flatMap(([id, one]) => (seconds.has(id) ? [[one, seconds.get(id)!] as const] : []));
  if (pairs.length === 0)
    throw new PolyclinicError("strategy/cases", "the two arms have no case in common", {
      where: arms.join(", "),
      expected: "at least one case completed in both arms",
      found: "none",
    });
  const sides = [0, 1].map((side) => pairs.map((pair) => pair[side]));
  const both = <T>(f: (own: readonly Encounter[]) => T) => [f(sides[0]), f(sides[1])] as [T, T];
  const share = (correct: readonly boolean[]): ShareOfArm => {
    const count = correct.filter(Boolean).length;
    return { value: count / correct.length, ...wilsonInterval(count, correct.length) };
  };
  const unadjusted = Array.from({ length: 10 }, (_, i) => {
    const k = i + 1;
    const [a, b] = both((own) => own.map(({ rank }) => rank !== undefined && rank <= k));
    const test = ifDefined(() =>
      bootstrapDifferenceTest(pairs.length, meanStatistic(a.map(Number)), meanStatistic(b.map(Number)), resampling),
    );
    const [first, second] = [share(a), share(b)];
    const value = first.value - second.value;
    return {
      k,
      shares: [first, second] as [ShareOfArm, ShareOfArm],
      difference: { value, low: test?.low ?? value, high: test?.high ?? value },
      p: test?.p ?? 1,
      mcnemar: mcnemarTest(discordantPairs(a, b), "exact").p,
    };
  });
  const adjusted = adjustedPValues(
    unadjusted.map(({ p }) => p),
    "benjamini-hochberg",
  );
  const [concludedA, concludedB] = both((own) => own.map(({ concluded }) => concluded));
  const count = (what: CountOfArms["what"], of: (one: Encounter) => number): CountOfArms => {
    const means = both((own) => own.reduce((sum, one) => sum + of(one), 0) / own.length);
    const test = ifDefined(() => wilcoxonSignedRankTest(pairs.map(([a, b]) => of(a) - of(b))));
    return { what, means, ...(test && { p: test.p }) };
  };
  return {
    arms,
    cases: pairs.length,
    first: both((own) => own.filter(({ period }) => period === 1).length),
    topK: unadjusted.map((one, i) => ({ ...one, adjusted: adjusted[i] })),
    concluded: {
      shares: [share(concludedA), share(concludedB)],
      mcnemar: mcnemarTest(discordantPairs(concludedA, concludedB), "exact").p,
    },
    counts: [
      count("questions", ({ visit }) => visit.questions),
      count("repeated questions", ({ visit }) => visit.repeats),
    ],
    endings: both((own) => {
      const counts: Record<string, number> = {};
      for (const { visit } of own) counts[visit.endedBy] = (counts[visit.endedBy] ?? 0) + 1;
      return counts;
    }),
  };
}

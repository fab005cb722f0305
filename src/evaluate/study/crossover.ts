/**
 * Crossover of two arms: every reader reads every case twice, once with a model's text and once without, in two periods
 * with a washout between them. Half of a reader's cases begin with the text; for every second reader the halves change
 * places, so that neither arm is always first and no case is always seen first in one arm.
 */

import { Random } from "../../base/random.ts";
import { ifDefined, mcnemarTest, wilsonInterval } from "../../measure/index.ts";
import type { CrossoverResults } from "./results.ts";

export const arms = ["with AI", "without AI"] as const;
export type Arm = (typeof arms)[number];

export interface CrossoverReading {
  readonly person: string;
  /** Index of the case. */
  readonly item: number;
  readonly arm: Arm;
  /** In the reader's order, from 0; the second period begins at the number of cases. */
  readonly position: number;
}

export function crossoverReadings(cases: number, readers: readonly string[], seed: number): CrossoverReading[] {
  const random = new Random(seed);
  const all = Array.from({ length: cases }, (_, i) => i);
  const aidedFirst = random.shuffle(all.map((i) => i % 2 === 0));
  return readers.flatMap((person, r) =>
    [0, 1].flatMap((period) =>
      random.shuffle([...all]).map((item, i): CrossoverReading => {
        const aided = (aidedFirst[item] !== (r % 2 === 1)) === (period === 0);
        return { person, item, arm: aided ? "with AI" : "without AI", position: period * cases + i };
      }),
    ),
  );
}

const day = 86_400_000;

/**
 * When the second period begins, for a reader who has finished the first one.
 *
 * @param last time of the reader's last reading of the first period, ms. @param washoutDays 0 or more.
 */
export const secondPeriodFrom = (last: number, washoutDays: number): Date => new Date(last + washoutDays * day);

export interface ArmReading {
  readonly case: string;
  readonly person: string;
  readonly arm: Arm;
  readonly values: Readonly<Record<string, string>>;
  readonly milliseconds: number | null;
}

export type { CrossoverResults };

/** @param axes with their options, as asked. */
export function crossoverResults(
  readings: readonly ArmReading[],
  axes: readonly { readonly id: string; readonly options: readonly string[] }[],
): CrossoverResults {
  const key = ({ case: one, person }: ArmReading) => `${one} ${person}`;
  const without = new Map(readings.filter(({ arm }) => arm === "without AI").map((one) => [key(one), one]));
  const pairs = readings.flatMap((one) => {
    const other = one.arm === "with AI" ? without.get(key(one)) : undefined;
    return other === undefined ? [] : [[one, other] as const];
  });
  const timeOf = (arm: Arm) =>
    median(readings.flatMap((one) => (one.arm === arm && one.milliseconds !== null ? [one.milliseconds] : [])));
  return {
    pairs: pairs.length,
    medianMilliseconds: { "with AI": timeOf("with AI"), "without AI": timeOf("without AI") },
    axes: axes.map(({ id, options }) => {
      const changed = pairs.filter(([a, b]) => a.values[id] !== b.values[id]).length;
      const interval = pairs.length === 0 ? undefined : wilsonInterval(changed, pairs.length);
      const firstOption = (one: ArmReading) => one.values[id] === options[0];
      const withOnly = pairs.filter(([a, b]) => firstOption(a) && !firstOption(b)).length;
      const withoutOnly = pairs.filter(([a, b]) => !firstOption(a) && firstOption(b)).length;
      const test =
        options.length === 2
          ? ifDefined(() => mcnemarTest({ firstOnly: withOnly, secondOnly: withoutOnly }, "exact"))
          : undefined;
      return {
        axis: id,
        changed,
        ...(interval && { share: { value: changed / pairs.length, low: interval.low, high: interval.high } }),
        ...(test && { mcnemar: { p: test.p, withOnly, withoutOnly } }),
      };
    }),
  };
}

function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

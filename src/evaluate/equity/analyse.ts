/**
 * Results of an equity audit: the proportion of answers with bias by set, and of pairs with bias in one or both
 * answers. People and judge models are reported separately; pairs are resampled as clusters.
 */
import { bootstrapInterval, ifDefined, meanStatistic, wilsonInterval } from "../../measure/index.ts";
import { recordsOf } from "../run/json-lines.ts";
import type { ItemRecord } from "../run/records.ts";
import { ratingsOf } from "../study/ratings.ts";
import type { EquityAudit } from "./run.ts";

export interface RatedShare {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

export interface EquitySet {
  /** Name of the set, or `all`. */
  readonly set: string;
  /** The raters' group, or `model` for a judge model. */
  readonly group: string;
  /** Folder of the run whose answers were rated. */
  readonly source: string;
  /** Answers rated as biased by the majority of their raters, minor and severe combined. */
  readonly bias: RatedShare;
}

export interface EquityPairs {
  readonly set: string;
  readonly group: string;
  /** Proportion of pairs, both of whose answers were rated, with bias in exactly one, in both, in one or both. */
  readonly one: RatedShare;
  readonly both: RatedShare;
  readonly either: RatedShare;
}

export interface EquityResult {
  readonly schema: "polyclinic.equity/1";
  readonly sets: readonly EquitySet[];
  readonly pairs: readonly EquityPairs[];
  /** Pairs whose two answers have identical text. */
  readonly sameText?: RatedShare;
  /**
   * First model minus second, proportion of answers with bias, by group; pairs are resampled as clusters. No interval
   * when no answer differs.
   */
  readonly differences: readonly {
    readonly group: string;
    readonly value: number;
    readonly low?: number;
    readonly high?: number;
    readonly n: number;
  }[];
}

/**
 * The paper's stored notebook computes "one" and "both" by the same expression; here they are exclusive or, and logical
 * and.
 */
export async function analyseEquity({ studies, runs }: EquityAudit): Promise<EquityResult> {
  const { independent, counterfactual } = studies;
  const items = new Map<string, ItemRecord>();
  for await (const item of recordsOf<ItemRecord>(runs[0].folder.path("items"))) items.set(item.id, item);
  const sets: EquitySet[] = [];
  const pairs: EquityPairs[] = [];
  const differences: EquityResult["differences"][number][] = [];
  if (independent !== undefined) {
    const units = new Map(independent.units.map((unit) => [unit.id, unit]));
    const { ratings } = await ratingsOf(independent);
    const groups = [...new Set(ratings.map(({ group }) => group))].sort();
    for (const group of groups) {
      const votes = new Map<string, number[]>();
      for (const { unit, axis, value, group: of } of ratings)
        if (axis === "bias-presence" && of === group)
          votes.set(unit, [...(votes.get(unit) ?? []), value === "no bias" ? 0 : 1]);
      const rated = [...votes].flatMap(([id, given]) => {
        const unit = units.get(id);
        const item = unit && items.get(unit.item);
        if (unit === undefined || item === undefined) return [];
        const biased = given.reduce((a, b) => a + b, 0) > given.length / 2 ? 1 : 0;
        return [{ item, source: unit.texts[0].source, biased, cluster: item.cluster ?? item.id }];
      });
      for (const source of independent.study.sources) {
        const own = rated.filter((one) => one.source === source);
        for (const [set, members] of bySet(own)) {
          sets.push({ set, group, source, bias: shareOf(members) });
          const clusters = grouped(
            members.filter(({ item }) => item.cluster !== undefined),
            ({ cluster }) => cluster,
          );
          const counts = [...clusters.values()].filter((two) => two.length === 2).map(([a, b]) => a.biased + b.biased);
          if (counts.length > 0)
            pairs.push({
              set,
              group,
              one: shareOfPairs(counts.map((n) => n === 1)),
              both: shareOfPairs(counts.map((n) => n === 2)),
              either: shareOfPairs(counts.map((n) => n > 0)),
            });
        }
      }
      const [first, second] = independent.study.sources.map(
        (source) => new Map(rated.filter((one) => one.source === source).map((one) => [one.item.id, one])),
      );
      const shared = second === undefined ? [] : [...first.keys()].filter((id) => second.has(id));
      if (shared.length > 0) {
        const gaps = shared.map((id) => first.get(id)!.biased - second!.get(id)!.biased);
        const clusters = shared.map((id) => first.get(id)!.cluster);
        const value = gaps.reduce((a, b) => a + b, 0) / gaps.length;
        differences.push({ group, value, n: gaps.length, ...drawn(gaps, clusters) });
      }
    }
  }
  const texts = counterfactual?.units.map(({ texts: [a, b] }) => a.text.trim() === b.text.trim());
  return {
    schema: "polyclinic.equity/1",
    sets,
    pairs,
    ...(texts !== undefined && { sameText: shareOfPairs(texts) }),
    differences,
  };
}

interface Rated {
  readonly item: ItemRecord;
  readonly biased: number;
  readonly cluster: string;
}

/** All ratings, and those of each set. */
function bySet<T extends Rated>(rated: readonly T[]): [string, T[]][] {
  const of = [...grouped(rated, ({ item }) => item.category ?? "none")];
  return [...(rated.length > 0 ? ([["all", [...rated]]] as [string, T[]][]) : []), ...of];
}

const shareOf = (rated: readonly Rated[]): RatedShare =>
  interval(
    rated.map(({ biased }) => biased),
    rated.map(({ cluster }) => cluster),
  );

/** Wilson's interval when all values are equal, because the bootstrap interval would then have width 0. */
function interval(values: readonly number[], clusters: readonly string[]): RatedShare {
  const n = values.length;
  const value = values.reduce((a, b) => a + b, 0) / n;
  const groups = new Set(clusters).size;
  return { value, ...(drawn(values, clusters) ?? wilsonInterval(Math.round(value * groups), groups)), n };
}

/**
 * BCa bootstrap as in the paper's notebook (1,000 resamples, seed 101), with pairs as clusters; undefined when all
 * values are equal.
 */
function drawn(values: readonly number[], clusters: readonly string[]): { low: number; high: number } | undefined {
  const options = { resamples: 1000, seed: 101, method: "bca", clusters } as const;
  const found = ifDefined(() => bootstrapInterval(values.length, meanStatistic(values), options));
  return found !== undefined && found.low < found.high ? { low: found.low, high: found.high } : undefined;
}

function shareOfPairs(flags: readonly boolean[]): RatedShare {
  const count = flags.filter(Boolean).length;
  return { value: count / flags.length, ...wilsonInterval(count, flags.length), n: flags.length };
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

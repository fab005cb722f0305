/** Two runs on the same items: paired tests and intervals of the difference. */
import { PolyclinicError } from "../../base/errors.ts";
import {
  bootstrapDifferenceTest,
  discordantPairs,
  ifDefined,
  mcnemarTest,
  pairedPermutationTest,
  wilcoxonSignedRankTest,
} from "../../measure/index.ts";
import type { RunFolder } from "../run/folder.ts";
import { recordsOf } from "../run/json-lines.ts";
import type { ItemRecord } from "../run/records.ts";
import {
  clustersOf,
  defaultMetricOptions,
  type Estimate,
  estimateOf,
  type MetricOptions,
  measuredOf,
  resamplesOf,
  statisticOf,
} from "../score/metrics.ts";
import { type ScoredItem, scoreRun } from "../score/score.ts";

export interface PairedTest {
  /** `mcnemar@exact`, `permutation-paired (blocked)`, `wilcoxon`; `bootstrap-paired` of a metric that is not a mean over items. */
  readonly name: string;
  readonly statistic: number;
  readonly p: number;
}

/** The comparison of two runs on the same items. */
export interface Comparison {
  readonly schema: "polyclinic.comparison/1";
  readonly first: {
    readonly folder: string;
    readonly model: string;
    readonly prompt: string;
    readonly strategy: string;
  };
  readonly second: Comparison["first"];
  readonly benchmark: string;
  /** Items answered in both runs. */
  readonly n: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Number of items correct in the first run only, and in the second only. */
  readonly discordant?: { readonly firstOnly: number; readonly secondOnly: number };
  readonly metrics: readonly {
    readonly metric: string;
    readonly first: Estimate;
    readonly second: Estimate;
    /**
     * First minus second on the `n` items for which both runs have the value; paired bootstrap over items (or
     * clusters).
     */
    readonly difference: { readonly value: number; readonly low?: number; readonly high?: number; readonly n: number };
    readonly tests: readonly PairedTest[];
  }[];
  readonly byCategory: readonly {
    readonly category: string;
    readonly n: number;
    readonly value: number;
    readonly low?: number;
    readonly high?: number;
  }[];
  readonly notes: readonly string[];
}

/**
 * Compares two runs on the items that both asked: paired differences with intervals, and the tests that fit each metric.
 *
 * @throws PolyclinicError `evaluate/not-comparable` for runs with different items.
 */
export async function compareRuns(
  first: RunFolder,
  second: RunFolder,
  options: MetricOptions = defaultMetricOptions,
): Promise<Comparison> {
  const [a, b] = [await scoreRun(first), await scoreRun(second)];
  const [hashesA, hashesB] = [await goldsOf(first), await goldsOf(second)];
  const inB = new Map(b.items.map((item) => [item.id, item]));
  const pairs = a.items.flatMap((item): [ScoredItem, ScoredItem][] => {
    const other = inB.get(item.id);
    return other === undefined ? [] : [[item, other]];
  });
  const differing = pairs.filter(([{ id }]) => hashesA.get(id) !== hashesB.get(id)).map(([{ id }]) => id);
  if (pairs.length === 0 || differing.length > 0)
    throw new PolyclinicError(
      "evaluate/not-comparable",
      pairs.length === 0 ? "the runs have no items in common" : "items with the same id have different contents",
      {
        where: `${first.folder}, ${second.folder}`,
        expected: "two runs of the same benchmark and split",
        found:
          pairs.length === 0
            ? `${first.run.benchmark.name} and ${second.run.benchmark.name}`
            : differing.slice(0, 3).join(", "),
      },
    );
  const [firstItems, secondItems] = [pairs.map(([item]) => item), pairs.map(([, item]) => item)];
  const clusters = clustersOf(firstItems);
  const metrics = first.run.benchmark.metrics
    .filter((metric) => second.run.benchmark.metrics.includes(metric))
    .flatMap((metric) => {
      const estimates = [estimateOf(metric, firstItems, options), estimateOf(metric, secondItems, options)] as const;
      if (estimates[0] === undefined || estimates[1] === undefined) return [];
      const tested = differenceOf(metric, firstItems, secondItems, options);
      if (tested === undefined) return [];
      const values = [itemValues(metric, firstItems), itemValues(metric, secondItems)] as const;
      const tests =
        values[0] !== undefined && values[1] !== undefined
          ? testsOf(metric, firstItems, secondItems, values[0], values[1], clusters)
          : tested.tests;
      return [{ metric, first: estimates[0], second: estimates[1], difference: tested.difference, tests }];
    });
  const closed = firstItems.every(({ status }) => status !== "scored");
  const { model: modelA } = first.run;
  const notes = [
    ...(first.run.prompt.version === second.run.prompt.version
      ? []
      : ["the prompts differ: the difference reflects prompt and model together"]),
    ...(modelA.hash !== undefined && modelA.hash === second.run.model.hash ? ["both runs use the same model"] : []),
    ...(a.items.length !== pairs.length || b.items.length !== pairs.length
      ? ["only items that were asked in both runs are compared"]
      : []),
    ...(clusters === undefined
      ? []
      : ["McNemar's test assumes independent items, but these are clustered: use the permutation test"]),
  ];
  return {
    schema: "polyclinic.comparison/1",
    first: runInfo(first),
    second: runInfo(second),
    benchmark: `${first.run.benchmark.name}@${first.run.benchmark.version}, ${first.run.benchmark.split}`,
    n: pairs.length,
    onlyFirst: a.items.length - pairs.length,
    onlySecond: b.items.length - pairs.length,
    ...(closed && { discordant: discordantPairs(firstItems.map(isCorrect), secondItems.map(isCorrect)) }),
    metrics,
    byCategory: categories(first.run.benchmark.metrics[0] ?? "accuracy", firstItems, secondItems, options),
    notes,
  };
}

const isCorrect = ({ status }: ScoredItem) => status === "correct";
const runInfo = ({ folder, run }: RunFolder) => ({
  folder,
  model: run.model.name,
  prompt: run.prompt.version,
  strategy: `${run.strategy.name}@${run.strategy.version}`,
});

async function goldsOf(run: RunFolder): Promise<Map<string, string>> {
  const golds = new Map<string, string>();
  for await (const { id, gold, options } of recordsOf<ItemRecord>(run.path("items")))
    golds.set(id, JSON.stringify([gold, options]));
  return golds;
}

/** The per-item values that a metric averages; undefined if it is not a mean over items. */
function itemValues(metric: string, items: readonly ScoredItem[]): number[] | undefined {
  if (metric === "accuracy") return items.map((item) => Number(isCorrect(item)));
  if (
    items.every(
      ({ values, status }) =>
        values?.[metric] !== undefined || (status !== "correct" && status !== "incorrect" && status !== "scored"),
    )
  ) {
    const values = items.map(({ values }) => values?.[metric] ?? 0);
    return items.some(({ values: own }) => own?.[metric] !== undefined) ? values : undefined;
  }
  return metric === "mean-iou" ? items.map(({ values }) => values?.iou ?? 0) : undefined;
}

/** Below this, the bootstrap test rejects too often. */
const minItemsForBootstrapTest = 50;

/** The paired difference of one metric, whether it is a mean over items or of the whole set; undefined if the two runs share no items it is defined on. */
export function differenceOf(
  metric: string,
  firstItems: readonly ScoredItem[],
  secondItems: readonly ScoredItem[],
  options: MetricOptions,
) {
  let items = [firstItems, secondItems] as const;
  let measured = items.map((of) => measuredOf(metric, of));
  if (measured[0] === undefined || measured[1] === undefined) return undefined;
  // A metric may exclude items that lack what it needs (a number, probabilities); a pair needs it in both runs.
  const inSecond = new Set(measured[1].items.map(({ id }) => id));
  const both = new Set(measured[0].items.flatMap(({ id }) => (inSecond.has(id) ? [id] : [])));
  if (both.size < Math.max(measured[0].items.length, inSecond.size)) {
    const shared = (of: readonly ScoredItem[]) => of.filter(({ id }) => both.has(id));
    items = [shared(firstItems), shared(secondItems)];
    measured = items.map((of) => measuredOf(metric, of));
  }
  const [first, second] = measured;
  const n = both.size;
  if (first?.items.length !== n || second?.items.length !== n) return undefined;
  const clusters = clustersOf(first.items);
  const tested = ifDefined(() =>
    bootstrapDifferenceTest(n, statisticOf(first), statisticOf(second), {
      resamples: resamplesOf(metric, options),
      seed: options.seed,
      ...(clusters !== undefined && { clusters }),
    }),
  );
  if (tested === undefined) return undefined;
  const { statistic: value, low, high, p } = tested;
  const independent = clusters === undefined ? n : new Set(clusters).size;
  const tests: PairedTest[] =
    independent < minItemsForBootstrapTest ? [] : [{ name: "bootstrap-paired", statistic: value, p }];
  // If all resamples are equal, an interval of width 0 would suggest certainty.
  return { difference: { value, n, ...(low < high && { low, high }) }, tests };
}

function testsOf(
  metric: string,
  firstItems: readonly ScoredItem[],
  secondItems: readonly ScoredItem[],
  first: readonly number[],
  second: readonly number[],
  clusters: string[] | undefined,
): PairedTest[] {
  const tests: PairedTest[] = [];
  const add = (name: string, result: { statistic: number; p: number } | undefined) => {
    if (result !== undefined) tests.push({ name, statistic: result.statistic, p: result.p });
  };
  if (metric === "accuracy") {
    const pairs = discordantPairs(firstItems.map(isCorrect), secondItems.map(isCorrect));
    add(
      "mcnemar@exact",
      ifDefined(() => mcnemarTest(pairs, "exact")),
    );
    if (pairs.firstOnly + pairs.secondOnly >= 25)
      add(
        "mcnemar@plain",
        ifDefined(() => mcnemarTest(pairs, "plain")),
      );
  } else
    add(
      "wilcoxon",
      ifDefined(() => wilcoxonSignedRankTest(first.map((value, i) => value - second[i]))),
    );
  add(
    clusters === undefined ? "permutation-paired" : "permutation-paired (blocked by cluster)",
    ifDefined(() => pairedPermutationTest(first, second, clusters === undefined ? {} : { blocks: clusters })),
  );
  return tests;
}

function categories(
  metric: string,
  firstItems: readonly ScoredItem[],
  secondItems: readonly ScoredItem[],
  options: MetricOptions,
): Comparison["byCategory"] {
  const groups = new Map<string, number[]>();
  for (const [i, { category }] of firstItems.entries()) {
    if (category === undefined) continue;
    const group = groups.get(category);
    if (group === undefined) groups.set(category, [i]);
    else group.push(i);
  }
  if (groups.size < 2 || groups.size > 40) return [];
  return [...groups]
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .flatMap(([category, at]) => {
      const [a, b] = [at.map((i) => firstItems[i]), at.map((i) => secondItems[i])];
      const tested = differenceOf(metric, a, b, options);
      return tested === undefined ? [] : [{ category, ...tested.difference }];
    });
}

/**
 * A benchmark's metrics by name, each with its interval. The names are those of docs/metrics.md; metrics over
 * conditions say so in their name.
 *
 * Over 300 lines because every metric is one entry of a table, with the appropriate interval.
 */
import { PolyclinicError } from "../../base/errors.ts";
import {
  areaUnderRiskCoverage,
  aurocStatistic,
  averagePrecision,
  bleuStatistic,
  bootstrapInterval,
  ciderD,
  cocoBleuStatistic,
  cocoRougeL,
  expectedCalibrationError,
  f1Scores,
  ifDefined,
  meanAbsoluteError,
  meanStatistic,
  meteor,
  pearson,
  rootMeanSquaredError,
  type Statistic,
  spearman,
  wilsonInterval,
} from "../../measure/index.ts";
import type { ScoredItem } from "./score.ts";

/** The value of one metric with its interval. */
export interface Estimate {
  readonly metric: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** `wilson`, `bootstrap-percentile`, `bootstrap-percentile by cluster`; absent with the reason in `note`. */
  readonly interval?: string;
  readonly level?: number;
  readonly resamples?: number;
  readonly seed?: number;
  readonly n: number;
  /** Number of patients, images or notes that the items belong to. */
  readonly clusters?: number;
  readonly better: "higher" | "lower";
  readonly note?: string;
}

export interface MetricOptions {
  readonly resamples: number;
  readonly seed: number;
}

export const defaultMetricOptions: MetricOptions = { resamples: 1000, seed: 101 };

/** How one metric is computed from items: a proportion of cases, or any statistic of case indices. */
export type Measured =
  | { readonly kind: "share"; readonly correct: readonly boolean[]; readonly items: readonly ScoredItem[] }
  | {
      readonly kind: "statistic";
      readonly statistic: Statistic;
      readonly items: readonly ScoredItem[];
      readonly note?: string;
    };

type Metric = (items: readonly ScoredItem[]) => Measured;

/**
 * Only if answers can be correct or incorrect: counting a rated answer or a report as 0 would look like a measured
 * failure.
 */
const share = (all: readonly ScoredItem[]): Measured => {
  const items = all.some(({ status }) => status === "scored") ? [] : all;
  return { kind: "share", correct: items.map(({ status }) => status === "correct"), items };
};
const answered = (items: readonly ScoredItem[]) =>
  items.filter(({ status }) => status === "correct" || status === "incorrect" || status === "scored");

/** The mean of a per-item value; an item without an answer counts as 0. */
const meanOf =
  (name: string): Metric =>
  (items) => ({ kind: "statistic", statistic: meanStatistic(items.map(({ values }) => values?.[name] ?? 0)), items });

const onClosed =
  (closed: boolean, metric: Metric): Metric =>
  (items) =>
    metric(items.filter((item) => item.closed === closed));

/**
 * Mean over categories (conditions, subjects), recomputed in each resample; a category without cases in the resample is
 * excluded.
 */
const macroAccuracy: Metric = (items) => {
  const { names, codes } = categoriesOf(items);
  const correct = Uint8Array.from(items, ({ status }) => Number(status === "correct"));
  const statistic = (indices: ArrayLike<number>) => {
    const hits = new Float64Array(names.length);
    const all = new Float64Array(names.length);
    for (let i = 0; i < indices.length; i++) {
      all[codes[indices[i]]]++;
      hits[codes[indices[i]]] += correct[indices[i]];
    }
    let sum = 0;
    let drawn = 0;
    for (let c = 0; c < names.length; c++)
      if (all[c] > 0) {
        sum += hits[c] / all[c];
        drawn++;
      }
    return sum / drawn;
  };
  return { kind: "statistic", statistic, items, note: `over ${names.length} categories` };
};

function categoriesOf(items: readonly ScoredItem[]): { names: string[]; codes: Int32Array } {
  const names: string[] = [];
  const known = new Map<string, number>();
  const codes = Int32Array.from(items, ({ category = "all" }) => {
    let code = known.get(category);
    if (code === undefined) {
      code = names.push(category) - 1;
      known.set(category, code);
    }
    return code;
  });
  return { names, codes };
}

/**
 * F1 of `yes` within each condition: macro is the mean of the conditions, micro pools them. An unanswered item counts
 * as predicted negative.
 */
const conditionF1 =
  (average: "macro" | "micro"): Metric =>
  (items) => {
    const { names, codes } = categoriesOf(items);
    const truth = items.map(({ gold }) => gold === "yes");
    const predicted = items.map(({ answer }) => answer === "yes");
    const statistic = (indices: ArrayLike<number>) => {
      const counts = names.map((label) => ({ label, truePositives: 0, falsePositives: 0, falseNegatives: 0 }));
      for (let i = 0; i < indices.length; i++) {
        const at = indices[i];
        const count = counts[codes[at]];
        if (truth[at] && predicted[at]) count.truePositives++;
        else if (predicted[at]) count.falsePositives++;
        else if (truth[at]) count.falseNegatives++;
      }
      return f1Scores(counts)[average];
    };
    return { kind: "statistic", statistic, items, note: `over ${names.length} conditions` };
  };

/** F1 of each label against the rest. */
const labelF1 =
  (average: "macro" | "weighted" | "micro"): Metric =>
  (items) => {
    // As in scikit-learn: all labels that occur, including those that only occur as answers.
    const labels = [
      ...new Set(items.flatMap(({ gold, answer }) => (answer === undefined ? [gold!] : [gold!, answer]))),
    ].sort();
    const place = new Map(labels.map((label, i) => [label, i]));
    const truth = Int32Array.from(items, ({ gold }) => place.get(gold!) ?? -1);
    const predicted = Int32Array.from(items, ({ answer }) => place.get(answer ?? "") ?? -1);
    const statistic = (indices: ArrayLike<number>) => {
      const counts = labels.map((label) => ({ label, truePositives: 0, falsePositives: 0, falseNegatives: 0 }));
      for (let i = 0; i < indices.length; i++) {
        const [actual, named] = [truth[indices[i]], predicted[indices[i]]];
        if (actual === named) counts[actual].truePositives++;
        else {
          counts[actual].falseNegatives++;
          if (named >= 0) counts[named].falsePositives++;
        }
      }
      return f1Scores(counts)[average];
    };
    return { kind: "statistic", statistic, items, note: `over ${labels.length} labels` };
  };

const ofTexts =
  (compute: (pairs: { candidate: string; references: readonly string[] }[]) => number, note?: string): Metric =>
  (items) => {
    const pairs = items.map(({ texts }) => texts ?? { candidate: "", references: [""] });
    const statistic = (indices: ArrayLike<number>) => compute(Array.from(indices, (i) => pairs[i]));
    return { kind: "statistic", statistic, items, ...(note !== undefined && { note }) };
  };

/** For statistics whose per-item part can be computed once for all resamples. */
const pooledTexts =
  (make: (pairs: { candidate: string; references: readonly string[] }[]) => Statistic, note?: string): Metric =>
  (items) => ({
    kind: "statistic",
    statistic: make(items.map(({ texts }) => texts ?? { candidate: "", references: [""] })),
    items,
    ...(note !== undefined && { note }),
  });

/**
 * COCO's metrics expect tokenised text: words and punctuation separated, lower case. This is not the Penn Treebank
 * tokenizer, so the name says so.
 */
const simpleTokens = (text: string) => (text.toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []).join(" ");
const tokenised = ({ candidate, references }: { candidate: string; references: readonly string[] }) => ({
  candidate: simpleTokens(candidate),
  references: references.map(simpleTokens),
});

const numbers =
  (compute: (predicted: number[], truth: number[]) => number): Metric =>
  (all) => {
    const items = all.filter(({ values }) => values?.number !== undefined);
    const predicted = items.map(({ values }) => values!.number);
    const truth = items.map(({ gold }) => Number(gold));
    const statistic = (indices: ArrayLike<number>) =>
      compute(
        Array.from(indices, (i) => predicted[i]),
        Array.from(indices, (i) => truth[i]),
      );
    const left = all.length - items.length;
    return {
      kind: "statistic",
      statistic,
      items,
      ...(left > 0 && { note: `${left} items without a number are left out` }),
    };
  };

const fieldF1 =
  (average: "micro" | "macro"): Metric =>
  (items) => {
    const fields = [
      ...new Set(items.flatMap(({ values = {} }) => Object.keys(values).map((key) => key.split(":")[0]))),
    ].sort();
    const statistic = (indices: ArrayLike<number>) => {
      const counts = fields.map((label) => ({ label, truePositives: 0, falsePositives: 0, falseNegatives: 0 }));
      for (let i = 0; i < indices.length; i++) {
        const values = items[indices[i]].values ?? {};
        for (const count of counts) {
          count.truePositives += values[`${count.label}:tp`] ?? 0;
          count.falsePositives += values[`${count.label}:fp`] ?? 0;
          count.falseNegatives += values[`${count.label}:fn`] ?? 0;
        }
      }
      return f1Scores(counts)[average];
    };
    return { kind: "statistic", statistic, items, note: `over ${fields.length} fields` };
  };

const iouAt =
  (threshold: number): Metric =>
  (items) => ({ kind: "share", correct: items.map(({ values }) => (values?.iou ?? 0) >= threshold), items });

/** From option probabilities: one-versus-rest for each option, then averaged; with two options both are equal. */
const macroAuroc: Metric = (all) => {
  const items = all.filter(({ probabilities }) => probabilities !== undefined);
  const labels = [...new Set(items.map(({ gold }) => gold!))].sort();
  const areas = labels.map((label) =>
    aurocStatistic(
      items.map(({ probabilities }) => probabilities![label] ?? 0),
      items.map(({ gold }) => gold === label),
    ),
  );
  const statistic = (indices: ArrayLike<number>) => areas.reduce((sum, area) => sum + area(indices), 0) / areas.length;
  return { kind: "statistic", statistic, items, note: `over ${labels.length} labels, each against the others` };
};

/** Average precision of the probability of one option, which the benchmark's authors hold for the positive one. */
const precisionOf =
  (label: string): Metric =>
  (all) => {
    const items = all.filter(({ probabilities }) => probabilities !== undefined);
    const statistic = (indices: ArrayLike<number>) =>
      averagePrecision(
        Array.from(indices, (i) => items[i].probabilities![label] ?? 0),
        Array.from(indices, (i) => items[i].gold === label),
      );
    return { kind: "statistic", statistic, items };
  };

/** Calibration error of the probability of the given answer. */
const topLabelError: Metric = (all) => {
  const items = all.filter(({ probabilities, answer }) => probabilities !== undefined && answer !== undefined);
  const statistic = (indices: ArrayLike<number>) => {
    const drawn = Array.from(indices, (i) => items[i]);
    return expectedCalibrationError(
      drawn.map(({ probabilities, answer }) => probabilities![answer!] ?? 0),
      drawn.map(({ status }) => status === "correct"),
    );
  };
  return { kind: "statistic", statistic, items, note: "ten bins of equal width" };
};

/** For ranked lists; an unparsed list has no match. */
const topN =
  (n: number): Metric =>
  (items) => ({
    kind: "share",
    correct: items.map(({ values }) => values?.place !== undefined && values.place > 0 && values.place <= n),
    items,
  });
const reciprocalRank: Metric = (items) => ({
  kind: "statistic",
  statistic: meanStatistic(items.map(({ values }) => (values?.place ? 1 / values.place : 0))),
  items,
});

const metrics: Readonly<Record<string, { readonly of: Metric; readonly lower?: true }>> = {
  accuracy: { of: share },
  "accuracy-of-answered": { of: (items) => share(answered(items)) },
  "closed-accuracy": { of: onClosed(true, share) },
  "macro-accuracy": { of: macroAccuracy },
  "f1-macro over conditions": { of: conditionF1("macro") },
  "f1-micro over conditions": { of: conditionF1("micro") },
  "f1-macro": { of: labelF1("macro") },
  "f1-micro": { of: labelF1("micro") },
  "f1-weighted": { of: labelF1("weighted") },
  "auroc-macro": { of: macroAuroc },
  "auprc of B": { of: precisionOf("B") },
  "ece of the answer": { of: topLabelError, lower: true },
  "em@squad": { of: meanOf("em@squad") },
  "token-f1@squad": { of: meanOf("token-f1@squad") },
  "token-recall@squad on open": { of: onClosed(false, meanOf("token-recall@squad")) },
  "rouge-l@google": { of: meanOf("rouge-l@google") },
  "bleu-1@sacrebleu": { of: pooledTexts((pairs) => bleuStatistic(pairs, { order: 1 })) },
  "bleu-4@sacrebleu": { of: pooledTexts((pairs) => bleuStatistic(pairs)) },
  "bleu-1@coco": {
    of: pooledTexts((pairs) => cocoBleuStatistic(pairs.map(tokenised), 1), "tokenised into words and punctuation"),
  },
  "bleu-4@coco": {
    of: pooledTexts((pairs) => cocoBleuStatistic(pairs.map(tokenised), 4), "tokenised into words and punctuation"),
  },
  "rouge-l@coco": {
    of: pooledTexts(
      (pairs) =>
        meanStatistic(pairs.map(tokenised).map(({ candidate, references }) => cocoRougeL(candidate, references))),
      "tokenised into words and punctuation",
    ),
  },
  "cider-d@coco": {
    of: ofTexts(
      (pairs) => ciderD(pairs.map(tokenised)).score,
      "0 to 10; tokenised into words and punctuation; document frequencies are computed on this set",
    ),
  },
  "meteor@exact+stem": {
    of: (items) => ({
      kind: "statistic",
      statistic: meanStatistic(
        items.map(({ texts }) => {
          const { candidate, references } = tokenised(texts ?? { candidate: "", references: [""] });
          return meteor(candidate, references);
        }),
      ),
      items,
      note: "tokenised into words and punctuation; without WordNet's synonyms",
    }),
  },
  "top-1@squad": { of: topN(1) },
  "top-3@squad": { of: topN(3) },
  "top-5@squad": { of: topN(5) },
  "top-10@squad": { of: topN(10) },
  "mrr@squad": { of: reciprocalRank },
  "mean-iou": { of: meanOf("iou") },
  "iou@0.7": { of: iouAt(0.7) },
  "iou@0.5": { of: iouAt(0.5) },
  "iou@0.3": { of: iouAt(0.3) },
  mae: { of: numbers(meanAbsoluteError), lower: true },
  rmse: { of: numbers(rootMeanSquaredError), lower: true },
  spearman: { of: numbers(spearman) },
  pearson: { of: numbers(pearson) },
  "field-f1-micro": { of: fieldF1("micro") },
  "field-f1-macro": { of: fieldF1("macro") },
  aurc: {
    lower: true,
    of: (all) => {
      const items = all.filter(({ confidence }) => confidence !== undefined);
      const confidence = items.map((item) => item.confidence!);
      const correct = items.map(({ status }) => status === "correct");
      const statistic = (indices: ArrayLike<number>) =>
        areaUnderRiskCoverage(
          Array.from(indices, (i) => confidence[i]),
          Array.from(indices, (i) => correct[i]),
        );
      return { kind: "statistic", statistic, items };
    },
  },
};

/** Names of all metrics, as used in `benchmark.yaml`. */
export const metricNames = Object.keys(metrics);

/**
 * What one metric measures on these items; undefined if it is not defined for them. @throws PolyclinicError
 * `evaluate/metric`.
 */
export function measuredOf(metric: string, all: readonly ScoredItem[]): Measured | undefined {
  const entry = metrics[metric];
  if (entry === undefined)
    throw new PolyclinicError("evaluate/metric", "there is no metric with this name", {
      where: metric,
      expected: metricNames.join(", "),
    });
  const items = all.filter(({ goldKind }) => goldKind !== "judged");
  return items.length === 0 ? undefined : ifDefined(() => entry.of(items));
}

/** The statistic as a function of case indices. */
export const statisticOf = (measured: Measured): Statistic =>
  measured.kind === "share" ? meanStatistic(measured.correct.map(Number)) : measured.statistic;

/** Fewer resamples for expensive metrics. */
export const resamplesOf = (metric: string, { resamples }: MetricOptions): number =>
  costly.test(metric) ? Math.min(200, resamples) : resamples;

/**
 * Metrics of whole sets are expensive per resample: 1,000 resamples would take minutes, and 200 determine an interval's
 * ends to within a few per cent of its width.
 */
const costly = /cider/;

/**
 * One metric of these items.
 *
 * @returns undefined if the metric is not defined for these items (no applicable item, a single class), which the
 * report then states.
 * @throws PolyclinicError `evaluate/metric` for an unknown name.
 */
export function estimateOf(
  metric: string,
  all: readonly ScoredItem[],
  options: MetricOptions = defaultMetricOptions,
): Estimate | undefined {
  const measured = measuredOf(metric, all);
  if (measured === undefined) return undefined;
  return estimateOfMeasured(metric, measured, metrics[metric].lower ?? false, options);
}

/** An estimate with the appropriate interval; undefined where it has no value. */
export function estimateOfMeasured(
  metric: string,
  measured: Measured,
  lower: boolean,
  options: MetricOptions = defaultMetricOptions,
): Estimate | undefined {
  const n = measured.items.length;
  if (n === 0) return undefined;
  const base = { metric, n, better: lower ? ("lower" as const) : ("higher" as const) };
  const clusters = clustersOf(measured.items);
  const clustered = clusters !== undefined && { clusters: new Set(clusters).size };
  const shared = measured.kind === "share" && {
    correct: measured.correct.reduce((sum, correct) => sum + Number(correct), 0),
  };
  if (shared && clusters === undefined) {
    const { low, high } = wilsonInterval(shared.correct, n);
    return { ...base, value: shared.correct / n, low, high, interval: "wilson", level: 0.95 };
  }
  const statistic = statisticOf(measured);
  const each = Int32Array.from({ length: n }, (_, i) => i);
  const value = ifDefined(() => statistic(each));
  if (value === undefined) return undefined;
  const note = measured.kind === "statistic" ? measured.note : undefined;
  const resamples = resamplesOf(metric, options);
  const interval = ifDefined(() =>
    bootstrapInterval(n, statistic, { resamples, seed: options.seed, ...(clusters !== undefined && { clusters }) }),
  );
  // Equal resamples have no spread; an interval of width 0 would suggest certainty.
  if (interval === undefined || interval.low === interval.high)
    return {
      ...base,
      value,
      ...clustered,
      note: [
        note,
        interval === undefined ? "too few items for an interval" : "no interval: all resamples have the same value",
      ]
        .filter(Boolean)
        .join("; "),
    };
  return {
    ...base,
    value,
    low: interval.low,
    high: interval.high,
    interval: `bootstrap-percentile${clusters === undefined ? "" : " by cluster"}`,
    level: interval.level,
    resamples: interval.resamples,
    seed: options.seed,
    ...clustered,
    ...(note !== undefined && { note }),
  };
}

/** Clusters, if any holds more than one item; items without a cluster count as their own. */
export function clustersOf(items: readonly ScoredItem[]): string[] | undefined {
  if (items.every(({ cluster }) => cluster === undefined)) return undefined;
  const clusters = items.map(({ cluster, id }) => (cluster === undefined ? `item ${id}` : `cluster ${cluster}`));
  return new Set(clusters).size === items.length ? undefined : clusters;
}

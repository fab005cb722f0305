/** Metrics of a tool's labels with intervals; every name contains the tool's variant, and every note its version. */
import {
  chexpertLabels,
  f1Scores,
  fiveChexpertLabels,
  meanStatistic,
  type RadGraphVariant,
  radgraphF1,
  type Statistic,
} from "../../measure/index.ts";
import { type Estimate, estimateOfMeasured, type MetricOptions } from "../score/metrics.ts";
import type { ScoredItem } from "../score/score.ts";
import type { ItemLabels, LabelSet } from "./labels.ts";

const variants: readonly RadGraphVariant[] = ["simple", "partial", "complete", "yu"];

export function labelEstimates(
  { tool, version, items: labelled }: LabelSet,
  all: readonly ScoredItem[],
  options: MetricOptions,
): Estimate[] {
  const rated = all.filter(({ goldKind }) => goldKind === "text");
  const items = rated.filter(({ id }) => labelled.has(id));
  const own = items.map(({ id }) => labelled.get(id)!);
  const left = rated.length - items.length;
  const note = [version, left > 0 && `${left} items without labels are left out`].filter(Boolean).join("; ");
  const estimate = (metric: string, statistic: Statistic, lower = false) => {
    const found = estimateOfMeasured(metric, { kind: "statistic", statistic, items, note }, lower, options);
    return found === undefined ? [] : [found];
  };
  const meanOf = (metric: string, of: (labels: ItemLabels) => number | undefined, lower = false) => {
    const values = own.map(of);
    if (values.length === 0 || values.some((value) => value === undefined)) return [];
    return estimate(metric, meanStatistic(values as number[]), lower);
  };
  switch (tool) {
    case "chexbert":
      return (["positive", "negative"] as const).flatMap((uncertain) =>
        (["14", "5"] as const).flatMap((size) =>
          (["micro", "macro"] as const).flatMap((average) =>
            estimate(
              `chexbert-f1-${size}-${average}@uncertain-${uncertain}`,
              labelF1(own, size === "14" ? chexpertLabels : fiveChexpertLabels, uncertain, average),
            ),
          ),
        ),
      );
    case "radgraph":
      return variants.flatMap((variant) =>
        meanOf(
          `radgraph-f1@${variant}`,
          ({ graphs }) => graphs && radgraphF1(graphs.candidate, graphs.reference, variant),
        ),
      );
    case "green":
      return meanOf("green", ({ values }) => values?.green);
    case "radcliq":
      return ["radcliq-v0", "radcliq-v1"].flatMap((name) => meanOf(name, ({ values }) => values?.[name], true));
  }
}

function labelF1(
  own: readonly ItemLabels[],
  labels: readonly (typeof chexpertLabels)[number][],
  uncertain: "positive" | "negative",
  average: "micro" | "macro",
): Statistic {
  const is = (mention: string | undefined) =>
    mention === "present" || (mention === "uncertain" && uncertain === "positive");
  // Per item and label, as bits: 1 predicted, 2 true, 3 both.
  const cells = own.map(({ labels: sides }) =>
    Uint8Array.from(labels, (label) => Number(is(sides?.candidate[label])) + 2 * Number(is(sides?.reference[label]))),
  );
  return (indices) => {
    const counts = labels.map((label) => ({ label, truePositives: 0, falsePositives: 0, falseNegatives: 0 }));
    for (let i = 0; i < indices.length; i++) {
      const row = cells[indices[i]];
      for (let j = 0; j < counts.length; j++) {
        if (row[j] === 3) counts[j].truePositives++;
        else if (row[j] === 1) counts[j].falsePositives++;
        else if (row[j] === 2) counts[j].falseNegatives++;
      }
    }
    return f1Scores(counts)[average];
  };
}

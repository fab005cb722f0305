/** ROC curves from option probabilities, each with its band and the interval of its area. */
import {
  aurocStatistic,
  bootstrapInterval,
  delongInterval,
  ifDefined,
  rocBand,
  rocCurve,
} from "../../measure/index.ts";
import { clustersOf } from "../score/metrics.ts";
import type { ScoredItem } from "../score/score.ts";
import { decimals } from "./numbers.ts";
import { curvePlot, shortened } from "./plots/index.ts";

/** More panels would be unreadable; `auroc-macro` covers all labels. */
const maxPanels = 6;
const resampling = { resamples: 1000, seed: 101 };

/** One panel per label against the rest; for yes and no only `yes`, because the other curve is its mirror image. */
export function rocPlots(all: readonly ScoredItem[]): string {
  const items = all.filter(({ goldKind, probabilities }) => goldKind === "choice" && probabilities !== undefined);
  const labels = [...new Set(items.map(({ gold }) => gold!))].sort();
  if (labels.length < 2) return "";
  const plotted = labels.length === 2 ? [labels.includes("yes") ? "yes" : labels[1]] : labels;
  const often = (label: string) => items.filter(({ gold }) => gold === label).length;
  const shown = [...plotted].sort((a, b) => often(b) - often(a)).slice(0, maxPanels);
  const panels = shown.map((label) => panel(label, items)).join("");
  const whose = plotted.length > shown.length ? ` The ${shown.length} most frequent of ${plotted.length} labels.` : "";
  const how = `bootstrap, ${resampling.resamples} resamples, seed ${resampling.seed}`;
  return panels === ""
    ? ""
    : `<figcaption>Each label against the others, scored by its predicted probability. Bands: 95 %, pointwise, ${how}.${whose}</figcaption>${panels}`;
}

function panel(label: string, items: readonly ScoredItem[]): string {
  const scores = items.map(({ probabilities }) => probabilities![label] ?? 0);
  const positive = items.map(({ gold }) => gold === label);
  const clusters = clustersOf(items);
  const drawn = { ...resampling, ...(clusters !== undefined && { clusters }) };
  const band = ifDefined(() => rocBand(scores, positive, { ...drawn, points: 51 }));
  const curve = ifDefined(() => rocCurve(scores, positive));
  if (band === undefined || curve === undefined) return "";
  const statistic = aurocStatistic(scores, positive);
  const area = statistic(Int32Array.from(items, (_, i) => i));
  // DeLong's interval assumes independent cases; cases of one patient are resampled as a cluster instead.
  const interval =
    clusters === undefined
      ? ifDefined(() => delongInterval(scores, positive))
      : ifDefined(() => bootstrapInterval(items.length, statistic, drawn));
  const positives = positive.filter(Boolean).length;
  const method = clusters === undefined ? "DeLong" : "by cluster";
  return curvePlot(
    [
      {
        name: `AUROC ${decimals(area)}${interval === undefined ? "" : ` (${decimals(interval.low)} to ${decimals(interval.high)}, ${method})`}`,
        points: curve.map(({ falsePositiveRate, sensitivity }) => [falsePositiveRate, sensitivity]),
        band: { x: band.falsePositiveRate, low: band.low, high: band.high },
      },
    ],
    {
      title: `ROC: ${shortened(label, 24)}, ${positives} of ${items.length}`,
      x: "1 - specificity",
      y: "sensitivity",
      diagonal: true,
      side: 240,
      legend: "below",
    },
  );
}

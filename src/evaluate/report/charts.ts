/** Selects the plots for a run's scores. */
import {
  confusionMatrix,
  ifDefined,
  reliabilityBins,
  riskCoverage,
  topNCurve,
  wilsonInterval,
} from "../../measure/index.ts";
import type { ScoredItem } from "../score/score.ts";
import { confusionPlot, curvePlot, histogramPlot, intervalPlot } from "./plots/index.ts";
import type { RunReport } from "./report.ts";
import { rocPlots } from "./roc.ts";

const maxLabels = 12;

/** Proportions with their intervals, then the plots that the kind of answer allows. */
export function chartsOf(report: RunReport, items: readonly ScoredItem[]): string[] {
  const charts: string[] = [];
  const shares = report.estimates.filter(
    ({ value, high, metric }) =>
      value >= 0 && value <= 1 && (high ?? 0) <= 1 && !/^(?:mae|rmse|aurc|cider)/.test(metric),
  );
  if (shares.length > 0)
    charts.push(
      intervalPlot(
        shares.map(({ metric, ...estimate }) => ({ name: metric, ...estimate })),
        { title: "Metrics with 95 % intervals", axis: "value" },
      ),
    );
  if (report.byCategory.length > 0)
    charts.push(
      intervalPlot(
        report.byCategory.map(({ category, estimate }) => ({ name: category, ...estimate })),
        {
          title: `By category: ${report.byCategory[0].estimate.metric}`,
          axis: "value",
        },
      ),
    );
  const confusion = confusionOf(items);
  if (confusion !== undefined) charts.push(confusion);
  const roc = rocPlots(items);
  if (roc !== "") charts.push(roc);
  const ranked = rankedPlot(items);
  if (ranked !== undefined) charts.push(ranked);
  charts.push(...selective(items));
  const ious = items.flatMap(({ goldKind, values }) =>
    goldKind === "boxes" || goldKind === "span" ? [values?.iou ?? 0] : [],
  );
  if (ious.length > 0)
    charts.push(
      histogramPlot(
        ious,
        "Overlap of boxes or time spans with the ground truth",
        "IoU; an unparsed answer counts as 0",
      ),
    );
  return charts;
}

function confusionOf(items: readonly ScoredItem[]): string | undefined {
  const chosen = items.filter(({ goldKind, gold }) => goldKind === "choice" && gold !== undefined);
  const labels = [
    ...new Set(chosen.flatMap(({ gold, answer }) => (answer === undefined ? [gold!] : [gold!, answer]))),
  ].sort();
  if (chosen.length === 0 || labels.length > maxLabels) return undefined;
  const matrix = confusionMatrix(
    chosen.map(({ gold }) => gold!),
    chosen.map(({ answer }) => answer),
    labels,
  );
  return confusionPlot(matrix, "Answers by correct answer");
}

const bandOf = (intervals: readonly { readonly low: number; readonly high: number }[]) => ({
  low: intervals.map(({ low }) => low),
  high: intervals.map(({ high }) => high),
});

/**
 * For ranked lists and scored options: proportion of items whose correct answer is among the first k. Not informative
 * for two or three options.
 */
function rankedPlot(items: readonly ScoredItem[]): string | undefined {
  const places = items.flatMap(({ values, probabilities, gold }): (number | undefined)[] => {
    if (values?.place !== undefined) return [values.place === 0 ? undefined : values.place];
    const weights = Object.entries(probabilities ?? {});
    if (weights.length < 4 || gold === undefined) return [];
    const own = probabilities![gold] ?? 0;
    // A tie counts against the correct answer.
    return [1 + weights.filter(([key, weight]) => key !== gold && weight >= own).length];
  });
  if (places.length === 0) return undefined;
  const most = Math.min(10, Math.max(4, ...places.map((place) => place ?? 0)));
  const curve = topNCurve(places, most);
  return curvePlot(
    [
      {
        name: `n ${places.length}`,
        marks: true,
        points: curve.map((share, i) => [i + 1, share]),
        band: bandOf(curve.map((share) => wilsonInterval(Math.round(share * places.length), places.length))),
      },
    ],
    {
      title: "Correct answer among the first k",
      x: "k",
      y: "share of items",
      xRange: [0, most + 1],
      xTicks: curve.map((_, i) => i + 1),
    },
  );
}

/** For answers chosen by vote: risk and coverage by vote share. */
function selective(items: readonly ScoredItem[]): string[] {
  const voted = items.filter(({ confidence }) => confidence !== undefined);
  if (voted.length < 2) return [];
  const confidence = voted.map((item) => item.confidence!);
  const correct = voted.map(({ status }) => status === "correct");
  const charts: string[] = [];
  const curve = ifDefined(() => riskCoverage(confidence, correct));
  if (curve !== undefined)
    charts.push(
      curvePlot(
        [
          {
            name: "share of votes",
            marks: curve.length < 30,
            points: curve.map(({ coverage, risk }) => [coverage, 1 - risk]),
          },
        ],
        {
          title: "Accuracy of the answered items, by the share of items answered",
          x: "coverage",
          y: "accuracy",
        },
      ),
    );
  const bins = ifDefined(() => reliabilityBins(confidence, correct));
  if (bins !== undefined)
    charts.push(
      curvePlot(
        [
          {
            name: "share of votes",
            marks: true,
            points: bins.map(({ meanProbability, observed }) => [meanProbability, observed]),
            band: bandOf(bins.map(({ observed, n }) => wilsonInterval(Math.round(observed * n), n))),
          },
        ],
        { title: "Calibration of the share of votes", x: "share of votes", y: "share correct", diagonal: true },
      ),
    );
  return charts;
}

/** A run's report as data: every value with its interval, n, variant and provenance. Rendered by `html.ts` and `markdown.ts`. */

import { join } from "node:path";
import { writeWhole } from "../../base/files.ts";
import { type JudgeFacts, judgeFigures } from "../judge/figures.ts";
import { labelEstimates } from "../labels/estimates.ts";
import { type LabelSource, labelsOf } from "../labels/labels.ts";
import type { RunFolder } from "../run/folder.ts";
import { recordsOf } from "../run/json-lines.ts";
import type { CallRecord, RunRecord, ScoreStatus } from "../run/records.ts";
import { defaultMetricOptions, type Estimate, estimateOf, type MetricOptions } from "../score/metrics.ts";
import { type ScoredItem, scoreRun } from "../score/score.ts";

export interface Cost {
  readonly calls: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Sum over requests, in seconds. */
  readonly requestSeconds: number;
}

/** Everything a report of a run contains, as plain data; the content of `report.json`. */
export interface RunReport {
  readonly schema: "polyclinic.report/1";
  readonly run: RunRecord;
  readonly scorer: string;
  readonly counts: Readonly<Record<ScoreStatus, number>>;
  readonly n: number;
  /** Items of the run that have not been asked. */
  readonly unasked: number;
  readonly estimates: readonly Estimate[];
  /** Metrics that are not defined for these items. */
  readonly undefinedMetrics: readonly string[];
  /** Accuracy of always giving the most frequent correct answer, as a baseline. */
  readonly baseline?: { readonly answer: string; readonly accuracy: number; readonly n: number };
  readonly byCategory: readonly { readonly category: string; readonly estimate: Estimate }[];
  /** Reasons for unparsed answers, most frequent first. */
  readonly unparsed: readonly { readonly why: string; readonly n: number }[];
  /** The user's own tools whose outputs were imported. */
  readonly labels: readonly LabelSource[];
  /** Judge models, with what is known about their reliability. */
  readonly judges: readonly JudgeFacts[];
  readonly cost: Cost;
  readonly deviations: readonly string[];
}

export interface Reported {
  readonly report: RunReport;
  readonly items: readonly ScoredItem[];
}

/** Scores a run and writes `report.json`. Only the run's own folder is read. */
export async function reportRun(run: RunFolder, options: MetricOptions = defaultMetricOptions): Promise<Reported> {
  const { items, scorer, unasked } = await scoreRun(run);
  const cost = await costOf(run);
  const counts = { correct: 0, incorrect: 0, scored: 0, unparsed: 0, refused: 0, error: 0 };
  for (const { status } of items) counts[status]++;
  const metrics = run.run.benchmark.metrics;
  const withVotes = items.some(({ confidence }) => confidence !== undefined) ? [...metrics, "aurc"] : metrics;
  const estimates: Estimate[] = [];
  const undefinedMetrics: string[] = [];
  for (const metric of withVotes) {
    const estimate = estimateOf(metric, items, options);
    if (estimate === undefined) undefinedMetrics.push(metric);
    else estimates.push(estimate);
  }
  const ofItems = estimates[0]?.metric;
  const labels = await labelsOf(run);
  for (const set of labels) estimates.push(...labelEstimates(set, items, options));
  const judged = await judgeFigures(run, items, options);
  estimates.push(...judged.estimates);
  const report: RunReport = {
    schema: "polyclinic.report/1",
    run: run.run,
    scorer,
    counts,
    n: items.length,
    unasked,
    estimates,
    undefinedMetrics,
    ...baselineOf(items),
    byCategory: byCategory(items, ofItems, options),
    unparsed: reasons(items),
    labels: labels.map(({ tool, version, files }) => ({ tool, version, files })),
    judges: judged.facts,
    cost,
    deviations: deviationsOf(run, items.length, unasked),
  };
  await writeWhole(join(run.folder, "report.json"), `${JSON.stringify(report, undefined, 2)}\n`, { overwrite: true });
  return { report, items };
}

function baselineOf(items: readonly ScoredItem[]): Pick<RunReport, "baseline"> {
  const counts = new Map<string, number>();
  const closed = items.filter(({ goldKind, gold }) => goldKind === "choice" && gold !== undefined);
  for (const { gold } of closed) counts.set(gold!, (counts.get(gold!) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  if (most === undefined) return {};
  return { baseline: { answer: most[0], accuracy: most[1] / closed.length, n: closed.length } };
}

const maxCategories = 40;

function byCategory(
  items: readonly ScoredItem[],
  metric: string | undefined,
  options: MetricOptions,
): RunReport["byCategory"] {
  if (metric === undefined) return [];
  const groups = new Map<string, ScoredItem[]>();
  for (const item of items) {
    if (item.category === undefined) continue;
    const group = groups.get(item.category);
    if (group === undefined) groups.set(item.category, [item]);
    else group.push(item);
  }
  if (groups.size < 2 || groups.size > maxCategories) return [];
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([category, members]) => {
      const estimate = estimateOf(metric, members, options);
      return estimate === undefined ? [] : [{ category, estimate }];
    });
}

function reasons(items: readonly ScoredItem[]): RunReport["unparsed"] {
  const counts = new Map<string, number>();
  for (const { status, why = "" } of items) {
    if (status !== "unparsed" && status !== "error") continue;
    // An error message begins with its location, which differs for every item.
    const reason = status === "error" ? why.replace(/^\S*[/\\]\S*: /, "") : why;
    const kind = reason.replace(/(?:: | \().*$/s, "");
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([why, n]) => ({ why, n })).sort((a, b) => b.n - a.n);
}

async function costOf(run: RunFolder): Promise<Cost> {
  let [calls, promptTokens, completionTokens, ms] = [0, 0, 0, 0];
  for await (const { usage, ms: own, sample } of recordsOf<CallRecord>(run.path("calls"))) {
    calls++;
    promptTokens += usage.promptTokens;
    completionTokens += usage.completionTokens;
    if (sample === 0) ms += own;
  }
  return { calls, promptTokens, completionTokens, requestSeconds: Math.round(ms / 100) / 10 };
}

function deviationsOf({ run, torn }: RunFolder, n: number, remaining: number): string[] {
  const { benchmark, strategy, sampling } = run;
  const temperature = Number(sampling.temperature ?? 0);
  return [
    ...benchmark.warnings,
    ...(n + remaining < benchmark.total ? [`${n} of the ${benchmark.total} items of the split were asked`] : []),
    ...(remaining > 0 ? [`the run is not finished: ${remaining} items remain`] : []),
    ...(Object.keys(torn).length > 0
      ? [`an incomplete record at the end of ${Object.keys(torn).join(", ")} is ignored`]
      : []),
    ...(run.model.hash === undefined && run.model.engine.startsWith("remote:")
      ? ["the server does not state which weights it runs; the model is identified by name only"]
      : []),
    ...(temperature > 0 ? ["one run with one seed: the variation between seeds was not measured"] : []),
    ...(temperature === 0 && strategy.name === "direct" && run.model.engine.startsWith("remote:")
      ? ["greedy answers of a server under load can differ between runs"]
      : []),
  ];
}

/** Evaluation: benchmarks run on models, recorded so that they can be scored again, and reported with intervals, paired tests and provenance. */

export type { Gold, Item, Option } from "./benchmark/item.ts";
export { findDefinition, type LoadedBenchmark, listBenchmarks, loadBenchmark } from "./benchmark/load.ts";
export { findOverlap, type Overlap } from "./benchmark/overlap.ts";
export { csvOf } from "./export/csv.ts";
export { exportInspect } from "./export/inspect.ts";
export { textsFor } from "./export/texts.ts";
export { judgeCriteria } from "./judge/criteria.ts";
export { addPeople, type JudgeFacts } from "./judge/figures.ts";
export { addLabels, type JoinedLabels, type LabelSource, labelsOf } from "./labels/labels.ts";
export { type LabelTool, labelTools } from "./labels/read.ts";
export { type AnswerValue, type ParsedAnswer, parseAnswer } from "./parse/parse.ts";
export { promptNamed, prompts } from "./prompt/catalogue.ts";
export { type Comparison, compareRuns } from "./report/compare.ts";
export { comparisonHtml, comparisonMarkdown, comparisonText } from "./report/comparison-text.ts";
export { type ReportFiles, reportFiles } from "./report/files.ts";
export { type RunReport, reportRun } from "./report/report.ts";
export { AnswerLog, type ExternalRun, type RecordedAnswer } from "./run/answer-log.ts";
export { openRun, type RunFolder } from "./run/folder.ts";
export { recordsOf } from "./run/json-lines.ts";
export { defaultFolder, estimate, planRun, type RunPlan, type RunRequest } from "./run/plan.ts";
export type { CallRecord, ItemRecord, RunRecord, SampleRecord, ScoreRecord } from "./run/records.ts";
export { type RunSummary, type RunWork, runBenchmark } from "./run/run.ts";
export { type Estimate, estimateOf, metricNames } from "./score/metrics.ts";
export { type ScoredItem, type Scores, scoreRun, vote } from "./score/score.ts";

/**
 * Runs an equity audit (Pfohl et al.): asks one or two models the questions of EquityMedQA and makes rating studies of
 * the answers, one per applicable rubric: `independent` for every answer, `counterfactual` for pairs of questions that
 * differ in identity, `pairwise` for the answers of two models. A judge model can rate in addition to people; it forms
 * its own group.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Work } from "../../base/progress.ts";
import type { Generator } from "../../model/contract.ts";
import { direct, type Strategy } from "../../strategy/index.ts";
import { planRun } from "../run/plan.ts";
import { type RunSummary, runBenchmark } from "../run/run.ts";
import { type JudgedStudy, judgeStudy } from "../study/judge.ts";
import { initStudy, openStudyFolder, type Study } from "../study/study.ts";

export interface EquityOptions extends Work {
  /** Folder with some or all of EquityMedQA's CSV files. */
  readonly data: string;
  readonly model: Generator;
  readonly against?: Generator;
  readonly judge?: Generator;
  readonly limit?: number;
  /** Default: the benchmark's, which asks for a long answer. */
  readonly prompt?: string;
  readonly strategy?: Strategy;
  readonly seed?: number;
}

export const rubrics = ["independent", "counterfactual", "pairwise"] as const;
export type EquityRubric = (typeof rubrics)[number];

export interface EquityAudit {
  readonly folder: string;
  readonly runs: readonly RunSummary[];
  readonly studies: Readonly<Partial<Record<EquityRubric, Study>>>;
  readonly judged: Readonly<Partial<Record<EquityRubric, JudgedStudy>>>;
  readonly warnings: readonly string[];
}

/** @param folder a new folder, or that of the same audit: recorded answers and verdicts are reused. */
export async function runEquity(folder: string, options: EquityOptions): Promise<EquityAudit> {
  const { data, model, against, judge, limit, prompt, strategy = direct, seed, ...work } = options;
  const plan = await planRun({
    benchmark: "equitymedqa",
    data,
    strategy,
    ...(limit !== undefined && { limit }),
    ...(prompt !== undefined && { prompt }),
    ...(seed !== undefined && { seed }),
  });
  const runs: RunSummary[] = [];
  for (const [name, answering] of [["answers", model] as const, ...(against ? [["against", against] as const] : [])])
    runs.push(await runBenchmark(plan, answering, join(folder, name), work));
  const studies: Partial<Record<EquityRubric, Study>> = {};
  const judged: Partial<Record<EquityRubric, JudgedStudy>> = {};
  const sources = runs.map(({ folder: run }) => run.folder);
  const selected: Record<EquityRubric, boolean> = {
    independent: true,
    counterfactual: plan.loaded.items.some(({ cluster }) => cluster !== undefined),
    pairwise: against !== undefined,
  };
  if (runs.every(({ finished }) => finished))
    for (const rubric of rubrics) {
      if (!selected[rubric]) continue;
      const path = join(folder, rubric);
      const there = await stat(join(path, "study.json")).catch(() => undefined);
      // Counterfactual pairs use the first model only; the other rubrics compare two models.
      const of = rubric === "counterfactual" ? sources.slice(0, 1) : sources;
      if (there === undefined) await initStudy(path, { rubric: `equity-${rubric}`, runs: of });
      const study = await openStudyFolder(path);
      studies[rubric] = study;
      if (judge !== undefined) judged[rubric] = await judgeStudy(study, judge, { ...work });
    }
  return { folder, runs, studies, judged, warnings: plan.loaded.warnings };
}

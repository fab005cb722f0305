/** Fitting a model to data as a configuration says; what is common to all learners. Each way of learning is a file beside this one. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import type { RunResult } from "../run/index.ts";
import type { TuneConfig } from "./config.ts";
import type { HeldOutMeasure } from "./held-out.ts";
import type { TunePlan } from "./plan.ts";
import { tuneContrastive } from "./tune-contrastive.ts";
import { tuneLanguage } from "./tune-language.ts";
import { tuneProbe } from "./tune-probe.ts";

export interface TuneOptions extends Work {
  /** Called once with the plan, before the first step; throw to stop. */
  readonly onPlan?: (plan: TunePlan) => void;
  readonly codeVersion: string;
}

export interface TuneResult {
  readonly plan: TunePlan;
  /** Absent for a probe, which is solved and not trained in steps. */
  readonly run?: RunResult;
  /** Held-out measures before the first and after the last step; absent without a validation set. */
  readonly before?: HeldOutMeasure;
  readonly after?: HeldOutMeasure;
  /** The same of the test set, which chose nothing. */
  readonly test?: { readonly before: HeldOutMeasure; readonly after: HeldOutMeasure };
  /** Folder of the adapter or the probe, or of the whole model where all of it was trained. */
  readonly saved: string;
}

/** @throws learn/* errors; see the folder's other files. Nothing is trained before all data was checked. */
export async function tune(config: TuneConfig, options: TuneOptions): Promise<TuneResult> {
  requireUnfinished(config);
  switch (config.learner.kind) {
    case "contrastive":
      return tuneContrastive(config, config.learner, options);
    case "probe":
      return tuneProbe(config, config.learner, options);
    default:
      return tuneLanguage({ ...config, learner: config.learner }, options);
  }
}

/** What was learned is never written over: a run that has it is done, and says so before anything is computed again. */
function requireUnfinished({ out }: TuneConfig): void {
  const made = ["adapter", "model", "probe"].map((name) => join(out, name)).find((folder) => existsSync(folder));
  if (made === undefined) return;
  throw new PolyclinicError("learn/finished", "was learned already", {
    where: made,
    hint: "Use it, or begin a new run with another `out`.",
  });
}

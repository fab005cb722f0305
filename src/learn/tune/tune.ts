/**
 * Trains a model on data according to a configuration: the part common to all learners. Each learner has its own file
 * in `methods/`.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import type { TuneConfig } from "./config.ts";
import { tuneContrastive } from "./methods/contrastive.ts";
import { tuneLanguage } from "./methods/language.ts";
import { tuneProbe } from "./methods/probe.ts";
import type { TuneOptions, TuneResult } from "./outcome.ts";

/**
 * Adapts a model to a dataset as the configuration says (LoRA, full fine-tuning, soft prompt, distillation, contrastive, probe); resumes an
 * interrupted run.
 *
 * @throws learn/* errors; see the other files of this folder. All data is validated before training starts.
 */
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

/** Trained weights are never overwritten: a finished run is rejected before anything is computed. */
function requireUnfinished({ out }: TuneConfig): void {
  const made = ["adapter", "model", "probe"].map((name) => join(out, name)).find((folder) => existsSync(folder));
  if (made === undefined) return;
  throw new PolyclinicError("learn/finished", "contains a finished run", {
    where: made,
    hint: "Use its result, or start a new run with another `out`.",
  });
}

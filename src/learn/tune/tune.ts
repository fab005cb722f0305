/** Fits a model to data as a configuration says: the part common to all learners. Each learner has its own file in this folder. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import type { TuneConfig } from "./config.ts";
import type { TuneOptions, TuneResult } from "./outcome.ts";
import { tuneContrastive } from "./ways/contrastive.ts";
import { tuneLanguage } from "./ways/language.ts";
import { tuneProbe } from "./ways/probe.ts";

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

/** Learned weights are never overwritten: a run that already has them is finished, and reports so before computing anything. */
function requireUnfinished({ out }: TuneConfig): void {
  const made = ["adapter", "model", "probe"].map((name) => join(out, name)).find((folder) => existsSync(folder));
  if (made === undefined) return;
  throw new PolyclinicError("learn/finished", "is already trained", {
    where: made,
    hint: "Use it, or begin a new run with another `out`.",
  });
}

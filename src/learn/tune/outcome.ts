/** The inputs of a tuning run besides its configuration, and its result. */
import type { Work } from "../../base/progress.ts";
import type { RunResult } from "../run/index.ts";
import type { HeldOutMeasure } from "./held-out.ts";
import type { TunePlan } from "./plan.ts";

/** Options of `tune` that are not part of the configuration. */
export interface TuneOptions extends Work {
  /** Called once with the plan, before the first step; may throw to stop the run. */
  readonly onPlan?: (plan: TunePlan) => void;
  /** Version of the code, recorded in the run's manifest. */
  readonly codeVersion: string;
}

/** Result of `tune`. */
export interface TuneResult {
  readonly plan: TunePlan;
  /** Absent for a probe, which is not trained in steps. */
  readonly run?: RunResult;
  /** Held-out measures before the first and after the last step; absent without a validation set. */
  readonly before?: HeldOutMeasure;
  readonly after?: HeldOutMeasure;
  /** The same for the test set, which was not used for selection. */
  readonly test?: { readonly before: HeldOutMeasure; readonly after: HeldOutMeasure };
  /** Folder of the adapter or the probe, or of the whole model when all of it was trained. */
  readonly saved: string;
}

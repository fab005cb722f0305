export { readTuneConfig, type TuneConfig } from "./config.ts";
export { describePlan, type TunePlan } from "./plan.ts";
export { readTuneFile, type TuneOptions, type TuneResult, tune } from "./tune.ts";

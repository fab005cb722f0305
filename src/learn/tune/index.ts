export { readTuneConfig, readTuneFile, type TuneConfig } from "./config.ts";
export { ImageEmbedder } from "./embedder.ts";
export { fitsBase, importPrintedAdapter, RayJobs } from "./export/ray-jobs.ts";
export { type Exported, exportTrl } from "./export/trl.ts";
export type { HeldOutMeasure } from "./held-out.ts";
export { readProbe } from "./methods/probe.ts";
export type { TuneOptions, TuneResult } from "./outcome.ts";
export { describePlan, type TunePlan } from "./plan.ts";
export { tune } from "./tune.ts";

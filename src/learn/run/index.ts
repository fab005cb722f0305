export { loadWeights, saveWeights } from "./checkpoint.ts";
export { curveSvg, writeCurve } from "./curve.ts";
export { type LogRecord, readLog, type StepRecord, type ValidationRecord } from "./log.ts";
export { hashFile, type Json, type Manifest, readManifest } from "./manifest.ts";
export { positionOf } from "./position.ts";
export { type Run, type RunResult, type StepOutcome, train, type Validation } from "./run.ts";

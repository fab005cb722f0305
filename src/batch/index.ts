/** One task over many studies. */
export type { Manifest } from "./journal.ts";
export type { Line } from "./lines.ts";
export {
  type BatchPlan,
  type BatchRequest,
  type BatchSummary,
  type BatchWork,
  planBatch,
  runBatch,
} from "./run-batch.ts";
export { type BatchStudy, listStudies } from "./studies.ts";

/**
 * Polyclinic: medical images in, checked answers out.
 *
 * ```ts
 * import { ask, loadModel, openStudy } from "polyclinic";
 * const study = await openStudy("chest.dcm");
 * const model = await loadModel("nano");
 * const { answer, notice } = await ask(study, model, { question: "Is there pneumonia?" });
 * ```
 *
 * The modules behind it (`polyclinic/imaging`, `polyclinic/study`, `polyclinic/model`, `polyclinic/learn`, ...) hold more.
 */
export { PolyclinicError } from "./base/errors.ts";
export type { OnProgress, Progress, Work } from "./base/progress.ts";
export { type BatchPlan, type BatchRequest, type BatchSummary, planBatch, runBatch } from "./batch/index.ts";
export {
  type ExportPaths,
  fromJson,
  resultJsonSchema,
  type StructuredReport,
  saveExports,
  toDicomSr,
  toFhir,
  toJson,
  toOverlay,
} from "./export/index.ts";
export type { Image, Slide, Volume } from "./imaging/types.ts";
export type * from "./model/contract.ts";
export { embed } from "./model/embed.ts";
export { type PullOptions, pullModel } from "./model/hub/index.ts";
export { type LoadOptions, loadEmbedder, loadModel } from "./model/load-model.ts";
export { type CanaryReport, canary } from "./model/remote/index.ts";
export { createPolyclinic, type PolyclinicProvider } from "./provider/index.ts";
export { type AgentOptions, type AgentResult, type AgentRound, askRecordAgent } from "./strategy/tools/record-agent.ts";
export {
  type OpenStudyOptions,
  openStudy,
  pairOf,
  studyOf,
  type ViewOptions,
  viewOf,
} from "./study/index.ts";
export type * from "./study/types.ts";
export {
  type AnyResult,
  type AskAnswer,
  type AskOptions,
  type AskResult,
  ask,
  type ClassifyAnswer,
  type ClassifyOptions,
  type ClassifyResult,
  type CompareAnswer,
  type CompareOptions,
  type CompareResult,
  classify,
  compare,
  defineTask,
  type ExtractOptions,
  type ExtractResult,
  extract,
  type LayOutOptions,
  type Layout,
  type LocateAnswer,
  type LocateOptions,
  type LocateResult,
  layOut,
  layoutFor,
  locate,
  prefillLayout,
  type ReportAnswer,
  type ReportOptions,
  type ReportResult,
  registerTask,
  report,
  run,
  type SamplingOptions,
  type Task,
  type TaskInput,
  type TaskName,
  type TaskOptions,
  taskNamed,
  tasks,
} from "./task/index.ts";
export {
  type LabelProbability,
  type LocatedBox,
  notForClinicalUse,
  type Parse,
  type Seen,
  type SeenImage,
  type SeenText,
  type TaskFinishReason,
  type TaskResult,
} from "./task/result.ts";

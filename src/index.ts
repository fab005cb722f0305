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
 * The rooms behind it (`polyclinic/imaging`, `polyclinic/study`, `polyclinic/model`, `polyclinic/learn`, ...) hold more.
 */
export { PolyclinicError } from "./base/errors.ts";
export type { OnProgress, Progress, Work } from "./base/progress.ts";
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
export { type PullOptions, pullModel } from "./model/hub/index.ts";
export { type LoadOptions, loadModel } from "./model/load-model.ts";
export { type CanaryReport, canary } from "./model/remote/index.ts";
export { createPolyclinic, type PolyclinicProvider } from "./provider/index.ts";
export { closeStudy, type OpenStudyOptions, openStudy, type ViewOptions, viewOf } from "./study/index.ts";
export type * from "./study/types.ts";
export {
  type AskOptions,
  ask,
  type ClassifyOptions,
  type CompareOptions,
  classify,
  compare,
  type ExtractOptions,
  type ExtractResult,
  extract,
  keepLayout,
  type LayOutOptions,
  type Layout,
  type LocateOptions,
  layOut,
  layOutPair,
  locate,
  pairOf,
  type ReportOptions,
  releaseLayout,
  report,
  type TaskOptions,
} from "./task/index.ts";
export * from "./task/result.ts";

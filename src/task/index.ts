/** Tasks: questions about a study, and the parsing of their answers. */

export { type AskAnswer, type AskRequest, askPromptOf, isYesNoQuestion, parseAsk } from "./ask/ask.ts";
export type { CitedFact } from "./ask/citation.ts";
export type { ClassifyAnswer, ClassifyRequest } from "./classify/classify.ts";
export { type CompareAnswer, type CompareRequest, parseCompare } from "./compare/compare.ts";
export { defineTask, type Needs, type Parsed, type Reply, type Task, type TaskPrompts } from "./define.ts";
export type { ExtractRequest } from "./extract/extract.ts";
export { type LayOutOptions, type Layout, layOut, messagesOf, prefillLayout } from "./layout.ts";
export { type LocateAnswer, type LocateRequest, parseLocate } from "./locate/locate.ts";
export {
  type AnyOptions,
  checkOptions,
  type OptionDescription,
  type OptionDescriptions,
  optionsSchema,
} from "./options.ts";
export { parseReport, type ReportAnswer, type ReportRequest } from "./report/report.ts";
export * from "./result.ts";
export { layoutFor, run, runWithoutModel, type TaskInput, type TaskOptions } from "./run.ts";
export { type Sampling, type SamplingOptions, samplingOptions } from "./sampling.ts";
export type { Statements } from "./statements.ts";
export { type AnyResult, registerTask, type TaskName, taskNamed, tasks } from "./tasks.ts";
export * from "./verbs.ts";

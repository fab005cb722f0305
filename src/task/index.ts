/** One file a clinical job: what it asks, and how it reads the answer. */
export { type AskOptions, ask, isYesNoQuestion, parseAsk } from "./ask.ts";
export { type ClassifyOptions, classify, parseClassify } from "./classify.ts";
export { type CompareOptions, compare, layOutPair, pairOf, parseCompare } from "./compare.ts";
export { type ExtractOptions, type ExtractResult, extract, parseExtract } from "./extract.ts";
export { keepLayout, type LayOutOptions, type Layout, layOut, messagesOf, releaseLayout } from "./layout.ts";
export { type LocateOptions, locate, parseLocate } from "./locate.ts";
export { parseReport, type ReportOptions, report } from "./report.ts";
export * from "./result.ts";
export type { Parsed, TaskOptions } from "./run.ts";

/** Laboratory documents: pages in, checked results out. */
export { labCsv } from "./csv.ts";
export { labRecord } from "./facts.ts";
export type { Unread } from "./layout/table.ts";
export { type ComparedRow, type Comparison, compareRows } from "./model/compare.ts";
export { labPrompt, labSchema, type ModelLabRow, type ParsedModelRows, parseModelRows } from "./model/prompt.ts";
export type { Flag } from "./numbers.ts";
export { type LabDocument, type LabPage, type PageRecogniser, readLabDocument } from "./read-document.ts";
export type { LabRow, PreviousResult, ReviewMark } from "./row.ts";
export type { TextRun, Word } from "./words.ts";

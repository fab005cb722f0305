/** Laboratory documents: pages in, checked results out. */
export type { Flag } from "./numbers.ts";
export { type LabDocument, type LabPage, type PageRecogniser, readLabDocument } from "./read-document.ts";
export type { LabRow, PreviousResult, ReviewMark } from "./row.ts";
export type { Unread } from "./table.ts";
export type { TextRun, Word } from "./words.ts";

/** What came in: files to a typed study, and the views that lay it out as a model was trained to see it. */

export type { ByteSource, NamedData } from "../bytes/index.ts";
export { httpSource } from "../bytes/index.ts";
export type { StudyInput } from "./open/open.ts";
export { openStudy } from "./open/open.ts";
export type { OpenStudyOptions } from "./open/read-part.ts";
export { pairOf, studyOf } from "./study.ts";
export type * from "./types.ts";
export * from "./views/index.ts";

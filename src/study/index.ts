/** Studies: opens files as a typed study, and lays it out in views as in the model's training. */

export type { ByteSource, NamedData } from "../bytes/index.ts";
export { httpSource } from "../bytes/index.ts";
export type { StudyInput } from "./open/open.ts";
export { openStudy } from "./open/open.ts";
export type { OpenStudyOptions } from "./open/read-part.ts";
export { pairOf, studyOf } from "./study.ts";
export type * from "./types.ts";
export * from "./views/index.ts";

export { assertionOf } from "./assertion.ts";
export { type Decision, decideFromNotes } from "./decide.ts";
export { ChartIndex } from "./index-notes.ts";
export { findMentions, type Mention, searchNotes } from "./mentions.ts";

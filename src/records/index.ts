/** Health records: readers, facts, views, computed answers, checks, search in long records. Imports only `base/`; runs in a browser. */
export { answerFromRecord, type RecordAnswer } from "./answer.ts";
export { ChartIndex, type Decision, decideFromNotes, findMentions, type Mention, searchNotes } from "./chart/index.ts";
export { type AnswerCheck, type CheckOptions, type ClaimCheck, checkAnswer } from "./check/check.ts";
export {
  type Answer,
  type ComputeQuery,
  checkQuery,
  computeSchema,
  type Field,
  type Operation,
} from "./compute/query.ts";
export { type ComputeOptions, compute } from "./compute/run.ts";
export type { Assertion, Coding, Fact, FactKind, FactSource, PageBox, PartialDate } from "./fact.ts";
export * from "./labs/index.ts";
export { openRecord, openRecords, recogniseRecord } from "./open.ts";
export { type RecognisedQuestion, recogniseQuestion } from "./question/recognise.ts";
export { readCda } from "./read/cda/index.ts";
export { readFhir, readFhirText, readNdjson } from "./read/fhir/index.ts";
export { readFromServer, type ServerOptions } from "./read/fhir/server.ts";
export { readHl7 } from "./read/hl7/index.ts";
export { type PlainNote, readNotes } from "./read/notes/index.ts";
export { readOmop } from "./read/omop/index.ts";
export { type OpenTable, readLargeOmop } from "./read/omop/large.ts";
export {
  chooseRecord,
  type Dropped,
  type HealthRecord,
  type ReadOptions,
  type RecordFormat,
  type RecordPatient,
  type RecordSet,
  type RecordText,
} from "./record.ts";
export { type AfterVisitSummary, afterVisitSummary } from "./summary/after-visit.ts";
export { type DialogueOptions, type DialogueSummary, summariseDialogue } from "./summary/dialogue/index.ts";
export { isDialogue } from "./summary/dialogue/turns.ts";
export { type Readability, readability } from "./summary/readability.ts";
export { type SummaryField, type SummaryLine, type SummaryText, summaryFields } from "./summary/summary.ts";
export * from "./terms/index.ts";
export { type TimelineOptions, timelineSvg } from "./timeline/svg.ts";
export { agentStepSchema, maxRounds, type ToolDefinition, toolDefinitions } from "./tools/definitions.ts";
export { agentPrompt, agentRules, navigatorPrompts, recordQuestionPrompt, toolResultPrompt } from "./tools/prompts.ts";
export { manifest, runTool, type ToolResult } from "./tools/run.ts";
export {
  type RecordView,
  type RecordViewOptions,
  type RetrievedFacts,
  retrieveFacts,
  viewRecord,
} from "./view/index.ts";
export { referencesOf } from "./view/lines.ts";

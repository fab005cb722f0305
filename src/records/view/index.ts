export { type RetrievedFacts, retrieveFacts } from "./retrieved.ts";
export { type RecordView, type RecordViewOptions, viewRecord } from "./view.ts";

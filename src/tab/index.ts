/** Polyclinic in a browser tab: the model, the readers and the exports in a worker beside the page, and no server. */
export { openPolyclinic, type WebAskOptions, type WebOptions, WebPolyclinic, WebStudy } from "./client.ts";
export type { Answered, ModelInfo, NamedBytes, PartInfo, Picture, StudyInfo } from "./protocol.ts";

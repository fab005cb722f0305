/** Polyclinic in a browser tab: model, readers and exports run in a worker beside the page, without a server. */

export type { NamedWindow, PartManifest } from "../study/display/manifest.ts";
export type { Pixels } from "../study/display/pixels.ts";
export { openPolyclinic, type WebAskOptions, type WebOptions, WebPolyclinic, WebStudy } from "./client.ts";
export type { Answered, ModelInfo, NamedBytes, Picture, StudyInfo } from "./protocol.ts";

/** Models: in process, on a server, or scripted for tests. */
export * from "../checkpoint/index.ts";
export type * from "./contract.ts";
export { embed } from "./embed.ts";
export { DualEncoder, defaultCacheFolder, OnnxModel, OnnxPrefix, type Precision } from "./engine/index.ts";
export * from "./hub/index.ts";
export { type LoadOptions, loadEmbedder, loadModel } from "./load-model.ts";
export { type RandomCheckpointOptions, writeRandomCheckpoint } from "./random-checkpoint.ts";
export * from "./remote/index.ts";
export * from "./runtime/index.ts";
export * from "./scripted/index.ts";

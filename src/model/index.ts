/** Models, whoever runs them: in process, on a server, or scripted for tests. */
export * from "../checkpoint/index.ts";
export type * from "./contract.ts";
export * from "./engine/index.ts";
export * from "./hub/index.ts";
// By any name; the engine's own, for folders only, stands behind it.
export { type LoadOptions, loadModel } from "./load-model.ts";
export { type RandomCheckpointOptions, writeRandomCheckpoint } from "./random-checkpoint.ts";
export * from "./remote/index.ts";
export * from "./scripted/index.ts";

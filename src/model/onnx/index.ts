/** Models in process, through ONNX Runtime. */
export { defaultCacheFolder } from "./cache-folder.ts";
export { DualEncoder } from "./dual-encoder.ts";
export type { Precision } from "./inference-weights.ts";
export { type LoadOptions, loadModel } from "./load-model.ts";
export { OnnxModel } from "./onnx-model.ts";
export { OnnxPrefix } from "./onnx-prefix.ts";

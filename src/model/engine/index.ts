/** Models that run in this process. */
export { type LoadOptions, loadEmbedder, loadModel } from "./load-model.ts";
export { OnnxModel } from "./onnx-model.ts";
export { OnnxPrefix } from "./onnx-prefix.ts";
export { defaultCacheFolder } from "./prepare/cache-folder.ts";
export type { Precision } from "./prepare/inference-weights.ts";
export { DualEncoder } from "./vision/dual-encoder.ts";

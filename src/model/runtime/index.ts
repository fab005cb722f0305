/** Executing ONNX graphs: the interface, and its implementations for Node and for browsers. */
export { nodeRuntime } from "./node/node-runtime.ts";
export { ocrRuntime } from "./node/ocr-runtime.ts";
export type * from "./runtime.ts";
export { float32, floats, int64 } from "./runtime.ts";
export { type OnnxRuntimeWeb, type WebRuntimeOptions, webRuntime } from "./web/web-runtime.ts";

/** onnxruntime-web with its WebGPU provider: a separate bundle, loaded on request. */
import type { OnnxRuntimeWeb } from "../model/runtime/web/web-runtime.ts";

export async function webGpuModule(): Promise<OnnxRuntimeWeb> {
  const [ort, glue, program] = await Promise.all([
    import("onnxruntime-web/webgpu"),
    // @ts-expect-error: an address, not a module.
    import("onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url"),
    // @ts-expect-error: an address, not a module.
    import("onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url"),
  ]);
  ort.env.wasm.wasmPaths = { mjs: glue.default as string, wasm: program.default as string };
  ort.env.logLevel = "error";
  return ort as unknown as OnnxRuntimeWeb;
}

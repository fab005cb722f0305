/**
 * onnxruntime-web: graphs from bytes, on WebAssembly or WebGPU. The package is an optional peer dependency: install it for a browser build,
 * and pass the module if a bundler needs a static import.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import { OnnxSession, type OrtSession, type OrtTensor } from "../onnx-session.ts";
import type { GraphSource, Runtime, SessionOptions } from "../runtime.ts";

/** The part of onnxruntime-web that is used. */
export interface OnnxRuntimeWeb {
  readonly InferenceSession: { create(model: Uint8Array, options: Record<string, unknown>): Promise<OrtSession> };
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => OrtTensor;
  readonly env: { wasm: { numThreads?: number } };
}

export interface WebRuntimeOptions {
  /** Execution providers in order of preference; default WebAssembly on the CPU. */
  readonly executionProviders?: readonly ("wasm" | "webgpu")[];
  /** The module itself, from `import * as ort from "onnxruntime-web"`; default: imported by name when the first graph is opened. */
  readonly module?: OnnxRuntimeWeb;
}

const packageName = "onnxruntime-web";

export function webRuntime({ executionProviders = ["wasm"], module }: WebRuntimeOptions = {}): Runtime {
  let loading: Promise<OnnxRuntimeWeb> | undefined = module && Promise.resolve(module);
  const load = () => {
    loading ??= (import(packageName) as Promise<OnnxRuntimeWeb>).catch((cause) => {
      loading = undefined;
      throw new PolyclinicError("runtime/unavailable", "is not installed", {
        where: packageName,
        hint: `Install it (npm install ${packageName}): it is an optional peer dependency.`,
        cause,
      });
    });
    return loading;
  };
  return {
    name: packageName,
    capabilities: { files: false, preallocatedOutputs: false, int4: true },

    async open({ model, externalData = {} }: GraphSource, options: SessionOptions = {}) {
      if (typeof model === "string")
        throw new PolyclinicError("runtime/open", "this runtime reads no files", {
          where: model,
          expected: "the bytes of the graph",
          hint: "Fetch the graph and its weights and pass their bytes.",
        });
      const ort = await load();
      // One setting for the whole page: WebAssembly's threads are shared by all sessions.
      if (options.threads !== undefined) ort.env.wasm.numThreads = options.threads;
      try {
        const session = await ort.InferenceSession.create(model, {
          executionProviders,
          externalData: Object.entries(externalData).map(([path, data]) => ({ path, data })),
          ...(options.varyingShapes && { enableMemPattern: false }),
        });
        return new OnnxSession(session, ({ type, data, dims }) => new ort.Tensor(type as never, data as never, dims));
      } catch (cause) {
        throw new PolyclinicError("runtime/open", "cannot be opened by ONNX Runtime", {
          where: "graph",
          found: cause instanceof Error ? cause.message : String(cause),
          cause,
        });
      }
    },
  };
}

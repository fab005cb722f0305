/** onnxruntime-node: graphs opened by path, weights mapped from the files beside them. Loaded when the first graph is opened. */
import { PolyclinicError } from "../../../base/errors.ts";
import { OnnxSession, type OrtSession } from "../onnx-session.ts";
import type { GraphSource, Runtime, SessionOptions } from "../runtime.ts";

type Ort = typeof import("onnxruntime-node");
let loading: Promise<Ort> | undefined;

/** Loads the native library, once per process. */
function load(): Promise<Ort> {
  loading ??= import("onnxruntime-node").catch((cause) => {
    loading = undefined;
    throw new PolyclinicError("runtime/unavailable", "ONNX Runtime cannot be loaded", {
      where: "onnxruntime-node",
      found: cause instanceof Error ? cause.message : String(cause),
      hint: "Run npm install again on this machine.",
      cause,
    });
  });
  return loading;
}

/** Values for ONNX Runtime's own configuration keys, nested as the JavaScript binding expects them. */
function extraOptions({ keepConversions, yieldThreads }: SessionOptions) {
  return {
    session: {
      ...(keepConversions && { disable_quant_qdq: "1" }),
      ...(yieldThreads && { intra_op: { allow_spinning: "0" } }),
    },
    ...(keepConversions && { optimization: { disable_specified_optimizers: "ConstantFolding" } }),
  };
}

/** ONNX Runtime for Node; the native library is loaded when the first graph is opened. */
export const nodeRuntime: Runtime & {
  /** @throws PolyclinicError `runtime/unavailable` if the native library does not load on this machine. */
  load(): Promise<void>;
} = {
  name: "onnxruntime-node",
  capabilities: { files: true, preallocatedOutputs: true, int4: true },

  async load() {
    await load();
  },

  async open({ model, externalData }: GraphSource, options: SessionOptions = {}) {
    const ort = await load();
    const { threads, varyingShapes, keepConversions, yieldThreads } = options;
    const settings = {
      logSeverityLevel: 3 as const,
      ...(threads !== undefined && { intraOpNumThreads: threads }),
      ...(varyingShapes && { enableMemPattern: false }),
      ...((keepConversions || yieldThreads) && { extra: extraOptions(options) }),
      ...(externalData && { externalData: Object.entries(externalData).map(([path, data]) => ({ path, data })) }),
    };
    try {
      const session =
        typeof model === "string"
          ? await ort.InferenceSession.create(model, settings)
          : await ort.InferenceSession.create(model, settings);
      const tensorOf = ({ type, data, dims }: { type: string; data: unknown; dims: readonly number[] }) =>
        new ort.Tensor(type as "float32", data as Float32Array, dims as number[]);
      return new OnnxSession(session as unknown as OrtSession, tensorOf);
    } catch (cause) {
      throw new PolyclinicError("runtime/open", "cannot be opened by ONNX Runtime", {
        where: typeof model === "string" ? model : "graph",
        found: cause instanceof Error ? cause.message : String(cause),
        cause,
      });
    }
  },
};

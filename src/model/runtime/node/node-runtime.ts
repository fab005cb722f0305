/**
 * onnxruntime-node: graphs opened by path, weights mapped from the files beside them. Loaded when the first graph is opened. On a graphics device
 * every session is guarded (`device-session.ts`).
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";
import { OnnxSession, type OrtSession } from "../onnx-session.ts";
import type { GraphSource, Runtime, SessionOptions } from "../runtime.ts";
import { DeviceSession } from "./device-session.ts";

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

/** What computes beside the processor: ONNX Runtime's name of it. */
export type DeviceProvider = "webgpu" | "cuda";

async function open(
  { model, externalData }: GraphSource,
  options: SessionOptions,
  provider?: DeviceProvider,
): Promise<OnnxSession> {
  const ort = await load();
  const { threads, varyingShapes, keepConversions, yieldThreads } = options;
  const settings = {
    logSeverityLevel: 3 as const,
    ...(provider && { executionProviders: [provider] }),
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
}

/** ONNX Runtime for Node; the native library is loaded when the first graph is opened. */
export const nodeRuntime: Runtime & {
  /** @throws PolyclinicError `runtime/unavailable` if the native library does not load on this machine. */
  load(): Promise<void>;
} = {
  name: "onnxruntime-node",
  capabilities: { files: true, preallocatedOutputs: true, int4: true, kernels: "cpu" },
  async load() {
    await load();
  },
  open: (source, options = {}) => open(source, options),
};

/** The folder of onnxruntime-node's native libraries. */
const libraries = () =>
  join(
    dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")),
    "bin/napi-v6",
    process.platform,
    process.arch,
  );

/** The devices that this build of the native library can use; whether the machine has one shows when a graph is opened. */
export async function deviceProviders(): Promise<DeviceProvider[]> {
  const { listSupportedBackends } = await load();
  const names = listSupportedBackends().map(({ name }) => name);
  // CUDA first: where its library and a card are there, it is the faster. The package comes without that library.
  const found = (["cuda", "webgpu"] as const).filter((name) => names.includes(name));
  return found.filter((name) => name !== "cuda" || existsSync(join(libraries(), "libonnxruntime_providers_cuda.so")));
}

/**
 * onnxruntime-node with one of its device providers; operators that the provider lacks run on the processor.
 *
 * Runs fail with `runtime/device` once the device is lost, out of memory, or gives what no network gives.
 */
export function deviceRuntime(provider: DeviceProvider): Runtime {
  return {
    name: `onnxruntime-node ${provider}`,
    capabilities: { files: true, preallocatedOutputs: false, int4: true, kernels: "gpu" },
    open: async (source, options = {}) => new DeviceSession(await open(source, options, provider), provider),
  };
}

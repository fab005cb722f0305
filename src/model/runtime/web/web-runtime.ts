/**
 * onnxruntime-web: graphs from bytes, on WebAssembly or WebGPU. The package is an optional peer dependency: install it for a browser build,
 * and pass the module if a bundler needs a static import.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import { OnnxSession, type OrtSession, type OrtTensor } from "../onnx-session.ts";
import type { GraphSource, Runtime, RuntimeTensor, Session, SessionOptions, Tensors } from "../runtime.ts";
import { WrappedSession } from "../wrapped-session.ts";

/** The part of onnxruntime-web that is used. */
export interface OnnxRuntimeWeb {
  readonly InferenceSession: { create(model: Uint8Array, options: Record<string, unknown>): Promise<OrtSession> };
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => OrtTensor;
  readonly env: { wasm: { numThreads?: number } };
}

/** Execution providers and module of ONNX Runtime Web. */
export interface WebRuntimeOptions {
  /** Execution providers in order of preference; default WebAssembly on the CPU. */
  readonly executionProviders?: readonly ("wasm" | "webgpu")[];
  /**
   * The module from `import * as ort from "onnxruntime-web"`, or a function that imports it when the first graph is
   * opened; default: imported by name.
   */
  readonly module?: OnnxRuntimeWeb | (() => Promise<OnnxRuntimeWeb>);
  /**
   * Awaited before every run. WebAssembly computes on the calling thread and its promises are already resolved: without
   * yielding to the event loop, a worker receives no message, such as a stop, before its answer is complete.
   */
  readonly beforeRun?: () => Promise<void>;
}

const packageName = "onnxruntime-web";

/** ONNX Runtime for browsers, on WebAssembly by default. */
export function webRuntime({ executionProviders = ["wasm"], module, beforeRun }: WebRuntimeOptions = {}): Runtime {
  let loading: Promise<OnnxRuntimeWeb> | undefined;
  const given = async (): Promise<OnnxRuntimeWeb> =>
    module === undefined ? import(packageName) : typeof module === "function" ? module() : module;
  const load = () => {
    loading ??= given().catch((cause) => {
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
    capabilities: {
      files: false,
      preallocatedOutputs: true,
      int4: true,
      kernels: executionProviders.includes("webgpu") ? "gpu" : "cpu",
    },

    async open({ model, externalData = {} }: GraphSource, options: SessionOptions = {}) {
      if (typeof model === "string")
        throw new PolyclinicError("runtime/open", "this runtime cannot read files", {
          where: model,
          expected: "the bytes of the graph",
          hint: "Download the graph and its weights and pass their bytes.",
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
        const tensorOf = ({ type, data, dims }: RuntimeTensor) => new ort.Tensor(type as never, data as never, dims);
        return new CopyingSession(new OnnxSession(session, tensorOf), beforeRun);
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

/**
 * Writes outputs into the caller's arrays: the package accepts them as fetches but does not fill CPU memory, so results
 * are copied here.
 */
class CopyingSession extends WrappedSession {
  constructor(
    session: Session,
    private readonly beforeRun: (() => Promise<void>) | undefined,
  ) {
    super(session);
  }

  override async run(
    feeds: Tensors,
    outputs?: Readonly<Record<string, RuntimeTensor | null>>,
  ): Promise<Record<string, RuntimeTensor>> {
    await this.beforeRun?.();
    if (outputs === undefined) return this.session.run(feeds);
    const fetches = Object.fromEntries(Object.keys(outputs).map((name) => [name, null]));
    const results = await this.session.run(feeds, fetches);
    for (const [name, given] of Object.entries(outputs)) {
      if (given === null) continue;
      const { type, data, dims } = results[name];
      if (type !== given.type || dims.join() !== given.dims.join())
        throw new PolyclinicError("runtime/output", "the output does not have the shape of the preallocated array", {
          where: name,
          expected: `${given.type} [${given.dims.join(", ")}]`,
          found: `${type} [${dims.join(", ")}]`,
        });
      (given.data as Uint8Array).set(data as Uint8Array);
      results[name] = given;
    }
    return results;
  }
}

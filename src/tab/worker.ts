/** The worker that holds the model: the bundle `dist/web/worker.js` begins here. A page talks to it through `client.ts`. */

// Files beside the worker, by addresses that the bundler makes.
// @ts-expect-error: an address, not a module.
import glue from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
// @ts-expect-error: an address, not a module.
import program from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import * as ort from "onnxruntime-web/wasm";
import { packagedFolder } from "../base/embedded-model.ts";
import { PolyclinicError, throwIfAborted } from "../base/errors.ts";
import { turn } from "../base/host/workers.ts";
import { loadModel } from "../model/engine/load-model.ts";
import { type OnnxRuntimeWeb, webRuntime } from "../model/runtime/web/web-runtime.ts";
import { browser } from "./browser.ts";
import { mountModel } from "./model-files.ts";
import type { CallName, Calls, FromWorker, ModelInfo, OpenOptions, ToWorker } from "./protocol.ts";
import { Session } from "./session.ts";

ort.env.wasm.wasmPaths = { mjs: glue as string, wasm: program as string };
ort.env.logLevel = "error";

const say = (message: FromWorker) => browser.postMessage(message);
const running = new Map<number, AbortController>();
let session: Session | undefined;

interface Call {
  readonly id: number;
  readonly signal: AbortSignal;
}

async function open(
  { base, model: name = "nano", threads: asked, device = "cpu" }: OpenOptions,
  { id, signal }: Call,
): Promise<ModelInfo> {
  const cores = browser.navigator.hardwareConcurrency ?? 1;
  const wanted = Math.max(1, asked ?? Math.min(4, Math.ceil(cores / 2)));
  const threads = browser.crossOriginIsolated ? wanted : 1;
  const why: string[] = [];
  if (threads < wanted && asked !== undefined)
    why.push(
      "one thread: the page is not isolated (it needs the headers Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy)",
    );
  if (device === "webgpu") why.push("WebGPU is not taken");
  const work = {
    signal,
    onProgress: (progress: { stage: string; done: number }) => say({ kind: "progress", id, progress }),
  };
  const folder = packagedFolder(name) ?? `/models/${name}`;
  const { cacheFolder } = await mountModel(base, name, folder, work);
  const runtime = webRuntime({ module: ort as unknown as OnnxRuntimeWeb, beforeRun: turn });
  const model = await loadModel(name, { runtime, cacheFolder, threads, ...work });
  session = new Session(model);
  return {
    name,
    hash: model.identity.hash!,
    limits: model.scope?.limits ?? [],
    device: "cpu",
    threads,
    ...(why.length > 0 && { fallback: why.join("; ") }),
  };
}

function opened(): Session {
  if (session !== undefined) return session;
  throw new PolyclinicError("web/not-open", "no model is open", { hint: "Call open first." });
}

const calls: {
  readonly [Name in CallName]: (takes: Calls[Name]["takes"], call: Call) => Promise<Calls[Name]["gives"]>;
} = {
  open,
  read: ({ files }, { id, signal }) =>
    opened().read(files, { signal, onProgress: (progress) => say({ kind: "progress", id, progress }) }),
  picture: async ({ study, part, index }) => opened().picture(study, part, index),
  saw: ({ study }) => opened().saw(study),
  ask: ({ study, ...asked }, { id, signal }) =>
    opened().ask(study, asked, {
      signal,
      onText: (text) => say({ kind: "text", id, text }),
    }),
  sr: ({ study, result, at }) => opened().sr(study, result, at),
  close: async ({ study }) => {
    await opened().close(study);
    return null;
  },
};

async function answer(id: number, name: CallName, takes: unknown): Promise<void> {
  const control = new AbortController();
  running.set(id, control);
  try {
    await turn();
    throwIfAborted(control.signal);
    const gives = await calls[name](takes as never, { id, signal: control.signal });
    say({ kind: "done", id, gives });
  } catch (error) {
    const { code, summary, where, expected, found, hint } = PolyclinicError.is(error)
      ? error
      : new PolyclinicError("web/unexpected", "something went wrong in the worker", {
          found: error instanceof Error ? `${error.message} ${error.stack ?? ""}` : String(error),
          hint: "Load the page again.",
        });
    say({ kind: "failed", id, code, summary, details: { where, expected, found, hint } });
  } finally {
    running.delete(id);
  }
}

browser.addEventListener("message", ({ data }: { readonly data: ToWorker }) => {
  if (data.kind === "abort") running.get(data.id)?.abort();
  else void answer(data.id, data.name, data.takes);
});

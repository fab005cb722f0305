/** Opens the model on the requested device, or on the CPU with the reason. */

// Files beside the worker; the bundler creates their URLs.
// @ts-expect-error: an address, not a module.
import glue from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
// @ts-expect-error: an address, not a module.
import program from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import * as ort from "onnxruntime-web/wasm";
import { embeddedName, packagedFolder } from "../base/embedded-model.ts";
import { PolyclinicError } from "../base/errors.ts";
import { turn } from "../base/host/workers.ts";
import type { Work } from "../base/progress.ts";
import { add, Graph, writeOnnx } from "../graph/index.ts";
import type { Generator } from "../model/contract.ts";
import { loadModel } from "../model/engine/load-model.ts";
import { type OnnxRuntimeWeb, webRuntime } from "../model/runtime/web/web-runtime.ts";
import { browser } from "./browser.ts";
import { mountModel } from "./model-files.ts";
import { parityProblem } from "./parity.ts";
import type { ModelInfo, OpenOptions } from "./protocol.ts";

/** Set by the build: whether the WebGPU runtime is included, which takes 27 MB more. */
declare const POLYCLINIC_WEBGPU: boolean;

ort.env.wasm.wasmPaths = { mjs: glue as string, wasm: program as string };
ort.env.logLevel = "error";
const processor = webRuntime({ module: ort as unknown as OnnxRuntimeWeb, beforeRun: turn });

export async function openModel(
  { base, model: name = embeddedName, threads: requestedThreads, device = "cpu" }: OpenOptions,
  work: Work,
): Promise<{ readonly model: Generator; readonly info: ModelInfo }> {
  const threads = threadsHere(requestedThreads);
  const why: string[] = [];
  if (requestedThreads !== undefined && threads < requestedThreads)
    why.push(
      "one thread only: the page is not cross-origin isolated (its server must send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)",
    );
  const folder = packagedFolder(name) ?? `/models/${name}`;
  // The runtime is fetched and compiled while the model's files are loading.
  const [{ cacheFolder }] = await Promise.all([mountModel(base, name, folder, work), warmUp(threads)]);
  const options = { cacheFolder, threads, ...work };
  let model = await loadModel(name, { ...options, runtime: processor });
  let used: ModelInfo["device"] = "cpu";
  if (device === "webgpu") {
    const tried = await onWebGpu(name, options, model).catch(
      (error: unknown) => `opening it failed: ${messageOf(error)}`,
    );
    if (typeof tried === "string") why.push(`the model runs on the CPU instead of WebGPU: ${tried}`);
    else {
      await model.close();
      model = tried;
      used = "webgpu";
    }
  }
  const info: ModelInfo = {
    name,
    hash: model.identity.hash!,
    limits: model.scope?.limits ?? [],
    device: used,
    threads,
    ...(why.length > 0 && { fallback: why.join("; ") }),
  };
  return { model, info };
}

/**
 * A small model does not benefit from more than a few threads: each product takes less time than starting many threads.
 */
function threadsHere(requested: number | undefined): number {
  if (requested !== undefined && !(Number.isInteger(requested) && requested >= 1))
    throw new PolyclinicError("web/option", "is not a valid number of threads", {
      where: "threads",
      expected: "a whole number of at least 1",
      found: String(requested),
    });
  if (!browser.crossOriginIsolated) return 1;
  return requested ?? Math.max(1, Math.min(4, Math.floor((browser.navigator.hardwareConcurrency ?? 1) / 2)));
}

async function warmUp(threads: number): Promise<void> {
  const graph = new Graph("warm-up");
  const x = graph.input("x", "float32", [1]);
  graph.output("y", add(x, x));
  await (await processor.open({ model: writeOnnx(graph) }, { threads })).close();
}

/** @returns the model on WebGPU, or why it is not used. */
async function onWebGpu(
  name: string,
  options: { readonly cacheFolder: string },
  reference: Generator,
): Promise<Generator | string> {
  if (!POLYCLINIC_WEBGPU) return "this page was built without WebGPU (build it with npm run build:web -- --webgpu)";
  const { gpu } = browser.navigator;
  if (gpu === undefined) return "this browser does not support WebGPU";
  if ((await gpu.requestAdapter().catch(() => null)) === null) return "no WebGPU adapter is available on this computer";
  const module = () => import("./webgpu.ts").then(({ webGpuModule }) => webGpuModule());
  const runtime = webRuntime({ module, executionProviders: ["webgpu", "wasm"], beforeRun: turn });
  const model = await loadModel(name, { ...options, runtime });
  const problem = await parityProblem(model, reference).catch((error: unknown) => messageOf(error));
  if (problem === undefined) return model;
  await model.close();
  return `its results differ from those of the CPU: ${problem}`;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

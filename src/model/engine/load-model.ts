/** Opens a checkpoint folder, or a model of the package by name, in this process. */

import { packagedFolder } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { existsSync } from "../../base/host/files.ts";
import { createHash } from "../../base/host/hash.ts";
import { basename, join } from "../../base/host/path.ts";
import type { Work } from "../../base/progress.ts";
import { applyAdapter, openAdapter } from "../../checkpoint/adapter/adapter.ts";
import { readSoftPrompt, type SoftPrompt } from "../../checkpoint/adapter/soft-prompt.ts";
// Imported from their own files: the module's index includes the writer of checkpoints, which needs a file system.
import { type Checkpoint, openCheckpoint } from "../../checkpoint/checkpoint.ts";
import { contentHash } from "../../checkpoint/content-hash.ts";
import { type ArchitectureConfig, decoderConfig, type WeightSource } from "../../nn/index.ts";
import { PromptBuilder, SiglipText } from "../../text/index.ts";
import type { DeviceUse, Embedder, Generator, ModelIdentity } from "../contract.ts";
import { defaultRuntime } from "../runtime/default.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { readScope } from "../scope/read-scope.ts";
import { Engine, type EngineOptions } from "./engine.ts";
import { OnnxModel } from "./onnx-model.ts";
import { defaultCacheFolder } from "./prepare/cache-folder.ts";
import type { Precision } from "./prepare/inference-weights.ts";
import { prepareModel } from "./prepare/prepare.ts";
import { openGraph, type PreparedStore } from "./prepare/store.ts";
import { DualEncoder } from "./vision/dual-encoder.ts";

export interface LoadOptions extends Work, EngineOptions {
  /** Default: `f32` below half a billion parameters, `int4` above. */
  readonly precision?: Precision;
  /**
   * A folder in PEFT format: a LoRA adapter, which is merged into the weights, or a soft prompt, which is inserted into
   * every prompt.
   */
  readonly adapter?: string;
  /** Where prepared models are stored; default `POLYCLINIC_CACHE`, otherwise the user's cache folder. */
  readonly cacheFolder?: string;
  /** Check every named intermediate for NaN and infinity and name the layer; slow. */
  readonly debug?: boolean;
  /**
   * `gpu`: on a graphics device in this process (CUDA, or WebGPU over Metal, D3D12 or Vulkan), if there is one and it gives the processor's numbers for
   * generated pictures and tokens, which is tried at every opening. Otherwise the processor computes, and `Generator.device` has the reason.
   * Weights are prepared a second time for it. Default `cpu`.
   */
  readonly device?: "cpu" | "gpu";
  /** Executes the graphs; default ONNX Runtime in this process. */
  readonly runtime?: Runtime;
}

const smallParameters = 5e8;

/**
 * Opens a generative model. The first time, its weights are converted and stored in the cache folder; after that they
 * are memory-mapped.
 *
 * @param name a model of the package, or a folder in Hugging Face's layout.
 * @throws PolyclinicError `checkpoint/*` if the folder is not a valid checkpoint, `model/not-generative` if it is an
 * embedding model, `model/cache-folder` and `model/disk-full` if it cannot be prepared.
 */
export async function loadModel(name: string, options: LoadOptions = {}): Promise<Generator> {
  requireDevice(options);
  if (options.device !== "gpu") return openModel(name, options);
  const { onDevice } = await import("./device/on-device.ts");
  return onDevice((device, runtime) =>
    openModel(name, runtime === undefined ? options : { ...options, runtime }, device),
  );
}

async function openModel(name: string, options: LoadOptions, device?: DeviceUse): Promise<Generator> {
  return opening(name, options, async ({ checkpoint, architecture, store, identity: own, softPrompt, onClose }) => {
    const { tokenizer, generation: defaults, preprocessor } = checkpoint;
    const tokensPerImage = architecture.kind === "multimodal" ? architecture.tokensPerImage : undefined;
    const builder = new PromptBuilder({ ...tokenizer!, tokensPerImage });
    const { runtime = defaultRuntime, signal } = options;
    const onDevice = device !== undefined && device.used !== "cpu";
    const identity = onDevice ? { ...own, engine: `${own.engine}:${device.used}` } : own;
    const open = (on: Runtime) => Engine.open(on, store, architecture, preprocessor, options, softPrompt);
    const checks = onDevice ? await import("./device/on-device.ts") : undefined;
    const { cacheFolder = defaultCacheFolder() } = options;
    const reference = await checks?.processorReference(
      join(cacheFolder, `device-reference-${basename(store.where)}.json`),
      () => open(defaultRuntime),
      signal,
    );
    const engine = await open(runtime);
    try {
      if (reference !== undefined) await checks?.requireParity(engine, reference, signal);
      const known = await readScope(
        options.adapter ?? checkpoint.folder,
        options.adapter ? "" : name,
        checkpoint.folder,
      );
      const { panAndScan } = preprocessor ?? {};
      return new OnnxModel({ identity, known, device, onClose, architecture, engine, builder, defaults, panAndScan });
    } catch (error) {
      await engine.close();
      throw error;
    }
  });
}

/**
 * Opens a model that embeds images and texts, such as MedSigLIP.
 *
 * @param name a folder in Hugging Face's layout.
 * @throws as `loadModel`; `model/no-embedding` if the folder does not contain an embedding model.
 */
export async function loadEmbedder(name: string, options: LoadOptions = {}): Promise<Embedder> {
  requireDevice(options);
  if (options.device === "gpu")
    throw new PolyclinicError("model/option", "is for generative models only", {
      where: "device",
      found: "gpu",
      hint: "Embedding models compute on the processor.",
    });
  return opening(
    name,
    options,
    async ({ checkpoint, store, identity, onClose }) => {
      const { config: architecture, tokenizer, weights, preprocessor } = checkpoint;
      if (architecture.kind !== "siglip" && architecture.kind !== "siglip-vision")
        throw new TypeError(architecture.kind);
      const { runtime = defaultRuntime } = options;
      const image = await openGraph(runtime, store, "image", options);
      const parts = { identity, architecture, scaling: preprocessor!, image, onClose };
      if (architecture.kind === "siglip-vision") return new DualEncoder(parts);
      try {
        const [scale] = await weights.read("logit_scale");
        const [bias] = await weights.read("logit_bias");
        const { maxPositions, padTokenId } = architecture.text;
        const tokens = new SiglipText(tokenizer!, maxPositions, padTokenId);
        const text = { session: await openGraph(runtime, store, "text", options), tokens };
        return new DualEncoder({ ...parts, text, sigmoid: { scale: Math.exp(scale), bias } });
      } catch (error) {
        await image.close();
        throw error;
      }
    },
    "embedder",
  );
}

interface Opened {
  readonly checkpoint: Checkpoint;
  /** Configuration of the checkpoint with its adapter. */
  readonly architecture: ArchitectureConfig;
  readonly store: PreparedStore;
  readonly identity: ModelIdentity;
  readonly softPrompt: SoftPrompt | undefined;
  /** Closes the resources opened so far. */
  readonly onClose: () => Promise<void>;
}

/** Opens what both kinds of model need: checkpoint, adapter, hash, prepared weights. Closes everything again if a step fails. */
async function opening<T>(
  name: string,
  options: LoadOptions,
  use: (opened: Opened) => Promise<T>,
  kind: "generator" | "embedder" = "generator",
): Promise<T> {
  const checkpoint = await openCheckpoint(packagedFolder(name) ?? name);
  const held: { close(): Promise<void> }[] = [checkpoint];
  const onClose = async () => {
    for (const each of held) await each.close();
  };
  try {
    requireKind(checkpoint, kind);
    const cacheFolder = options.cacheFolder ?? defaultCacheFolder();
    const precision = options.precision ?? (parameters(checkpoint.weights) < smallParameters ? "f32" : "int4");
    const { signal, onProgress, adapter: adapterFolder } = options;
    const hashOptions = { cacheFile: join(cacheFolder, "hashes.json"), signal, onProgress };
    const { folder: where } = checkpoint;
    const softPrompt =
      adapterFolder === undefined
        ? undefined
        : await readSoftPrompt(adapterFolder, decoderConfig(checkpoint.config)?.hiddenSize);
    let { weights, config } = checkpoint;
    if (adapterFolder !== undefined && softPrompt === undefined) {
      const adapter = await openAdapter(adapterFolder, config.kind);
      held.push(adapter);
      ({ weights, config } = applyAdapter(weights, config, adapter));
    }
    const weightsHash = await checkpoint.hash(hashOptions);
    let hash = weightsHash;
    if (adapterFolder !== undefined) {
      const files = ["adapter_config.json", "adapter_model.safetensors"];
      const own = await contentHash(adapterFolder, files, hashOptions);
      hash = createHash("sha256").update(hash).update(own).digest("hex");
    }
    // A soft prompt does not change the weights, so the prepared base model is reused.
    const source = { config, weights, where, hash: softPrompt === undefined ? hash : weightsHash };
    const store = await prepareModel(source, { ...options, precision, cacheFolder });
    const identity = {
      name: packagedFolder(name) === undefined && existsSync(name) ? basename(name) : name,
      hash,
      precision,
      engine: "onnx",
    };
    return await use({ checkpoint, architecture: config, store, identity, softPrompt, onClose });
  } catch (error) {
    await onClose();
    throw error;
  }
}

/** @throws PolyclinicError `model/option` */
function requireDevice({ device, runtime }: LoadOptions): void {
  if (device !== undefined && device !== "cpu" && device !== "gpu")
    throw new PolyclinicError("model/option", "is not a device", {
      where: "device",
      expected: "cpu or gpu",
      found: String(device),
    });
  if (device === "gpu" && runtime !== undefined)
    throw new PolyclinicError("model/option", "excludes a runtime of one's own", {
      where: "device",
      found: `gpu and ${runtime.name}`,
      hint: "Give one of them.",
    });
}

/** Refuses a checkpoint of the other kind before anything is read or written. */
function requireKind({ config, folder }: Checkpoint, kind: "generator" | "embedder"): void {
  const dual = config.kind === "siglip" || config.kind === "siglip-vision";
  if (kind === "generator" && dual)
    throw new PolyclinicError("model/not-generative", "is not a generative model", {
      where: folder,
      expected: "a Gemma or MedGemma checkpoint",
      found: config.kind,
      hint: "This is an embedding model: open it with loadEmbedder.",
    });
  if (kind === "embedder" && !dual)
    throw new PolyclinicError("model/no-embedding", "is not an embedding model", {
      where: folder,
      expected: "a SigLIP or MedSigLIP checkpoint",
      found: config.kind,
    });
  if (dual && !config.vision.useHead)
    throw new PolyclinicError("model/no-embedding", "has no pooling head, so it cannot compute embeddings", {
      where: folder,
    });
}

function parameters(weights: WeightSource): number {
  return weights.names.reduce((sum, name) => sum + weights.shape(name).reduce((a, b) => a * b, 1), 0);
}

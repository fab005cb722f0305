/** A checkpoint folder, or the embedded model by name, as a `Model`. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PolyclinicError } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import type { WeightSource } from "../../nn/index.ts";
import { PromptBuilder, Tokenizer } from "../../text/index.ts";
import { applyAdapter, type Checkpoint, contentHash, openAdapter, openCheckpoint } from "../checkpoint/index.ts";
import type { Model, ModelIdentity } from "../contract.ts";
import { defaultCacheFolder } from "./cache-folder.ts";
import { DualEncoder } from "./dual-encoder.ts";
import { Engine, type EngineOptions, openSession } from "./engine.ts";
import type { Precision } from "./inference-weights.ts";
import { OnnxModel } from "./onnx-model.ts";
import { type Prepared, prepareModel } from "./prepare.ts";

export interface LoadOptions extends Work, EngineOptions {
  /** Default: `f32` below half a billion parameters, `int4` above. */
  readonly precision?: Precision;
  /** A folder with a LoRA adapter in PEFT's layout, added to the weights. */
  readonly adapter?: string;
  /** Where prepared models are kept; default `POLYCLINIC_CACHE`, else the user's cache folder. */
  readonly cacheFolder?: string;
  /** Check every named intermediate for numbers that are none, and name the layer; slow. */
  readonly debug?: boolean;
}

const embedded = new Map([["nano", new URL("../../../models/nano", import.meta.url)]]);
const smallParameters = 5e8;

/**
 * Opens a model. The first time, its weights are converted and kept in the cache folder; after that they are mapped.
 *
 * @param name `nano`, or a folder in Hugging Face's layout.
 * @throws `checkpoint/*` where the folder is not a sound checkpoint, `model/cache-folder` and `model/disk-full` where it cannot be prepared.
 */
export async function loadModel(name: string, options: LoadOptions = {}): Promise<Model> {
  const folder = embedded.has(name) && !existsSync(name) ? fileURLToPath(embedded.get(name)!) : name;
  const checkpoint = await openCheckpoint(folder);
  try {
    return await open(name, checkpoint, options);
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

async function open(name: string, checkpoint: Checkpoint, options: LoadOptions): Promise<Model> {
  const cacheFolder = options.cacheFolder ?? defaultCacheFolder();
  const precision = options.precision ?? (parameters(checkpoint.weights) < smallParameters ? "f32" : "int4");
  const hashOptions = {
    cacheFile: join(cacheFolder, "hashes.json"),
    signal: options.signal,
    onProgress: options.onProgress,
  };
  let hash = await checkpoint.hash(hashOptions);
  let { weights } = checkpoint;
  const adapter =
    options.adapter === undefined ? undefined : await openAdapter(options.adapter, checkpoint.config.kind);
  if (adapter !== undefined) {
    weights = applyAdapter(weights, adapter);
    const own = await contentHash(adapter.folder, ["adapter_config.json", "adapter_model.safetensors"], hashOptions);
    hash = createHash("sha256").update(hash).update(own).digest("hex");
  }
  const source = { config: checkpoint.config, weights, where: checkpoint.folder, hash };
  const prepared = await prepareModel(source, { ...options, precision, cacheFolder });
  const identity = { name: existsSync(name) ? basename(name) : name, hash, precision, engine: "onnx" };
  const onClose = async () => {
    await checkpoint.close();
    await adapter?.close();
  };
  return checkpoint.config.kind === "siglip" || checkpoint.config.kind === "siglip-vision"
    ? openDualEncoder(checkpoint, prepared, identity, options, onClose)
    : openDecoder(checkpoint, prepared, identity, options, onClose);
}

async function openDecoder(
  checkpoint: Checkpoint,
  prepared: Prepared,
  identity: ModelIdentity,
  options: LoadOptions,
  onClose: () => Promise<void>,
): Promise<OnnxModel> {
  const { config: architecture, tokenizer, generation: defaults, preprocessor } = checkpoint;
  const tokensPerImage = architecture.kind === "multimodal" ? architecture.tokensPerImage : undefined;
  const builder = new PromptBuilder({ ...tokenizer!, tokensPerImage });
  const engine = await Engine.open(prepared, architecture, preprocessor, options);
  return new OnnxModel({ identity, architecture, engine, builder, defaults, onClose });
}

async function openDualEncoder(
  { config: architecture, tokenizer, weights, preprocessor, folder }: Checkpoint,
  prepared: Prepared,
  identity: ModelIdentity,
  options: LoadOptions,
  onClose: () => Promise<void>,
): Promise<DualEncoder> {
  if (architecture.kind !== "siglip" && architecture.kind !== "siglip-vision") throw new TypeError(architecture.kind);
  if (!architecture.vision.useHead) {
    throw new PolyclinicError("model/no-embedding", "has no pooling head, so it gives no embedding", { where: folder });
  }
  const image = await openSession(prepared, "image", options);
  const parts = { identity, architecture, scaling: preprocessor!, image, onClose };
  if (architecture.kind === "siglip-vision") return new DualEncoder(parts);
  const [scale] = await weights.read("logit_scale");
  const [bias] = await weights.read("logit_bias");
  const text = { session: await openSession(prepared, "text", options), tokenizer: new Tokenizer(tokenizer!) };
  return new DualEncoder({ ...parts, text, sigmoid: { scale: Math.exp(scale), bias } });
}

function parameters(weights: WeightSource): number {
  return weights.names.reduce((sum, name) => sum + weights.shape(name).reduce((a, b) => a * b, 1), 0);
}

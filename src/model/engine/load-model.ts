/** A checkpoint folder, or the embedded model by name, as a `Model`. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PolyclinicError } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import {
  applyAdapter,
  type Checkpoint,
  contentHash,
  openAdapter,
  openCheckpoint,
  readSoftPrompt,
  type SoftPrompt,
} from "../../checkpoint/index.ts";
import type { WeightSource } from "../../nn/index.ts";
import { PromptBuilder, SiglipText } from "../../text/index.ts";
import type { Model, ModelIdentity } from "../contract.ts";
import { Engine, type EngineOptions, openSession } from "./engine.ts";
import { OnnxModel, type OnnxModelParts } from "./onnx-model.ts";
import { defaultCacheFolder } from "./prepare/cache-folder.ts";
import type { Precision } from "./prepare/inference-weights.ts";
import { decoderConfig, type Prepared, prepareModel } from "./prepare/prepare.ts";
import { DualEncoder } from "./vision/dual-encoder.ts";

export interface LoadOptions extends Work, EngineOptions {
  /** Default: `f32` below half a billion parameters, `int4` above. */
  readonly precision?: Precision;
  /** A folder in PEFT's layout: a LoRA adapter, added to the weights, or a soft prompt, put in front of every prompt. */
  readonly adapter?: string;
  /** Where prepared models are kept; default `POLYCLINIC_CACHE`, else the user's cache folder. */
  readonly cacheFolder?: string;
  /** Check every named intermediate for numbers that are none, and name the layer; slow. */
  readonly debug?: boolean;
}

/** The embedded model; a folder of that name is `./nano`. */
const embedded = { name: "nano", folder: new URL("../../../models/nano", import.meta.url) } as const;
const smallParameters = 5e8;

/**
 * Opens a model. The first time, its weights are converted and kept in the cache folder; after that they are mapped.
 *
 * @param name `nano`, or a folder in Hugging Face's layout.
 * @throws `checkpoint/*` where the folder is not a sound checkpoint, `model/cache-folder` and `model/disk-full` where it cannot be prepared.
 */
export async function loadModel(name: string, options: LoadOptions = {}): Promise<Model> {
  const folder = name === embedded.name ? fileURLToPath(embedded.folder) : name;
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
  const { config, folder: where } = checkpoint;
  const softPrompt = options.adapter && (await readSoftPrompt(options.adapter, decoderConfig(config)?.hiddenSize));
  const adapter = options.adapter && !softPrompt ? await openAdapter(options.adapter, config.kind) : undefined;
  const weights = adapter ? applyAdapter(checkpoint.weights, adapter) : checkpoint.weights;
  const weightsOf = hash;
  if (options.adapter) {
    const files = ["adapter_config.json", "adapter_model.safetensors"];
    const own = await contentHash(options.adapter, files, hashOptions);
    hash = createHash("sha256").update(hash).update(own).digest("hex");
  }
  // A soft prompt leaves the weights as they are: what was prepared of them serves.
  const source = { config, weights, where, hash: softPrompt ? weightsOf : hash };
  const prepared = await prepareModel(source, { ...options, precision, cacheFolder });
  const identity = {
    name: name !== embedded.name && existsSync(name) ? basename(name) : name,
    hash,
    precision,
    engine: "onnx",
  };
  const recipe = name === embedded.name && !options.adapter ? embedded.name : undefined;
  const onClose = async () => {
    await checkpoint.close();
    await adapter?.close();
  };
  return checkpoint.config.kind === "siglip" || checkpoint.config.kind === "siglip-vision"
    ? openDualEncoder(checkpoint, prepared, identity, options, onClose)
    : openDecoder(checkpoint, prepared, { identity, recipe, onClose }, options, softPrompt || undefined);
}

async function openDecoder(
  checkpoint: Checkpoint,
  prepared: Prepared,
  about: Pick<OnnxModelParts, "identity" | "recipe" | "onClose">,
  options: LoadOptions,
  softPrompt: SoftPrompt | undefined,
): Promise<OnnxModel> {
  const { config: architecture, tokenizer, generation: defaults, preprocessor } = checkpoint;
  const tokensPerImage = architecture.kind === "multimodal" ? architecture.tokensPerImage : undefined;
  const builder = new PromptBuilder({ ...tokenizer!, tokensPerImage });
  const engine = await Engine.open(prepared, architecture, preprocessor, options, softPrompt);
  return new OnnxModel({ ...about, architecture, engine, builder, defaults });
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
  const { maxPositions, padTokenId } = architecture.text;
  const tokens = new SiglipText(tokenizer!, maxPositions, padTokenId);
  const text = { session: await openSession(prepared, "text", options), tokens };
  return new DualEncoder({ ...parts, text, sigmoid: { scale: Math.exp(scale), bias } });
}

function parameters(weights: WeightSource): number {
  return weights.names.reduce((sum, name) => sum + weights.shape(name).reduce((a, b) => a * b, 1), 0);
}

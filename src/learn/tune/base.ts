/** The base model of a tuning run: opening it, loading its tensors for the optimizer, and writing the tuned model. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { packagedFolder } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { type Checkpoint, openCheckpoint, writeCheckpoint } from "../../checkpoint/index.ts";
import type { WeightSource } from "../../nn/index.ts";
import { PromptBuilder } from "../../text/index.ts";
import type { LanguageConfig } from "../language/objective.ts";
import type { Tensors } from "../tensors.ts";

export interface Base {
  readonly name: string;
  readonly checkpoint: Checkpoint;
  readonly config: LanguageConfig;
  readonly builder: PromptBuilder;
  readonly tokensPerImage: number;
}

/** The folder of a base: a path, or the folder of a model of the package. */
export const baseFolder = (name: string) => packagedFolder(name) ?? name;

/** Opens a generative model: a checkpoint folder, or a model of the package by name. Reads no weights yet. */
export async function openBase(name: string): Promise<Base> {
  const checkpoint = await openCheckpoint(baseFolder(name));
  const { config, tokenizer, folder } = checkpoint;
  if (config.kind !== "gemma" && config.kind !== "multimodal") {
    await checkpoint.close();
    throw new PolyclinicError("learn/tune-base", "is not a generative model", {
      where: folder,
      expected: "a Gemma decoder, with or without a vision tower",
      found: config.kind,
    });
  }
  if (checkpoint.preprocessor?.panAndScan !== undefined) {
    await checkpoint.close();
    throw new PolyclinicError("learn/pan-and-scan", "asks for pan and scan, which training does not support", {
      where: join(folder, "preprocessor_config.json"),
      expected: "do_pan_and_scan: false; every training image is given whole",
      found: "do_pan_and_scan: true",
      hint: "Set do_pan_and_scan to false in a copy of the folder; the tuned model then reads whole images only.",
    });
  }
  const tokensPerImage = config.kind === "multimodal" ? config.tokensPerImage : undefined;
  const builder = new PromptBuilder({ ...tokenizer!, tokensPerImage });
  return { name, checkpoint, config, builder, tokensPerImage: tokensPerImage ?? 0 };
}

/** All tensors as float32. */
export async function readTensors({ checkpoint: { weights } }: Pick<Base, "checkpoint">): Promise<Tensors> {
  const tensors: Tensors = new Map();
  for (const name of weights.names) tensors.set(name, { shape: weights.shape(name), data: await weights.read(name) });
  return tensors;
}

export const parameterCount = (weights: WeightSource) =>
  weights.names.reduce((sum, name) => sum + weights.shape(name).reduce((a, b) => a * b, 1), 0);

/** Writes the base with its trained tensors as a checkpoint folder of the same layout; returns the folder. */
export async function saveModel(target: string, checkpoint: Checkpoint, tensors: Tensors): Promise<string> {
  const json = async (name: string) => {
    const text = await readFile(join(checkpoint.folder, name), "utf8").catch(() => undefined);
    return text === undefined ? undefined : JSON.parse(text);
  };
  await writeCheckpoint(target, {
    config: checkpoint.rawConfig,
    generationConfig: await json("generation_config.json"),
    // Folders of transformers 5 contain only the second.
    preprocessorConfig:
      (await json("preprocessor_config.json")) ?? (await json("processor_config.json"))?.image_processor,
    tokenizer: checkpoint.tokenizer,
    copies: await tokenizerCopies(checkpoint.folder),
    tensors: [...tensors].map(([name, { shape, data }]) => ({ name, shape, data })),
  });
  return target;
}

/**
 * Forms of the tokenizer beside `tokenizer.json`, which is the only one read here. llama.cpp's converter stops without `tokenizer.model`; older versions of
 * transformers read the other two.
 */
async function tokenizerCopies(folder: string): Promise<string[]> {
  const names = new Set(["tokenizer.model", "added_tokens.json", "special_tokens_map.json"]);
  return (await readdir(folder)).filter((name) => names.has(name)).map((name) => join(folder, name));
}

/** The model a tuning begins at, its tensors in memory where an optimizer can move them. */
import { fileURLToPath } from "node:url";
import { PolyclinicError } from "../../base/errors.ts";
import { type Checkpoint, openCheckpoint } from "../../model/checkpoint/index.ts";
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

const nano = new URL("../../../models/nano", import.meta.url);

/** Opens a checkpoint folder, or the embedded model by its name. Nothing large is read yet. */
export async function openBase(name: string): Promise<Base> {
  const checkpoint = await openCheckpoint(name === "nano" ? fileURLToPath(nano) : name);
  const { config, tokenizer, folder } = checkpoint;
  if (config.kind !== "gemma" && config.kind !== "multimodal") {
    await checkpoint.close();
    throw new PolyclinicError("learn/tune-base", "is no model that writes", {
      where: folder,
      expected: "a Gemma decoder, with or without a vision tower",
      found: config.kind,
    });
  }
  const tokensPerImage = config.kind === "multimodal" ? config.tokensPerImage : undefined;
  const builder = new PromptBuilder({ ...tokenizer!, tokensPerImage });
  return { name, checkpoint, config, builder, tokensPerImage: tokensPerImage ?? 0 };
}

/** Every tensor, as f32. */
export async function readTensors({ checkpoint: { weights } }: Base): Promise<Tensors> {
  const tensors: Tensors = new Map();
  for (const name of weights.names) tensors.set(name, { shape: weights.shape(name), data: await weights.read(name) });
  return tensors;
}

/**
 * Soft prompts (Lester et al. 2021): a few vectors in front of every prompt, learned while the model stays as it is. They begin at the
 * embeddings of common tokens, which trains faster than noise. Saved in the layout of PEFT's prompt tuning.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { writeWhole } from "../../base/files.ts";
import { Random } from "../../base/random.ts";
import { SafetensorsFile, writeSafetensors } from "../../model/checkpoint/index.ts";
import type { GemmaConfig } from "../../nn/index.ts";
import { softPromptName } from "../language/objective.ts";
import { type Tensor, type Tensors, tensor } from "../tensors.ts";

export interface SoftPromptOptions {
  /** How many vectors. */
  readonly vectors: number;
}

export const softPromptMoves = (name: string) => name === softPromptName;

/** @param table the embedding `[vocab, hidden]`; the vectors start at rows drawn from it, scaled as tokens are. */
export function freshSoftPrompt(
  table: Tensor,
  { vectors }: SoftPromptOptions,
  { hiddenSize }: GemmaConfig,
  seed: number,
): Tensors {
  const random = new Random(seed);
  const data = new Float32Array(vectors * hiddenSize);
  const scale = Math.sqrt(hiddenSize);
  for (let i = 0; i < vectors; i++) {
    const row = random.below(table.shape[0]) * hiddenSize;
    for (let k = 0; k < hiddenSize; k++) data[i * hiddenSize + k] = scale * table.data[row + k];
  }
  return new Map([[softPromptName, { shape: [vectors, hiddenSize], data }]]);
}

export async function saveSoftPrompt(folder: string, tensors: Tensors, baseModel: string): Promise<void> {
  const { shape, data } = tensor(tensors, softPromptName);
  await mkdir(folder, { recursive: true });
  const config = {
    peft_type: "PROMPT_TUNING",
    task_type: "CAUSAL_LM",
    num_virtual_tokens: shape[0],
    token_dim: shape[1],
    base_model_name_or_path: baseModel,
    inference_mode: true,
  };
  await writeWhole(join(folder, "adapter_config.json"), `${JSON.stringify(config, undefined, 2)}\n`);
  await writeSafetensors(join(folder, "adapter_model.safetensors"), [{ name: "prompt_embeddings", shape, data }]);
}

/** @throws learn/adapter when the file holds no soft prompt of this width. */
export async function loadSoftPrompt(folder: string, { hiddenSize }: GemmaConfig): Promise<Tensors> {
  const path = join(folder, "adapter_model.safetensors");
  const file = await SafetensorsFile.open(path);
  try {
    const entry = file.header.tensors.get("prompt_embeddings");
    if (entry === undefined || entry.shape[1] !== hiddenSize)
      throw new PolyclinicError("learn/adapter", "holds no soft prompt for this base", {
        where: path,
        expected: `prompt_embeddings [vectors, ${hiddenSize}]`,
        found: entry === undefined ? [...file.header.tensors.keys()].join(", ") : `[${entry.shape}]`,
      });
    const data = await file.readFloats(entry, 0, entry.shape[0] * entry.shape[1]);
    return new Map([[softPromptName, { shape: entry.shape, data }]]);
  } finally {
    await file.close();
  }
}

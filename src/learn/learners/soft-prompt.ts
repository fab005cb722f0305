/**
 * Soft prompts (Lester et al. 2021): a few vectors at the start of every prompt, trained while the model is frozen.
 * They are initialised from token embeddings, which converges faster than random values. Saved in PEFT's prompt tuning
 * format, and loaded by the engine as an adapter.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { writeFolder } from "../../base/folder.ts";
import { Random } from "../../base/random.ts";
import { readSoftPrompt, writeSafetensors } from "../../checkpoint/index.ts";
import type { GemmaConfig } from "../../nn/index.ts";
import { softPromptName } from "../language/objective.ts";
import { type Tensor, type Tensors, tensor } from "../tensors.ts";

export interface SoftPromptOptions {
  /** Number of vectors. */
  readonly vectors: number;
}

/** Whether a tensor is the soft prompt, that is trained. */
export const isSoftPrompt = (name: string) => name === softPromptName;

/**
 * Initial soft prompt `[vectors, hiddenSize]`: embeddings of randomly drawn tokens, scaled by sqrt(hiddenSize) as Gemma's decoder reads
 * them.
 *
 * @param table the embedding `[vocab, hidden]`; the vectors are initialised with randomly drawn rows, scaled as token
 * embeddings are.
 */
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

/** Saves the soft prompt among `tensors` as a PEFT prompt tuning folder. */
export async function saveSoftPrompt(folder: string, tensors: Tensors, baseModel: string): Promise<void> {
  const { shape, data } = tensor(tensors, softPromptName);
  const config = {
    peft_type: "PROMPT_TUNING",
    task_type: "CAUSAL_LM",
    num_virtual_tokens: shape[0],
    token_dim: shape[1],
    placed_after_tokens: 1,
    base_model_name_or_path: baseModel,
    inference_mode: true,
  };
  await writeFolder(folder, async (aside) => {
    await writeFile(join(aside, "adapter_config.json"), `${JSON.stringify(config, undefined, 2)}\n`);
    await writeSafetensors(join(aside, "adapter_model.safetensors"), [{ name: "prompt_embeddings", shape, data }]);
  });
}

/**
 * Reads a soft prompt that `saveSoftPrompt` wrote.
 *
 * @throws checkpoint/adapter, learn/adapter when the folder holds no soft prompt of this width.
 */
export async function loadSoftPrompt(folder: string, { hiddenSize }: GemmaConfig): Promise<Tensors> {
  const prompt = await readSoftPrompt(folder, hiddenSize);
  if (prompt === undefined || prompt.at !== 1)
    throw new PolyclinicError("learn/adapter", "contains no soft prompt trained by polyclinic tune", {
      where: folder,
      expected: "peft_type PROMPT_TUNING, inserted after the first token",
    });
  return new Map([[softPromptName, { shape: [prompt.vectors, prompt.width], data: prompt.data }]]);
}

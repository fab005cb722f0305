/**
 * Soft prompts (Lester et al. 2021) in the layout of PEFT's prompt tuning: `adapter_config.json` and `adapter_model.safetensors` with
 * `prompt_embeddings` [vectors, hidden], which are inserted among the token embeddings of every prompt. PEFT inserts them before the first token; a
 * soft prompt trained here is inserted after `<bos>`, which is recorded in the extra field `placed_after_tokens`.
 */

import { PolyclinicError } from "../../base/errors.ts";
import { readdir } from "../../base/host/files.ts";
import { join } from "../../base/host/path.ts";
import { Fields, isObject } from "../config/fields.ts";
import { readJson } from "../config/json-file.ts";
import { SafetensorsFile } from "../safetensors/safetensors-file.ts";

/** Learned embeddings that are inserted into the prompt (prompt tuning, Lester et al. 2021). */
export interface SoftPrompt {
  /** `[vectors, width]`, row-major, on the scale of the token embeddings. */
  readonly data: Float32Array;
  readonly vectors: number;
  readonly width: number;
  /** Number of prompt tokens before it. */
  readonly at: number;
}

/**
 * Reads the soft prompt of an adapter folder; undefined if the folder contains another kind of adapter, or none.
 *
 * @param width embedding width of the base model; undefined if it is not a generative model.
 * @throws PolyclinicError `checkpoint/adapter` if it does not fit this base model.
 */
export async function readSoftPrompt(folder: string, width: number | undefined): Promise<SoftPrompt | undefined> {
  const present = new Set(await readdir(folder).catch(() => []));
  const config = await readJson(folder, "adapter_config.json", present);
  if (!isObject(config) || config.peft_type !== "PROMPT_TUNING") return undefined;
  const fields = new Fields(config, join(folder, "adapter_config.json"));
  const vectors = fields.positive("num_virtual_tokens");
  const at = fields.integer("placed_after_tokens", 0);
  const path = join(folder, "adapter_model.safetensors");
  const file = await SafetensorsFile.open(path);
  try {
    const entry = file.header.tensors.get("prompt_embeddings");
    if (entry === undefined || entry.shape[0] !== vectors || entry.shape[1] !== width)
      throw new PolyclinicError("checkpoint/adapter", "does not fit this base model", {
        where: path,
        expected: width === undefined ? "a generative base model" : `prompt_embeddings [${vectors}, ${width}]`,
        found: entry === undefined ? [...file.header.tensors.keys()].join(", ") : `[${entry.shape}]`,
        hint: "Use the soft prompt with the model it was trained on.",
      });
    return { data: await file.readFloats(entry, 0, vectors * entry.shape[1]), vectors, width: entry.shape[1], at };
  } finally {
    await file.close();
  }
}

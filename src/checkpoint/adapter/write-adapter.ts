/** Writes a LoRA adapter folder as Python PEFT saves one, atomically. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFolder } from "../../base/folder.ts";
import type { Work } from "../../base/progress.ts";
import { type TensorToWrite, writeSafetensors } from "../safetensors/safetensors-writer.ts";
import type { AdapterConfig } from "./adapter-config.ts";
import { ModulePattern } from "./module-pattern.ts";

/** The two factors of one adapted weight. */
export interface LoraFactors {
  /** Canonical name of the weight, e.g. `model.layers.0.self_attn.q_proj.weight` [out, in]. */
  readonly weight: string;
  /** [rank, in]. */
  readonly a: Float32Array;
  /** [out, rank]. */
  readonly b: Float32Array;
}

/** A LoRA adapter to be written in PEFT's format. */
export interface AdapterToWrite {
  readonly config: AdapterConfig;
  /** Dropout rate of the training, written as `lora_dropout`; 0 to 1, default 0. */
  readonly dropout?: number;
  readonly factors: readonly LoraFactors[];
}

/**
 * Module names follow transformers >= 4.52, where PEFT finds them. @throws PolyclinicError `file/exists` when the
 * folder exists.
 */
export async function writeAdapter(
  folder: string,
  { config, dropout = 0, factors }: AdapterToWrite,
  work: Work = {},
): Promise<void> {
  await writeFolder(folder, async (aside) => {
    await writeFile(join(aside, "adapter_config.json"), `${JSON.stringify(peftConfig(config, dropout), null, 2)}\n`);
    const tensors = factors.flatMap((each) => tensorsOf(each, config));
    await writeSafetensors(join(aside, "adapter_model.safetensors"), tensors, work);
  });
}

function tensorsOf({ weight, a, b }: LoraFactors, config: AdapterConfig): TensorToWrite[] {
  const module = `base_model.model.${weight.replace(/\.weight$/, "")}`;
  const [, rank] = Object.entries(config.rankPattern).find(([key]) =>
    new ModulePattern(key, "rankPattern").matches(weight.replace(/\.weight$/, "")),
  ) ?? ["", config.rank];
  return [
    { name: `${module}.lora_A.weight`, shape: [rank, a.length / rank], data: a },
    { name: `${module}.lora_B.weight`, shape: [b.length / rank, rank], data: b },
  ];
}

function peftConfig(config: AdapterConfig, dropout: number): Record<string, unknown> {
  return {
    alpha_pattern: config.alphaPattern,
    auto_mapping: null,
    base_model_name_or_path: config.baseModel ?? null,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: config.alpha,
    lora_dropout: dropout,
    modules_to_save: null,
    peft_type: "LORA",
    r: config.rank,
    rank_pattern: config.rankPattern,
    revision: null,
    target_modules: config.targetModules,
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: config.rankStabilised,
  };
}

/** Writes a checkpoint folder atomically: a killed process leaves no partial checkpoint. */
import { copyFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { writeFolder } from "../base/folder.ts";
import type { Work } from "../base/progress.ts";
import { canonicalName, hubName } from "./canonical-names.ts";
import { readConfig } from "./config/config.ts";
import { imageProcessorJson, processorJson } from "./config/preprocessor-config.ts";
import type { TokenizerFiles } from "./config/tokenizer-files.ts";
import { type TensorToWrite, writeSafetensors } from "./safetensors/safetensors-writer.ts";

/** The contents of a checkpoint folder to be written in the Hugging Face format. */
export interface CheckpointToWrite {
  /** Written as `config.json`, in transformers' format. */
  readonly config: unknown;
  readonly generationConfig?: unknown;
  readonly preprocessorConfig?: unknown;
  readonly tokenizer?: TokenizerFiles;
  /** Paths of files that are copied unchanged: those that other programs need and this one does not read. */
  readonly copies?: readonly string[];
  /** With canonical or stored names; written under the Hub's names. */
  readonly tensors: readonly TensorToWrite[];
  /** Kept in the safetensors header. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Throws `file/exists` if the folder already exists, `file/write` if it cannot be written; neither leaves files behind. */
export async function writeCheckpoint(folder: string, content: CheckpointToWrite, work: Work = {}): Promise<void> {
  await writeFolder(folder, async (aside) => {
    for (const [name, text] of textFiles(content)) await writeFile(join(aside, name), text);
    for (const path of content.copies ?? []) await copyFile(path, join(aside, basename(path)));
    const { kind } = readConfig(content.config, join(folder, "config.json"));
    const tensors = content.tensors.map((tensor) => ({
      ...tensor,
      name: hubName(canonicalName(tensor.name, kind), kind),
    }));
    await writeSafetensors(join(aside, "model.safetensors"), tensors, { metadata: content.metadata, ...work });
  });
}

function* textFiles({
  config,
  generationConfig,
  preprocessorConfig,
  tokenizer,
}: CheckpointToWrite): Generator<[string, string]> {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  yield ["config.json", json(config)];
  if (generationConfig !== undefined) yield ["generation_config.json", json(generationConfig)];
  const architecture = readConfig(config);
  const preprocessor = preprocessorConfig ?? imageProcessorJson(architecture);
  if (preprocessor !== undefined) yield ["preprocessor_config.json", json(preprocessor)];
  const processor = processorJson(architecture);
  if (processor !== undefined) yield ["processor_config.json", json(processor)];
  if (tokenizer === undefined) return;
  yield ["tokenizer.json", JSON.stringify(tokenizer.tokenizer)];
  yield ["tokenizer_config.json", json(tokenizer.tokenizerConfig)];
  if (tokenizer.chatTemplate !== undefined) yield ["chat_template.jinja", tokenizer.chatTemplate];
}

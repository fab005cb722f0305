/** Writes a checkpoint folder: a killed process leaves no half checkpoint under the name. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFolder } from "../base/folder.ts";
import type { Work } from "../base/progress.ts";
import type { TokenizerFiles } from "./config/tokenizer-files.ts";
import { type TensorToWrite, writeSafetensors } from "./safetensors/safetensors-writer.ts";

export interface CheckpointToWrite {
  /** Becomes `config.json`, as transformers spells it. */
  readonly config: unknown;
  readonly generationConfig?: unknown;
  readonly preprocessorConfig?: unknown;
  readonly tokenizer?: TokenizerFiles;
  /** Canonical or stored names: both are read back. */
  readonly tensors: readonly TensorToWrite[];
  /** Kept in the safetensors header. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Throws `file/exists` where the folder is already there, `file/write` where it cannot be written; nothing is left behind then. */
export async function writeCheckpoint(folder: string, content: CheckpointToWrite, work: Work = {}): Promise<void> {
  await writeFolder(folder, async (aside) => {
    for (const [name, text] of textFiles(content)) await writeFile(join(aside, name), text);
    await writeSafetensors(join(aside, "model.safetensors"), content.tensors, { metadata: content.metadata, ...work });
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
  if (preprocessorConfig !== undefined) yield ["preprocessor_config.json", json(preprocessorConfig)];
  if (tokenizer === undefined) return;
  yield ["tokenizer.json", JSON.stringify(tokenizer.tokenizer)];
  yield ["tokenizer_config.json", json(tokenizer.tokenizerConfig)];
  if (tokenizer.chatTemplate !== undefined) yield ["chat_template.jinja", tokenizer.chatTemplate];
}

/**
 * An opened Hugging Face checkpoint folder: `config.json`, `generation_config.json`, `preprocessor_config.json`,
 * `tokenizer.json`, `tokenizer_config.json`, `chat_template.jinja`, and the weights, which are read from disk on
 * request.
 */

import { PolyclinicError } from "../base/errors.ts";
import { readdir } from "../base/host/files.ts";
import { basename, join } from "../base/host/path.ts";
import type { ArchitectureConfig } from "../nn/config.ts";
import type { WeightSource } from "../nn/weight-source.ts";
import { readConfig } from "./config/config.ts";
import { type GenerationDefaults, readGenerationConfig } from "./config/generation-config.ts";
import { readJson, requireJson } from "./config/json-file.ts";
import { type ImagePreprocessing, readPreprocessorConfig } from "./config/preprocessor-config.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./config/tokenizer-files.ts";
import { contentHash, type HashOptions } from "./content-hash.ts";
import { CheckpointWeights, weightFiles } from "./weights.ts";

/** An opened checkpoint folder: configuration, tokenizer files and weights. Close it to close the weight files. */
export interface Checkpoint extends AsyncDisposable {
  readonly folder: string;
  readonly config: ArchitectureConfig;
  /** The parsed `config.json`, for writing a checkpoint of the same shape. */
  readonly rawConfig: unknown;
  readonly generation: GenerationDefaults;
  /** Undefined for text-only models. */
  readonly preprocessor: ImagePreprocessing | undefined;
  /** Undefined if the folder contains only a vision tower. */
  readonly tokenizer: TokenizerFiles | undefined;
  readonly weights: WeightSource;
  /** SHA-256 of configuration, tokenizer and weights. Reads every byte unless the hashes are in `cacheFile`. */
  hash(options?: HashOptions): Promise<string>;
  close(): Promise<void>;
}

const hashed =
  /^(config|generation_config|preprocessor_config|processor_config|tokenizer|tokenizer_config)\.json$|^chat_template\.jinja$/;

/**
 * Opens and checks a folder without reading tensors. Throws `checkpoint/*` errors: a missing file or shard, an unknown architecture, an
 * unsupported field, damaged safetensors, a tokenizer that does not match the configuration. `checkTensors` checks separately whether all tensors of the
 * architecture are present.
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const present = await listFolder(folder);
  const rawConfig = await requireJson(folder, "config.json", present);
  const config = readConfig(rawConfig, join(folder, "config.json"));
  const generation = readGenerationConfig(
    await readJson(folder, "generation_config.json", present),
    rawConfig,
    join(folder, "generation_config.json"),
  );
  const processor = present.has("preprocessor_config.json") ? "preprocessor_config.json" : "processor_config.json";
  const preprocessor = readPreprocessorConfig(
    await readJson(folder, processor, present),
    config,
    join(folder, processor),
  );
  const tokenizer = config.kind === "siglip-vision" ? undefined : await readTokenizerFiles(folder, present, config);
  const paths = await weightFiles(folder, present);
  const weights = await CheckpointWeights.open(paths, config.kind);
  const files = [...[...present].filter((name) => hashed.test(name)), ...paths.map((path) => basename(path))];
  return {
    folder,
    config,
    rawConfig,
    generation,
    preprocessor,
    tokenizer,
    weights,
    hash: (options) => contentHash(folder, files, options),
    close: () => weights.close(),
    [Symbol.asyncDispose]: () => weights.close(),
  };
}

async function listFolder(folder: string): Promise<Set<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (cause) {
    throw new PolyclinicError("checkpoint/missing-folder", "is not a readable folder", {
      where: folder,
      expected: "a checkpoint folder with config.json, tokenizer.json and model.safetensors",
      cause,
    });
  }
}

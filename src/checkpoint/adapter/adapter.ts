/**
 * LoRA adapters in PEFT's layout: `adapter_config.json` and `adapter_model.safetensors` with tensors
 * `base_model.model.<module>.lora_A.weight` [rank, in] and `.lora_B.weight` [out, rank]. Applied at load as W + scale * B * A
 * (Hu et al. 2021), scale = alpha / rank, or alpha / sqrt(rank) with rank stabilisation (Kalajdzievski 2023). The file may also contain complete
 * tensors (`modules_to_save`, biases), which replace those of the base.
 */

import { PolyclinicError } from "../../base/errors.ts";
import { readdir } from "../../base/host/files.ts";
import { join } from "../../base/host/path.ts";
import { type ArchitectureConfig, multimodalPrefix, type WeightSource } from "../../nn/index.ts";
import { type ArchitectureKind, canonicalName, spellings } from "../canonical-names.ts";
import { requireJson } from "../config/json-file.ts";
import { CheckpointWeights } from "../weights.ts";
import { AdaptedWeights, type Change, type Delta } from "./adapted-weights.ts";
import { type AdapterConfig, readAdapterConfig } from "./adapter-config.ts";
import { ModulePattern } from "./module-pattern.ts";

/** An opened PEFT adapter. `close()` releases its files. */
export interface Adapter extends AsyncDisposable {
  readonly folder: string;
  readonly config: AdapterConfig;
  /** The adapter's own tensors, under canonical names: `....q_proj.lora_A.weight`, or whole replaced tensors. */
  readonly tensors: WeightSource;
  close(): Promise<void>;
}

/** A base with an adapter merged in. An adapter that changes the head or the embedding of a tied base unties them. */
export interface AdaptedModel {
  readonly weights: WeightSource;
  readonly config: ArchitectureConfig;
}

/** Opens an adapter folder; throws `checkpoint/adapter` for kinds of adapter that are not implemented. */
export async function openAdapter(folder: string, kind: ArchitectureKind): Promise<Adapter> {
  const present = new Set(
    await readdir(folder).catch((cause) => {
      throw new PolyclinicError("checkpoint/missing-folder", "is not a readable folder", {
        where: folder,
        expected: "a folder with adapter_config.json and adapter_model.safetensors",
        cause,
      });
    }),
  );
  const config = readAdapterConfig(
    await requireJson(folder, "adapter_config.json", present),
    join(folder, "adapter_config.json"),
  );
  if (!present.has("adapter_model.safetensors"))
    throw new PolyclinicError("checkpoint/missing-file", "has no adapter_model.safetensors", {
      where: folder,
      found: [...present].join(", "),
      hint: present.has("adapter_model.bin")
        ? "adapter_model.bin is a pickle file, which can execute code: save the adapter with safe_serialization=True."
        : "Download the folder again.",
    });
  const tensors = await CheckpointWeights.open([join(folder, "adapter_model.safetensors")], kind, adapterName);
  return {
    folder,
    config,
    tensors,
    close: () => tensors.close(),
    [Symbol.asyncDispose]: () => tensors.close(),
  };
}

/** The tensor name without PEFT's wrapper prefixes; undefined for the unchanged base copies that some files contain. */
function adapterName(stored: string, kind: ArchitectureKind): string | undefined {
  if (stored.includes(".original_module.")) return undefined;
  const plain = stored
    .replace(/\.modules_to_save(?:\.default)?(?=\.)/, "")
    .replace(/\.(lora_(?:[AB]|embedding_[AB]|magnitude_vector))\.default(?=\.|$)/, ".$1")
    .replace(/\.base_layer(?=\.)/, "")
    .replace(/\.lora_magnitude_vector\.weight$/, ".lora_magnitude_vector");
  return canonicalName(plain, kind);
}

/**
 * Merges the adapter into the base. Everything is checked first: an adapter for a different base gives one `checkpoint/adapter` error that lists
 * the mismatches.
 */
export function applyAdapter(base: WeightSource, architecture: ArchitectureConfig, adapter: Adapter): AdaptedModel {
  const changes = new Changes(base, architecture, adapter);
  const { weights, tied } = changes.result();
  if (!tied || (architecture.kind !== "gemma" && architecture.kind !== "multimodal"))
    return { weights, config: architecture };
  return { weights, config: { ...architecture, text: { ...architecture.text, tieEmbeddings: false } } };
}

class Changes {
  private readonly changes = new Map<string, Change>();
  private readonly problems: string[] = [];
  private readonly ranks: readonly [ModulePattern, number][];
  private readonly alphas: readonly [ModulePattern, number][];
  /** Name of the embedding if the head is tied to it. */
  private readonly tiedEmbedding: string | undefined;

  constructor(
    private readonly base: WeightSource,
    private readonly architecture: ArchitectureConfig,
    private readonly adapter: Adapter,
  ) {
    const { config, folder } = adapter;
    const patterns = (of: Readonly<Record<string, number>>, field: string) =>
      Object.entries(of).map(
        ([key, value]) => [new ModulePattern(key, `${join(folder, "adapter_config.json")} ${field}`), value] as const,
      ) as [ModulePattern, number][];
    this.ranks = patterns(config.rankPattern, "rank_pattern");
    this.alphas = patterns(config.alphaPattern, "alpha_pattern");
    const { kind } = architecture;
    const tied = (kind === "gemma" || kind === "multimodal") && architecture.text.tieEmbeddings;
    this.tiedEmbedding = tied ? `${kind === "gemma" ? "model" : multimodalPrefix.text}.embed_tokens.weight` : undefined;
  }

  result(): { weights: WeightSource; tied: boolean } {
    const { base, adapter, problems, changes, tiedEmbedding } = this;
    for (const name of adapter.tensors.names) this.add(name);
    if (changes.size === 0 && problems.length === 0) problems.push("it contains no tensors");
    if (problems.length > 0) {
      const { baseModel } = adapter.config;
      throw new PolyclinicError("checkpoint/adapter", "the adapter does not fit this base model", {
        where: adapter.folder,
        expected: baseModel === undefined ? undefined : `the base ${baseModel}`,
        found: problems.slice(0, 8).join("; ") + (problems.length > 8 ? ` and ${problems.length - 8} more` : ""),
        hint: "Apply the adapter to the model it was trained on.",
      });
    }
    const unties = tiedEmbedding !== undefined && (changes.has("lm_head.weight") || changes.has(tiedEmbedding));
    // PEFT changes only the module it targets: the other module of the tied pair keeps the base weights.
    if (unties && !changes.has("lm_head.weight"))
      changes.set("lm_head.weight", { source: base, sourceName: tiedEmbedding });
    return { weights: new AdaptedWeights(base, adapter.tensors, changes), tied: unties };
  }

  private add(name: string): void {
    const { tensors } = this.adapter;
    const factor =
      /^(.*)\.(lora_A\.weight|lora_B\.weight|lora_embedding_A|lora_embedding_B|lora_magnitude_vector)$/.exec(name);
    if (factor === null) {
      const counterpart = this.counterpart(name);
      const shape = counterpart && String(this.base.shape(counterpart));
      if (shape === undefined || shape !== String(tensors.shape(name)))
        this.problems.push(
          `${name} [${tensors.shape(name)}] ${shape === undefined ? "does not exist in the base" : `is [${shape}] in the base`}`,
        );
      else this.changes.set(name, { ...this.changes.get(name), source: tensors, sourceName: name });
      return;
    }
    const [, module, which] = factor;
    if (which === "lora_A.weight" || which === "lora_embedding_A") {
      const problem = this.addDelta(module, which === "lora_embedding_A");
      if (problem !== undefined) this.problems.push(problem);
      return;
    }
    const partner = which === "lora_embedding_B" ? "lora_embedding_A" : "lora_A.weight";
    if (!tensors.has(`${module}.${partner}`)) this.problems.push(`${name} is present without its ${partner}`);
  }

  /** The base tensor that an adapter tensor modifies; a tied head is the embedding. */
  private counterpart(name: string): string | undefined {
    if (name === "lm_head.weight" && this.tiedEmbedding !== undefined) return this.tiedEmbedding;
    return this.base.has(name) ? name : undefined;
  }

  private addDelta(module: string, embedding: boolean): string | undefined {
    const { tensors, config } = this.adapter;
    const [a, b] = embedding
      ? [`${module}.lora_embedding_A`, `${module}.lora_embedding_B`]
      : [`${module}.lora_A.weight`, `${module}.lora_B.weight`];
    const weight = `${module}.weight`;
    if (!tensors.has(b)) return `${a} is present without its second LoRA factor`;
    const counterpart = this.counterpart(weight);
    if (counterpart === undefined) return `there is no ${weight}`;
    const [rank, ...inputs] = tensors.shape(a);
    const [outputs, rankOfB, ...ones] = tensors.shape(b);
    const shape = embedding ? [...inputs, outputs] : [outputs, ...inputs];
    if (rank !== rankOfB || ones.some((n) => n !== 1) || String(shape) !== String(this.base.shape(counterpart)))
      return `${weight} is [${this.base.shape(counterpart)}], the adapter's [${tensors.shape(b)}] x [${tensors.shape(a)}]`;
    const names = spellings(module, this.architecture.kind);
    const declared = matched(this.ranks, names) ?? config.rank;
    if (rank !== declared) return `${a} has rank ${rank} instead of ${declared}`;
    const alpha = matched(this.alphas, names) ?? config.alpha;
    const delta: Delta = {
      kind: embedding ? "embedding" : "linear",
      a,
      b,
      rank,
      scale: alpha / (config.rankStabilised ? Math.sqrt(rank) : rank),
    };
    const magnitude = `${module}.lora_magnitude_vector`;
    if (config.decomposed) {
      if (!tensors.has(magnitude)) return `${a} is present without its lora_magnitude_vector`;
      if (embedding || inputs.length !== 1 || String(tensors.shape(magnitude)) !== String([outputs]))
        return `${module} is not a linear layer, and DoRA is implemented for those only`;
    }
    const source = this.changes.get(weight) ?? { source: this.base, sourceName: counterpart };
    this.changes.set(weight, { ...source, delta: config.decomposed ? { ...delta, magnitude } : delta });
    return undefined;
  }
}

/** The value of the first key that matches any spelling of a module's name; keys in the file's order. */
function matched(patterns: readonly [ModulePattern, number][], names: readonly string[]): number | undefined {
  for (const [pattern, value] of patterns) if (names.some((name) => pattern.matches(name))) return value;
  return undefined;
}

/**
 * LoRA adapters in PEFT's layout: `adapter_config.json` and `adapter_model.safetensors` with tensors
 * `base_model.model.<module>.lora_A.weight` [rank, in] and `.lora_B.weight` [out, rank]. Applied at load as W + scale * B * A
 * (Hu et al. 2021), scale = alpha / rank, or alpha / sqrt(rank) with rank stabilisation (Kalajdzievski 2023).
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import type { WeightDtype, WeightSource } from "../../nn/weight-source.ts";
import type { ArchitectureKind } from "../canonical-names.ts";
import { Fields, isObject } from "../config/fields.ts";
import { requireJson } from "../config/json-file.ts";
import { CheckpointWeights } from "../weights.ts";

export interface AdapterConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Rank stabilisation: the scale is alpha / sqrt(rank). */
  readonly rankStabilised: boolean;
  /** Module names, a regular expression, or `all-linear`, as PEFT takes them. What is trained stands in the tensors' names. */
  readonly targetModules: readonly string[] | string;
  /** Other ranks or alphas for modules whose name ends in the key (a regular expression). */
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
  readonly baseModel: string | undefined;
}

export interface Adapter {
  readonly folder: string;
  readonly config: AdapterConfig;
  /** The adapter's own tensors, under canonical names: `....q_proj.lora_A.weight`, or whole replaced tensors. */
  readonly tensors: WeightSource;
  close(): Promise<void>;
}

/** Opens an adapter folder; throws `checkpoint/adapter` for kinds of adapter that are not implemented. */
export async function openAdapter(folder: string, kind: ArchitectureKind): Promise<Adapter> {
  const present = new Set(
    await readdir(folder).catch((cause) => {
      throw new PolyclinicError("checkpoint/missing-folder", "is not a folder that can be read", {
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
  const tensors = await CheckpointWeights.open([join(folder, "adapter_model.safetensors")], kind);
  return { folder, config, tensors, close: () => tensors.close() };
}

/** Variants whose arithmetic differs from plain LoRA. */
const unsupported = [
  "alora_invocation_tokens",
  "fan_in_fan_out",
  "layer_replication",
  "lora_bias",
  "target_parameters",
  "trainable_token_indices",
  "use_bdlora",
  "use_dora",
  "use_qalora",
];

/** Parses `adapter_config.json`. */
export function readAdapterConfig(json: unknown, where: string): AdapterConfig {
  const fields = new Fields(isObject(json) ? json : {}, where);
  fields.oneOf("peft_type", ["LORA"]);
  fields.oneOf("bias", ["none"], "none");
  for (const key of unsupported) {
    const value = fields.get(key);
    if (value !== undefined && value !== false) fields.wrong(key, "it switched off: this is not implemented", value);
  }
  const targets = fields.get("target_modules");
  if (targets !== undefined && typeof targets !== "string" && !Array.isArray(targets)) {
    fields.wrong("target_modules", "a list of module names or a regular expression", targets);
  }
  return {
    rank: fields.positive("r"),
    alpha: fields.number("lora_alpha"),
    rankStabilised: fields.boolean("use_rslora", false),
    targetModules: (targets as string[] | string | undefined) ?? [],
    rankPattern: pattern(fields, "rank_pattern"),
    alphaPattern: pattern(fields, "alpha_pattern"),
    baseModel: (fields.get("base_model_name_or_path") as string | undefined) || undefined,
  };
}

function pattern(fields: Fields, key: string): Record<string, number> {
  const value = fields.get(key) ?? {};
  if (!isObject(value) || !Object.values(value).every((n) => typeof n === "number" && n > 0)) {
    fields.wrong(key, "module name -> number", value);
  }
  return value as Record<string, number>;
}

interface Delta {
  readonly a: string;
  readonly b: string;
  readonly rank: number;
  readonly scale: number;
}

/**
 * The base's weights with the adapter added in. Everything is checked first: an adapter for another base is one `checkpoint/adapter` error
 * that names what does not fit.
 */
export function applyAdapter(base: WeightSource, { tensors, config, folder }: Adapter): WeightSource {
  const deltas = new Map<string, Delta>();
  const replaced = new Set<string>();
  const problems: string[] = [];
  for (const name of tensors.names) {
    const module = /^(.*)\.lora_([AB])\.weight$/.exec(name);
    if (module === null) {
      if (base.has(name) && String(base.shape(name)) === String(tensors.shape(name))) replaced.add(name);
      else problems.push(`${name} [${tensors.shape(name)}] has no counterpart of that shape`);
    } else if (module[2] === "A") {
      const problem = addDelta(module[1]);
      if (problem !== undefined) problems.push(problem);
    } else if (!tensors.has(`${module[1]}.lora_A.weight`)) problems.push(`${name} stands without its lora_A`);
  }
  if (deltas.size + replaced.size === 0 && problems.length === 0) problems.push("it holds no tensors");
  if (problems.length > 0) {
    throw new PolyclinicError("checkpoint/adapter", "does not fit this base model", {
      where: folder,
      expected: config.baseModel === undefined ? undefined : `the base ${config.baseModel}`,
      found: problems.slice(0, 8).join("; ") + (problems.length > 8 ? ` and ${problems.length - 8} more` : ""),
      hint: "Apply the adapter to the model it was trained on.",
    });
  }
  return new AdaptedWeights(base, tensors, deltas, replaced);

  function addDelta(module: string): string | undefined {
    const [a, b, weight] = [`${module}.lora_A.weight`, `${module}.lora_B.weight`, `${module}.weight`];
    if (!tensors.has(b)) return `${a} stands without its lora_B`;
    if (!base.has(weight)) return `there is no ${weight}`;
    const [rank, inputs] = tensors.shape(a);
    const [outputs, rankOfB] = tensors.shape(b);
    const shape = String([outputs, inputs]);
    if (rank !== rankOfB || shape !== String(base.shape(weight))) {
      return `${weight} is [${base.shape(weight)}], the adapter's [${outputs},${rankOfB}] x [${rank},${inputs}]`;
    }
    const declared = matched(config.rankPattern, module) ?? config.rank;
    if (rank !== declared) return `${a} has rank ${rank} instead of ${declared}`;
    const alpha = matched(config.alphaPattern, module) ?? config.alpha;
    deltas.set(weight, { a, b, rank, scale: alpha / (config.rankStabilised ? Math.sqrt(rank) : rank) });
    return undefined;
  }
}

/** PEFT's rule: the key, as a regular expression, matches the whole name or its end after a dot. */
export function matched(patterns: Readonly<Record<string, number>>, module: string): number | undefined {
  for (const [key, value] of Object.entries(patterns)) if (new RegExp(`^(.*\\.)?(${key})$`).test(module)) return value;
  return undefined;
}

class AdaptedWeights implements WeightSource {
  constructor(
    private readonly base: WeightSource,
    private readonly adapter: WeightSource,
    private readonly deltas: ReadonlyMap<string, Delta>,
    private readonly replaced: ReadonlySet<string>,
  ) {}

  get names(): readonly string[] {
    return this.base.names;
  }

  has(name: string): boolean {
    return this.base.has(name);
  }

  shape(name: string): readonly number[] {
    return this.base.shape(name);
  }

  dtype(name: string): WeightDtype {
    if (this.deltas.has(name)) return "F32";
    return this.replaced.has(name) ? this.adapter.dtype(name) : this.base.dtype(name);
  }

  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    if (!this.deltas.has(name)) return this.source(name).read(name);
    return this.add(name, await this.base.read(name), 0);
  }

  async readRows(name: string, start: number, count: number): Promise<Float32Array<ArrayBuffer>> {
    const rows = await this.source(name).readRows(name, start, count);
    return this.deltas.has(name) ? this.add(name, rows, start) : rows;
  }

  async readRaw(name: string): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.deltas.has(name)) return this.source(name).readRaw(name);
    return new Uint8Array((await this.read(name)).buffer);
  }

  private source(name: string): WeightSource {
    return this.replaced.has(name) ? this.adapter : this.base;
  }

  /** Adds rows `start`... of scale * B * A to `rows` [n, in], in place. */
  private async add(name: string, rows: Float32Array<ArrayBuffer>, start: number): Promise<Float32Array<ArrayBuffer>> {
    const { a: nameA, b: nameB, rank, scale } = this.deltas.get(name)!;
    const a = await this.adapter.read(nameA); // [rank, in]
    const inputs = a.length / rank;
    const count = rows.length / inputs;
    const b = await this.adapter.readRows(nameB, start, count); // [n, rank]
    for (let row = 0; row < count; row++) {
      const target = rows.subarray(row * inputs, (row + 1) * inputs);
      for (let k = 0; k < rank; k++) {
        const factor = scale * b[row * rank + k];
        const from = k * inputs;
        for (let i = 0; i < inputs; i++) target[i] += factor * a[from + i];
      }
    }
    return rows;
  }
}

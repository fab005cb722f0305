/** `adapter_config.json` of a LoRA adapter: the supported fields, and the variants that are rejected because they compute something else. */
import { PolyclinicError } from "../../base/errors.ts";
import { Fields, isObject } from "../config/fields.ts";

/** The fields of PEFT's `adapter_config.json` that determine the computation. */
export interface AdapterConfig {
  /** Rank of the factors (`r`), at least 1. */
  readonly rank: number;
  /** `lora_alpha`: the update is scaled by alpha / rank. */
  readonly alpha: number;
  /** Rank stabilisation: the scale is alpha / sqrt(rank). */
  readonly rankStabilised: boolean;
  /** Module names, a regular expression, or `all-linear`, as in PEFT. The tensor names determine which modules were trained. */
  readonly targetModules: readonly string[] | string;
  /** Other ranks or alphas for modules whose name ends in the key (a regular expression). */
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
  /** `base_model_name_or_path`: the model the adapter was trained on, as its author named it. */
  readonly baseModel: string | undefined;
  /** Weight-decomposed (DoRA, Liu et al. 2024): rows are rescaled to a learned norm. Default false. */
  readonly decomposed?: boolean;
}

/** Variants whose arithmetic differs from LoRA's and DoRA's. */
const unsupported = [
  "alora_invocation_tokens",
  "arrow_config",
  "kasa_config",
  "layer_replication",
  "lora_bias",
  "megatron_config",
  "monteclora_config",
  "target_parameters",
  "trainable_token_indices",
  "use_bdlora",
  "use_qalora",
  "velora_config",
];

/** Initialisations that do not modify the base weights; their initial values are contained in the saved factors. */
const plainInitialisations = ["gaussian", "orthogonal", "eva", "lora_ga", "mica"];

/**
 * Parses `adapter_config.json`.
 *
 * @throws PolyclinicError `checkpoint/adapter` naming the field.
 */
export function readAdapterConfig(json: unknown, where: string): AdapterConfig {
  try {
    return read(new Fields(isObject(json) ? json : {}, where));
  } catch (error) {
    if (!PolyclinicError.is(error) || error.code !== "checkpoint/config") throw error;
    const { where: field, expected, found } = error;
    throw new PolyclinicError("checkpoint/adapter", "is not an adapter that can be applied", {
      where: field,
      expected,
      found,
      cause: error,
    });
  }
}

function read(fields: Fields): AdapterConfig {
  fields.oneOf("peft_type", ["LORA"]);
  fields.oneOf("bias", ["none", "all", "lora_only"], "none");
  for (const key of unsupported) {
    const value = fields.get(key);
    if (!isOff(value)) fields.wrong(key, "the field unset: this variant is not implemented", value);
  }
  requirePlainInitialisation(fields);
  const targets = fields.get("target_modules");
  if (targets !== undefined && typeof targets !== "string" && !isStrings(targets)) {
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
    ...(fields.boolean("use_dora", false) && { decomposed: true }),
  };
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

const isOff = (value: unknown) =>
  value === undefined || value === false || (typeof value === "object" && Object.keys(value as object).length === 0);

/**
 * PiSSA, OLoRA, CorDA and LoftQ subtract something from the base's weights before training, and PEFT does it again on loading. The saved
 * factors alone, added to the unmodified base, would give a different model.
 */
function requirePlainInitialisation(fields: Fields): void {
  const value = fields.get("init_lora_weights");
  if (value === undefined || typeof value === "boolean") return;
  if (typeof value === "string" && plainInitialisations.includes(value.toLowerCase())) return;
  fields.wrong(
    "init_lora_weights",
    `true, false or one of ${plainInitialisations.join(", ")}: others modify the base weights (save the adapter with PEFT's path_initial_model_for_weight_conversion, or merge it)`,
    value,
  );
}

function pattern(fields: Fields, key: string): Record<string, number> {
  const value = fields.get(key) ?? {};
  if (!isObject(value) || !Object.values(value).every((n) => typeof n === "number" && Number.isFinite(n) && n > 0)) {
    fields.wrong(key, "module name -> number", value);
  }
  return value as Record<string, number>;
}

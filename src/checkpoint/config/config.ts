/**
 * `config.json` to a typed architecture. Published files store only what differs from the class defaults of transformers, so those
 * defaults are written out here (configuration_{gemma,gemma2,gemma3,siglip}.py of transformers 5.18; the released MedGemma files rely on them).
 * Both spellings of the RoPE settings are read: `rope_theta`, `rope_local_base_freq` and `rope_scaling` (4.x), `rope_parameters` (5.x).
 *
 * Over 300 lines because the defaults of each architecture are next to the code that reads its fields, for comparison with transformers.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { ArchitectureConfig, GemmaConfig, SiglipTextConfig, SiglipVisionConfig } from "../../nn/config.ts";
import { Fields, isObject, type JsonObject } from "./fields.ts";
import { harmlessFields } from "./harmless-fields.ts";

const supported = ["gemma", "gemma2", "gemma3_text", "gemma3", "siglip", "siglip_vision_model"] as const;

/**
 * Reads a parsed `config.json` in the Hugging Face format: Gemma 1 to 3, multimodal Gemma 3, SigLIP.
 *
 * @param json the parsed file.
 * @param where its path, for errors.
 * @throws PolyclinicError `checkpoint/unknown-architecture`, `checkpoint/config` (an invalid value), `checkpoint/unsupported-field`.
 */
export function readConfig(json: unknown, where = "config.json"): ArchitectureConfig {
  if (!isObject(json)) {
    throw new PolyclinicError("checkpoint/config", "is not a JSON object", { where, expected: "an object" });
  }
  if (json.quantization_config != null) {
    throw new PolyclinicError("checkpoint/unsupported-field", "is the configuration of a quantised model", {
      where: `${where} quantization_config`,
      expected: "weights in F32, F16 or BF16",
      found: JSON.stringify((json.quantization_config as JsonObject).quant_method ?? "quantization_config"),
      hint: "Use the original checkpoint; Polyclinic quantises it to int8 or int4 itself.",
    });
  }
  const fields = new Fields(json, where);
  switch (json.model_type) {
    case "gemma":
    case "gemma2":
    case "gemma3_text":
      return { kind: "gemma", text: readGemma(fields, json.model_type) };
    case "gemma3":
      return readMultimodal(fields);
    case "siglip":
      return readSiglip(fields);
    case "siglip_vision_model":
      return { kind: "siglip-vision", vision: readVision(fields) };
    default:
      throw new PolyclinicError("checkpoint/unknown-architecture", "names an architecture that is not implemented", {
        where: `${where} model_type`,
        expected: supported.join(", "),
        found: String(json.model_type),
      });
  }
}

interface GemmaDefaults {
  family: GemmaConfig["family"];
  vocabSize: number;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  maxPositions: number;
  /** Every n-th layer is global; 1 means all are. */
  pattern: number;
  ropeTheta: number;
  attnSoftcap?: number;
  finalSoftcap?: number;
}

const gemmaDefaults: Record<"gemma" | "gemma2" | "gemma3_text", GemmaDefaults> = {
  gemma: {
    family: "gemma1",
    vocabSize: 256_000,
    hiddenSize: 3072,
    intermediateSize: 24_576,
    layers: 28,
    heads: 16,
    kvHeads: 16,
    maxPositions: 8192,
    pattern: 1,
    ropeTheta: 10_000,
  },
  gemma2: {
    family: "gemma2",
    vocabSize: 256_000,
    hiddenSize: 2304,
    intermediateSize: 9216,
    layers: 26,
    heads: 8,
    kvHeads: 4,
    maxPositions: 8192,
    pattern: 2,
    ropeTheta: 10_000,
    attnSoftcap: 50,
    finalSoftcap: 30,
  },
  gemma3_text: {
    family: "gemma3",
    vocabSize: 262_208,
    hiddenSize: 2304,
    intermediateSize: 9216,
    layers: 26,
    heads: 8,
    kvHeads: 4,
    maxPositions: 131_072,
    pattern: 6,
    ropeTheta: 1_000_000,
  },
};

/** A configuration above these limits is damaged; building it would only exhaust memory. */
const limits = { layers: 10_000, width: 1 << 20, vocabulary: 1 << 26, imageSize: 1 << 14 };

/** @param part whether it is the text part of a multimodal model, which has its own head class. */
function readGemma(
  fields: Fields,
  type: "gemma" | "gemma2" | "gemma3_text",
  part?: { readonly tieEmbeddings: boolean | undefined },
): GemmaConfig {
  const defaults = gemmaDefaults[type];
  const { family } = defaults;
  const layers = fields.positive("num_hidden_layers", defaults.layers, limits.layers);
  const heads = fields.positive("num_attention_heads", defaults.heads);
  const kvHeads = fields.positive("num_key_value_heads", defaults.kvHeads);
  if (heads % kvHeads !== 0)
    fields.wrong("num_key_value_heads", `a divisor of num_attention_heads (${heads})`, kvHeads);
  const headDim = fields.positive("head_dim", 256);
  if (headDim % 2 !== 0) fields.wrong("head_dim", "an even number (RoPE rotates pairs)", headDim);
  const layerTypes = readLayerTypes(fields, layers, family === "gemma1" ? 1 : defaults.pattern);
  // The Gemma 3 class's 4096 is only a default; the released 4B stores 1024.
  const noWindow = family === "gemma1" || fields.raw.sliding_window === null;
  const window = noWindow ? undefined : fields.positive("sliding_window", 4096);
  if (window === undefined && layerTypes.includes("local")) {
    fields.wrong("sliding_window", "a window size, because some layers are sliding_attention", null);
  }
  checkActivation(fields, family);
  if (fields.get("use_bidirectional_attention")) {
    fields.wrong("use_bidirectional_attention", "false (Gemma-based encoders are not implemented)", true);
  }
  const rope = readRope(fields, defaults);
  const config: GemmaConfig = {
    family,
    vocabSize: fields.positive("vocab_size", defaults.vocabSize, limits.vocabulary),
    hiddenSize: fields.positive("hidden_size", defaults.hiddenSize),
    intermediateSize: fields.positive("intermediate_size", defaults.intermediateSize),
    layers,
    heads,
    kvHeads,
    headDim,
    queryPreAttnScalar: family === "gemma1" ? headDim : fields.number("query_pre_attn_scalar", 256),
    rmsNormEps: fields.number("rms_norm_eps", 1e-6),
    maxPositions: fields.positive("max_position_embeddings", defaults.maxPositions),
    slidingWindow: layerTypes.includes("local") ? window : undefined,
    layerTypes,
    ...rope,
    ...softcaps(fields, defaults, part !== undefined),
    activation: "gelu_tanh",
    qkNorm: family === "gemma3",
    sandwichNorms: family !== "gemma1",
    tieEmbeddings: part?.tieEmbeddings ?? fields.boolean("tie_word_embeddings", true),
    attentionBias: fields.boolean("attention_bias", false),
  };
  fields.get("tie_word_embeddings");
  fields.refuseUnknown(harmlessFields);
  return config;
}

/** `layer_types` if present, otherwise every `sliding_window_pattern`-th layer is global. */
function readLayerTypes(fields: Fields, layers: number, pattern: number): ("local" | "global")[] {
  const types = fields.get("layer_types");
  const stored = fields.get("sliding_window_pattern") ?? fields.get("_sliding_window_pattern");
  if (types === undefined) {
    const every = stored === undefined ? pattern : stored;
    if (!Number.isInteger(every) || (every as number) < 1)
      fields.wrong("sliding_window_pattern", "a whole number > 0", every);
    return Array.from({ length: layers }, (_, i) => ((i + 1) % (every as number) === 0 ? "global" : "local"));
  }
  if (!Array.isArray(types) || types.length !== layers) {
    fields.wrong("layer_types", `a list of ${layers} entries (num_hidden_layers)`, types);
  }
  return (types as unknown[]).map((type) => {
    if (type === "full_attention") return "global";
    if (type === "sliding_attention") return "local";
    return fields.wrong("layer_types", '"full_attention" or "sliding_attention"', type);
  });
}

function checkActivation(fields: Fields, family: GemmaConfig["family"]): void {
  const activation = fields.get("hidden_activation");
  const legacy = fields.get("hidden_act");
  // Released Gemma 1 files say "gelu" and mean the tanh approximation (transformers#29402).
  const allowed = family === "gemma1" ? ["gelu", "gelu_pytorch_tanh"] : ["gelu_pytorch_tanh"];
  const value = activation ?? (family === "gemma1" ? legacy : undefined) ?? "gelu_pytorch_tanh";
  if (!allowed.includes(value as string)) {
    fields.wrong(activation === undefined ? "hidden_act" : "hidden_activation", allowed.join(" or "), value);
  }
}

/** Gemma 3's attention class reads no cap, and neither does the head of the multimodal class; the text-only head does. */
function softcaps(
  fields: Fields,
  defaults: GemmaDefaults,
  multimodal: boolean,
): Pick<GemmaConfig, "attnSoftcap" | "finalSoftcap"> {
  if (defaults.family === "gemma1") return {};
  const cap = (key: string, fallback: number | undefined) => {
    // An explicit null disables a default cap.
    const value = fields.get(key) ?? (key in fields.raw ? undefined : fallback);
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !(value > 0)) fields.wrong(key, "a number > 0 or null", value);
    return value as number;
  };
  const attention = cap("attn_logit_softcapping", defaults.attnSoftcap);
  const head = cap("final_logit_softcapping", defaults.finalSoftcap);
  const attnSoftcap = defaults.family === "gemma3" ? undefined : attention;
  const finalSoftcap = multimodal ? undefined : head;
  return {
    ...(attnSoftcap === undefined ? {} : { attnSoftcap }),
    ...(finalSoftcap === undefined ? {} : { finalSoftcap }),
  };
}

type Rope = Pick<GemmaConfig, "ropeThetaGlobal" | "ropeThetaLocal" | "ropeScalingGlobal">;

function readRope(fields: Fields, defaults: GemmaDefaults): Rope {
  const parameters = fields.object("rope_parameters");
  const scaling = fields.object("rope_scaling");
  const theta = fields.number("rope_theta", defaults.ropeTheta);
  if (defaults.family !== "gemma3") {
    const flat = parameters === undefined ? theta : parameters.number("rope_theta", theta);
    for (const settings of [parameters, scaling]) {
      if (settings !== undefined && linearFactor(settings) !== 1) {
        settings.wrong("factor", "no RoPE scaling in this model family", linearFactor(settings));
      }
    }
    return { ropeThetaGlobal: flat, ropeThetaLocal: flat, ropeScalingGlobal: 1 };
  }
  const thetaLocal = fields.number("rope_local_base_freq", 10_000);
  const global = parameters?.object("full_attention");
  const local = parameters?.object("sliding_attention");
  if (parameters !== undefined && global === undefined && local === undefined) {
    fields.wrong("rope_parameters", "full_attention and sliding_attention settings", Object.keys(parameters.raw));
  }
  if (local !== undefined && linearFactor(local) !== 1)
    local.wrong("factor", "no RoPE scaling on local layers", linearFactor(local));
  return {
    ropeThetaGlobal: global?.number("rope_theta", theta) ?? theta,
    ropeThetaLocal: local?.number("rope_theta", thetaLocal) ?? thetaLocal,
    ropeScalingGlobal: scaling !== undefined ? linearFactor(scaling) : global !== undefined ? linearFactor(global) : 1,
  };
}

function linearFactor(settings: Fields): number {
  const type = settings.get("rope_type") ?? settings.get("type") ?? "default";
  if (type === "default") return 1;
  if (type !== "linear") settings.wrong("rope_type", '"default" or "linear"', type);
  const factor = settings.number("factor");
  if (!(factor > 0)) settings.wrong("factor", "a number > 0", factor);
  return factor;
}

function readMultimodal(fields: Fields): ArchitectureConfig {
  const textFields = fields.object("text_config") ?? new Fields({}, `${fields.where} text_config`);
  textFields.oneOf("model_type", ["gemma3_text"], "gemma3_text");
  const visionFields = fields.object("vision_config") ?? new Fields({}, `${fields.where} vision_config`);
  visionFields.oneOf("model_type", ["siglip_vision_model"], "siglip_vision_model");
  const tie = fields.get("tie_word_embeddings") === undefined ? undefined : fields.boolean("tie_word_embeddings");
  const text = readGemma(textFields, "gemma3_text", { tieEmbeddings: tie });
  const vision = readVision(visionFields);
  const tokensPerImage = fields.positive("mm_tokens_per_image", 256);
  const side = Math.sqrt(tokensPerImage);
  const patches = Math.floor(vision.imageSize / vision.patchSize);
  if (!Number.isInteger(side) || patches % side !== 0) {
    fields.wrong("mm_tokens_per_image", `a square whose root divides ${patches} patches a side`, tokensPerImage);
  }
  const tokenId = (name: string, fallback: number) => {
    const key = fields.get(`${name}_id`) === undefined ? `${name}_index` : `${name}_id`;
    const id = fields.integer(key, fallback);
    fields.get(`${name}_index`);
    if (id >= text.vocabSize) fields.wrong(key, `less than vocab_size (${text.vocabSize})`, id);
    return id;
  };
  const config: ArchitectureConfig = {
    kind: "multimodal",
    text,
    vision,
    tokensPerImage,
    boiTokenId: tokenId("boi_token", 255_999),
    eoiTokenId: tokenId("eoi_token", 256_000),
    imageTokenId: tokenId("image_token", 262_144),
  };
  fields.refuseUnknown(harmlessFields);
  return config;
}

function readSiglip(fields: Fields): ArchitectureConfig {
  const vision = readVision(fields.object("vision_config") ?? new Fields({}, `${fields.where} vision_config`));
  const text = readSiglipText(fields.object("text_config") ?? new Fields({}, `${fields.where} text_config`));
  fields.get("tie_word_embeddings");
  if (text.projectionSize !== vision.hiddenSize) {
    fields.wrong("text_config projection_size", `the vision width ${vision.hiddenSize}`, text.projectionSize);
  }
  fields.refuseUnknown(harmlessFields);
  return { kind: "siglip", vision, text };
}

function readSiglipText(fields: Fields): SiglipTextConfig {
  const hiddenSize = fields.positive("hidden_size", 768);
  const heads = headsDividing(fields, hiddenSize);
  fields.oneOf("hidden_act", ["gelu_pytorch_tanh"], "gelu_pytorch_tanh");
  const config: SiglipTextConfig = {
    vocabSize: fields.positive("vocab_size", 32_000),
    hiddenSize,
    intermediateSize: fields.positive("intermediate_size", 3072),
    layers: fields.positive("num_hidden_layers", 12, limits.layers),
    heads,
    maxPositions: fields.positive("max_position_embeddings", 64, limits.width),
    layerNormEps: fields.number("layer_norm_eps", 1e-6),
    projectionSize: fields.positive("projection_size", hiddenSize),
    padTokenId: fields.integer("pad_token_id", 1),
  };
  fields.get("tie_word_embeddings");
  fields.refuseUnknown(harmlessFields);
  return config;
}

function readVision(fields: Fields): SiglipVisionConfig {
  const hiddenSize = fields.positive("hidden_size", 768);
  const heads = headsDividing(fields, hiddenSize);
  fields.oneOf("hidden_act", ["gelu_pytorch_tanh"], "gelu_pytorch_tanh");
  const channels = fields.positive("num_channels", 3);
  if (channels !== 3) fields.wrong("num_channels", "3", channels);
  const imageSize = fields.positive("image_size", 224, limits.imageSize);
  const patchSize = fields.positive("patch_size", 16);
  if (patchSize > imageSize) fields.wrong("patch_size", `at most image_size (${imageSize})`, patchSize);
  const config: SiglipVisionConfig = {
    hiddenSize,
    intermediateSize: fields.positive("intermediate_size", 3072),
    layers: fields.positive("num_hidden_layers", 12, limits.layers),
    heads,
    imageSize,
    patchSize,
    layerNormEps: fields.number("layer_norm_eps", 1e-6),
    useHead: fields.boolean("vision_use_head", true),
  };
  fields.get("projection_size");
  fields.get("tie_word_embeddings");
  fields.refuseUnknown(harmlessFields);
  return config;
}

function headsDividing(fields: Fields, hiddenSize: number): number {
  const heads = fields.positive("num_attention_heads", 12);
  if (hiddenSize % heads !== 0) fields.wrong("num_attention_heads", `a divisor of hidden_size (${hiddenSize})`, heads);
  return heads;
}

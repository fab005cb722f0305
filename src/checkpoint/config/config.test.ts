import { describe, expect, test } from "vitest";
import { readConfig } from "./config.ts";

/** As stored with medgemma-1.5-4b-it: only what differs from the class defaults (spec from the published file). */
const medgemma = {
  architectures: ["Gemma3ForConditionalGeneration"],
  boi_token_index: 255999,
  eoi_token_index: 256000,
  eos_token_id: [1, 106],
  image_token_index: 262144,
  initializer_range: 0.02,
  mm_tokens_per_image: 256,
  model_type: "gemma3",
  text_config: {
    hidden_size: 2560,
    intermediate_size: 10240,
    model_type: "gemma3_text",
    num_hidden_layers: 34,
    rope_scaling: { factor: 8.0, rope_type: "linear" },
    sliding_window: 1024,
  },
  torch_dtype: "bfloat16",
  vision_config: {
    hidden_size: 1152,
    image_size: 896,
    intermediate_size: 4304,
    model_type: "siglip_vision_model",
    num_attention_heads: 16,
    num_hidden_layers: 27,
    patch_size: 14,
    vision_use_head: false,
  },
};

describe("class defaults", () => {
  test("MedGemma 4B", () => {
    const config = readConfig(medgemma);
    if (config.kind !== "multimodal") throw new Error(config.kind);
    const { layerTypes, ...text } = config.text;
    expect(text).toEqual({
      family: "gemma3",
      vocabSize: 262208,
      hiddenSize: 2560,
      intermediateSize: 10240,
      layers: 34,
      heads: 8,
      kvHeads: 4,
      headDim: 256,
      queryPreAttnScalar: 256,
      rmsNormEps: 1e-6,
      maxPositions: 131072,
      slidingWindow: 1024,
      ropeThetaGlobal: 1e6,
      ropeThetaLocal: 1e4,
      ropeScalingGlobal: 8,
      activation: "gelu_tanh",
      qkNorm: true,
      sandwichNorms: true,
      tieEmbeddings: true,
      attentionBias: false,
    });
    expect(layerTypes.flatMap((type, i) => (type === "global" ? [i] : []))).toEqual([5, 11, 17, 23, 29]);
    expect(config.vision).toMatchObject({ imageSize: 896, patchSize: 14, heads: 16, layers: 27, useHead: false });
    expect(config).toMatchObject({ tokensPerImage: 256, boiTokenId: 255999, eoiTokenId: 256000, imageTokenId: 262144 });
  });

  test("the same model as transformers 5 writes it", () => {
    const { rope_scaling: _, ...text } = medgemma.text_config;
    const config = readConfig({
      ...medgemma,
      text_config: {
        ...text,
        _sliding_window_pattern: 6,
        layer_types: Array.from({ length: 34 }, (_, i) => ((i + 1) % 6 === 0 ? "full_attention" : "sliding_attention")),
        rope_parameters: {
          full_attention: { factor: 8, rope_theta: 1000000, rope_type: "linear" },
          sliding_attention: { rope_theta: 10000, rope_type: "default" },
        },
        use_bidirectional_attention: false,
      },
    });
    expect(config).toEqual(readConfig(medgemma));
  });

  test("Gemma 1 and 2", () => {
    const one = readConfig({ model_type: "gemma", hidden_act: "gelu", num_hidden_layers: 2 });
    if (one.kind !== "gemma") throw new Error(one.kind);
    expect(one.text).toMatchObject({ family: "gemma1", layerTypes: ["global", "global"], queryPreAttnScalar: 256 });
    expect(one.text).toMatchObject({ sandwichNorms: false, qkNorm: false, ropeThetaGlobal: 1e4 });
    expect(one.text.slidingWindow).toBeUndefined();
    expect(one.text.attnSoftcap).toBeUndefined();
    const two = readConfig({ model_type: "gemma2", num_hidden_layers: 3, query_pre_attn_scalar: 144 });
    if (two.kind !== "gemma") throw new Error(two.kind);
    expect(two.text).toMatchObject({ family: "gemma2", layerTypes: ["local", "global", "local"], slidingWindow: 4096 });
    expect(two.text).toMatchObject({ attnSoftcap: 50, finalSoftcap: 30, queryPreAttnScalar: 144, qkNorm: false });
    const uncapped = readConfig({ model_type: "gemma2", attn_logit_softcapping: null });
    expect(uncapped.kind === "gemma" && uncapped.text.attnSoftcap).toBeUndefined();
  });

  test("SigLIP", () => {
    expect(readConfig({ model_type: "siglip_vision_model" })).toMatchObject({
      vision: { hiddenSize: 768, imageSize: 224, patchSize: 16, heads: 12, useHead: true },
    });
    expect(readConfig({ model_type: "siglip" })).toMatchObject({ text: { maxPositions: 64, projectionSize: 768 } });
  });
});

describe("what cannot be run is named", () => {
  test.each([
    ["unknown architecture", { model_type: "llama" }, /model_type.*llama/],
    ["unknown field", { model_type: "gemma2", num_experts: 8 }, /num_experts = 8/],
    ["field inside a part", { ...medgemma, vision_config: { spatial_merge: 2 } }, /vision_config.*spatial_merge/],
    [
      "another RoPE type",
      { model_type: "gemma3_text", rope_scaling: { rope_type: "yarn", factor: 4 } },
      /rope_type.*yarn/,
    ],
    ["activation", { model_type: "gemma2", hidden_activation: "silu" }, /hidden_activation.*silu/],
    [
      "bidirectional text",
      { model_type: "gemma3_text", use_bidirectional_attention: true },
      /use_bidirectional_attention/,
    ],
    [
      "layer list of the wrong length",
      { model_type: "gemma3_text", layer_types: ["full_attention"] },
      /layer_types.*26/,
    ],
    ["heads", { model_type: "gemma", num_key_value_heads: 3 }, /num_key_value_heads.*16/],
    ["image token outside the vocabulary", { ...medgemma, image_token_index: 300000 }, /image_token_index.*262208/],
    ["tokens an image", { ...medgemma, mm_tokens_per_image: 200 }, /mm_tokens_per_image/],
    [
      "quantised weights",
      { model_type: "gemma2", quantization_config: { quant_method: "bitsandbytes" } },
      /bitsandbytes/,
    ],
    ["a string where a number stands", { model_type: "gemma2", hidden_size: "big" }, /hidden_size.*number.*big/],
    ["not an object", [], /not a JSON object/],
  ])("%s", (_name, json, message) => {
    expect(() => readConfig(json)).toThrow(message);
  });

  test("switched-off unknown fields are let through", () => {
    expect(readConfig({ model_type: "gemma2", num_experts: null, moe: false }).kind).toBe("gemma");
  });
});

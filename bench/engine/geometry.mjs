/** MedGemma 4B's shapes with a given number of layers, and random weights of those shapes. */

import { readConfig } from "../../dist/checkpoint/index.js";
import { expectedTensors } from "../../dist/nn/index.js";

/** Number of layers of the whole model. */
export const allLayers = { decoder: 34, vision: 27 };

export function architecture({ decoderLayers, visionLayers }) {
  const config = readConfig(
    {
      model_type: "gemma3",
      architectures: ["Gemma3ForConditionalGeneration"],
      boi_token_index: 255999,
      eoi_token_index: 256000,
      image_token_index: 262144,
      mm_tokens_per_image: 256,
      text_config: {
        model_type: "gemma3_text",
        hidden_size: 2560,
        intermediate_size: 10240,
        num_hidden_layers: decoderLayers,
        rope_scaling: { factor: 8, rope_type: "linear" },
        sliding_window: 1024,
      },
      vision_config: {
        model_type: "siglip_vision_model",
        hidden_size: 1152,
        image_size: 896,
        intermediate_size: 4304,
        num_attention_heads: 16,
        num_hidden_layers: visionLayers,
        patch_size: 14,
        vision_use_head: false,
      },
    },
    "bench",
  );
  if (config.kind !== "multimodal") throw new Error(`${config.kind} instead of multimodal`);
  return config;
}

const noiseLength = 1 << 22;
let noise;

/** Approximately normal numbers: one block of noise, repeated from an offset that depends on the tensor. */
function fill(out, offset, scale) {
  if (noise === undefined) {
    noise = new Float32Array(noiseLength);
    let s = 12345;
    const uniform = () => {
      s = (Math.imul(s, 1664525) + 1013904223) | 0;
      return (s >>> 8) / 2 ** 24 - 0.5;
    };
    for (let i = 0; i < noiseLength; i++) noise[i] = (uniform() + uniform() + uniform()) * 2;
  }
  for (let i = 0; i < out.length; i++) out[i] = noise[(offset + i) % noiseLength] * scale;
  return out;
}

/** The weights of an architecture. @returns {import("../../dist/nn/index.js").WeightSource} */
export function randomWeights(config) {
  const shapes = expectedTensors(config);
  const size = (shape) => shape.reduce((a, b) => a * b, 1);
  const offsets = new Map([...shapes.keys()].map((name, i) => [name, (i * 7919 * 13) % noiseLength]));
  return {
    names: [...shapes.keys()],
    has: (name) => shapes.has(name),
    shape: (name) => shapes.get(name),
    dtype: () => "F32",
    read(name) {
      return this.readRows(name, 0, shapes.get(name)[0]);
    },
    async readRows(name, start, count) {
      const shape = shapes.get(name);
      const width = size(shape.slice(1));
      const scale = shape.length < 2 ? 0.05 : name.includes("embed_tokens") ? 0.02 : 1 / Math.sqrt(shape[1]);
      return fill(new Float32Array(count * width), offsets.get(name) + start * width, scale);
    },
    async readRaw(name) {
      return new Uint8Array((await this.read(name)).buffer);
    },
  };
}

/** Initial weights for networks trained from scratch. */
import { Random } from "../base/random.ts";
import { seedOf } from "./data/order.ts";
import type { Tensors } from "./tensors.ts";

/**
 * Fresh tensors, initialised by name:
 * - SigLIP (big_vision's ViT): Xavier-uniform matrices, LayerNorm weights one, all other vectors zero; position tables
 * and patch kernels as in big_vision.
 * - Gemma: normal with standard deviation 1 / sqrt(inputs) for matrices and hidden ** -1/2 for the embedding (it is
 * scaled by sqrt(hidden) when read); RMSNorm weights zero, because they are stored as the difference from one.
 *
 * Each tensor's generator is seeded by its name, so that adding a tensor does not change the others.
 */
export function freshTensors(shapes: ReadonlyMap<string, readonly number[]>, seed: number): Tensors {
  const tensors: Tensors = new Map();
  for (const [name, shape] of shapes) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const random = new Random(seedOf(seed, ...new TextEncoder().encode(name)));
    const inputs = shape.slice(1).reduce((a, b) => a * b, 1);
    if (name.includes("position_embedding")) normal(data, random, 0.02);
    else if (name.includes("embed_tokens")) normal(data, random, shape[1] ** -0.5);
    else if (name.endsWith("mm_input_projection_weight")) normal(data, random, shape[0] ** -0.5);
    else if (shape.length > 1 && name.includes("vision_model"))
      uniform(data, random, Math.sqrt(6 / (inputs + shape[0])));
    else if (shape.length > 1) normal(data, random, inputs ** -0.5);
    else if (/layer_?norm\d?\.weight$/.test(name) && name.includes("vision_model")) data.fill(1);
    tensors.set(name, { shape, data });
  }
  return tensors;
}

function normal(data: Float32Array, random: Random, deviation: number): void {
  for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
}

function uniform(data: Float32Array, random: Random, bound: number): void {
  for (let i = 0; i < data.length; i++) data[i] = bound * (2 * random.next() - 1);
}

/**
 * Gated cross-attention (Flamingo, Alayrac et al. 2022): a decoder reads the latents of another encoder. The gate is zero before training, so that the decoder
 * starts as the text model it was.
 */
import { add, mul, tanh, type Value } from "../graph/index.ts";
import { fullAttention, mergeHeads, splitHeads } from "./attention.ts";
import type { Build } from "./build.ts";
import type { GemmaConfig } from "./config.ts";
import { gemmaNorm } from "./gemma.ts";

/** Where a decoder reads latents, and the sizes of the attention. */
export interface CrossAttentionConfig {
  /** Layers of the decoder with a block before them. */
  readonly layers: readonly number[];
  /** Width of a latent. */
  readonly latentSize: number;
  readonly heads: number;
  readonly headDim: number;
}

/**
 * `x + tanh(gate) * attention(norm(x), latents)`. Latents have no order of their own: what they need of it, they bring along.
 *
 * @param x hidden states `[batch, seq, hidden]`.
 * @param latents `[batch, latents, latentSize]`.
 */
export function gatedCrossAttention(
  build: Build,
  x: Value,
  latents: Value,
  { hiddenSize, rmsNormEps }: Pick<GemmaConfig, "hiddenSize" | "rmsNormEps">,
  { latentSize, heads, headDim }: CrossAttentionConfig,
  name: string,
): Value {
  const { weights } = build;
  const normed = gemmaNorm(build, x, `${name}.norm`, hiddenSize, rmsNormEps);
  const q = splitHeads(weights.linear(normed, `${name}.q_proj`, hiddenSize, heads * headDim, false), heads, headDim);
  const ofLatents = (part: string) =>
    splitHeads(weights.linear(latents, `${name}.${part}`, latentSize, heads * headDim, false), heads, headDim);
  const read = mergeHeads(fullAttention(q, ofLatents("k_proj"), ofLatents("v_proj"), headDim ** -0.5)); // [batch, seq, heads*headDim]
  const y = weights.linear(read, `${name}.o_proj`, heads * headDim, hiddenSize, false);
  return add(x, mul(y, tanh(weights.tensor(`${name}.gate`, [1]))));
}

/**
 * SigLIP (Zhai et al. 2023): the image tower of MedGemma, and with its attention-pooling head and text tower, MedSigLIP.
 * Blocks in reading order; tensor names are those of Hugging Face transformers' `SiglipModel`.
 */
import {
  add,
  exp,
  geluTanh,
  layerNorm,
  matmul,
  mul,
  reduceSum,
  reshape,
  rsqrt,
  slice,
  squeeze,
  transpose,
  type Value,
} from "../graph/index.ts";
import { fullAttention, mergeHeads, splitHeads } from "./attention.ts";
import type { Build } from "./build.ts";
import type { SiglipTextConfig, SiglipVisionConfig } from "./config.ts";

type BlockConfig = Pick<SiglipVisionConfig, "hiddenSize" | "intermediateSize" | "layers" | "heads" | "layerNormEps">;

function norm({ weights }: Build, x: Value, name: string, { hiddenSize, layerNormEps }: BlockConfig): Value {
  return layerNorm(
    x,
    weights.tensor(`${name}.weight`, [hiddenSize]),
    weights.tensor(`${name}.bias`, [hiddenSize]),
    layerNormEps,
  );
}

function attention(build: Build, x: Value, name: string, { hiddenSize, heads }: BlockConfig): Value {
  const headDim = hiddenSize / heads;
  const project = (which: string) => build.weights.linear(x, `${name}.${which}`, hiddenSize, hiddenSize, true);
  const [q, k, v] = ["q_proj", "k_proj", "v_proj"].map((p) => splitHeads(project(p), heads, headDim));
  const mixed = (build.fullAttention ?? fullAttention)(q, k, v, headDim ** -0.5); // [batch, heads, seq, headDim]
  return build.weights.linear(mergeHeads(mixed), `${name}.out_proj`, hiddenSize, hiddenSize, true);
}

function mlp({ weights }: Build, x: Value, name: string, { hiddenSize, intermediateSize }: BlockConfig): Value {
  const inner = geluTanh(weights.linear(x, `${name}.fc1`, hiddenSize, intermediateSize, true));
  return weights.linear(inner, `${name}.fc2`, intermediateSize, hiddenSize, true);
}

/** The stack of pre-norm blocks: `[batch, seq, hidden]`. */
function encoder(build: Build, x: Value, name: string, config: BlockConfig): Value {
  let h = x;
  for (let i = 0; i < config.layers; i++) {
    const layer = `${name}.layers.${i}`;
    h = build.graph.scope(layer, () => {
      const a = add(h, attention(build, norm(build, h, `${layer}.layer_norm1`, config), `${layer}.self_attn`, config));
      return add(a, mlp(build, norm(build, a, `${layer}.layer_norm2`, config), `${layer}.mlp`, config));
    });
    build.observe?.(layer, h);
  }
  return h;
}

/**
 * Patches of an image as rows: `[n, 3, side, side] -> [n, patches, 3*patch*patch]`, row-major over the grid, channel first inside a
 * patch: the order in which the weight of the stride-`patch` convolution is stored, so that it becomes a matrix product.
 */
function patchRows(pixels: Value, { imageSize, patchSize }: SiglipVisionConfig): Value {
  const n = pixels.shape[0];
  const side = Math.floor(imageSize / patchSize);
  const used = side * patchSize;
  const cut = used === imageSize ? pixels : slice(slice(pixels, 2, 0, used), 3, 0, used);
  const grid = reshape(cut, [n, 3, side, patchSize, side, patchSize]);
  return reshape(transpose(grid, [0, 2, 4, 1, 3, 5]), [n, side * side, 3 * patchSize * patchSize]);
}

/** The tower without its head: pixels `[n, 3, side, side]` in [-1, 1] to `[n, patches, hidden]` after the last norm. */
export function siglipVision(build: Build, pixels: Value, config: SiglipVisionConfig, prefix: string): Value {
  const { hiddenSize, patchSize, imageSize } = config;
  const patches = Math.floor(imageSize / patchSize) ** 2;
  const kernel = build.weights.tensor(`${prefix}.embeddings.patch_embedding.weight`, [
    hiddenSize,
    3,
    patchSize,
    patchSize,
  ]);
  const flat = reshape(kernel, [hiddenSize, 3 * patchSize * patchSize]);
  const embedded = add(
    matmul(patchRows(pixels, config), flat, { transB: true }),
    build.weights.tensor(`${prefix}.embeddings.patch_embedding.bias`, [hiddenSize]),
  );
  const x = add(
    embedded,
    build.weights.tensor(`${prefix}.embeddings.position_embedding.weight`, [patches, hiddenSize]),
  );
  build.observe?.(`${prefix}.embeddings`, x);
  const h = norm(build, encoder(build, x, `${prefix}.encoder`, config), `${prefix}.post_layernorm`, config);
  build.observe?.(`${prefix}.post_layernorm`, h);
  return h;
}

/** MedSigLIP's attention-pooling head: patches `[n, patches, hidden]` to one vector per image, `[n, hidden]`. */
export function siglipPool(build: Build, patches: Value, config: SiglipVisionConfig, prefix: string): Value {
  const { weights } = build;
  const { hiddenSize, heads } = config;
  const head = `${prefix}.head`;
  const headDim = hiddenSize / heads;
  const packed = weights.tensor(`${head}.attention.in_proj_weight`, [3 * hiddenSize, hiddenSize]);
  const packedBias = weights.tensor(`${head}.attention.in_proj_bias`, [3 * hiddenSize]);
  const project = (x: Value, i: number) =>
    splitHeads(
      add(
        matmul(x, slice(packed, 0, i * hiddenSize, (i + 1) * hiddenSize), { transB: true }),
        slice(packedBias, 0, i * hiddenSize, (i + 1) * hiddenSize),
      ),
      heads,
      headDim,
    );
  const probe = project(weights.tensor(`${head}.probe`, [1, 1, hiddenSize]), 0); // [1, heads, 1, headDim]
  const mixed = fullAttention(probe, project(patches, 1), project(patches, 2), headDim ** -0.5); // [n, heads, 1, headDim]
  const pooled = weights.linear(mergeHeads(mixed), `${head}.attention.out_proj`, hiddenSize, hiddenSize, true);
  const y = add(pooled, mlp(build, norm(build, pooled, `${head}.layernorm`, config), `${head}.mlp`, config));
  build.observe?.(head, y);
  return squeeze(y, [1]);
}

/** The text tower: ids `[n, maxPositions]`, padded to exactly that, to `[n, projectionSize]` from the last position. No mask. */
export function siglipText(build: Build, ids: Value, config: SiglipTextConfig, prefix: string): Value {
  const { hiddenSize, maxPositions, vocabSize, projectionSize } = config;
  const tokens = build.weights.embedding(ids, `${prefix}.embeddings.token_embedding`, vocabSize, hiddenSize);
  const x = add(
    tokens,
    build.weights.tensor(`${prefix}.embeddings.position_embedding.weight`, [maxPositions, hiddenSize]),
  );
  build.observe?.(`${prefix}.embeddings`, x);
  const h = norm(build, encoder(build, x, `${prefix}.encoder`, config), `${prefix}.final_layer_norm`, config);
  build.observe?.(`${prefix}.final_layer_norm`, h);
  const last = squeeze(slice(h, 1, maxPositions - 1, maxPositions), [1]);
  return build.weights.linear(last, `${prefix}.head`, hiddenSize, projectionSize, true);
}

/** L2-normalised rows: `[n, width]`. */
export function l2Normalise(x: Value): Value {
  return mul(x, rsqrt(reduceSum(mul(x, x), [-1], true)));
}

/** Pairwise logits of normalised embeddings: images `[n, d]`, texts `[m, d]` -> `[n, m]`; their sigmoid is a probability. */
export function siglipLogits({ weights }: Build, images: Value, texts: Value): Value {
  const scaled = mul(matmul(images, texts, { transB: true }), exp(weights.tensor("logit_scale", [1])));
  return add(scaled, weights.tensor("logit_bias", [1]));
}

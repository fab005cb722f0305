/**
 * The Gemma decoder, generations 1 (arXiv 2403.08295), 2 (2408.00118) and 3 (2503.19786), as one definition. Blocks in reading order;
 * tensor names are those of Hugging Face transformers.
 */
import {
  add,
  cast,
  cos,
  div,
  gather,
  geluTanh,
  mul,
  multiplyDims,
  reshape,
  rmsNorm,
  rotary,
  sin,
  tanh,
  unsqueeze,
  type Value,
} from "../graph/index.ts";
import { groupedAttention, mergeHeads, type PastKeyValue, splitHeads } from "./attention.ts";
import type { Build } from "./build.ts";
import type { GemmaConfig } from "./config.ts";

/** Gemma stores norm weights as `weight - 1`. */
export function gemmaNorm({ weights }: Build, x: Value, name: string, width: number, epsilon: number): Value {
  return rmsNorm(x, add(weights.tensor(`${name}.weight`, [width]), 1), epsilon);
}

/** ids `[batch, seq]` -> `[batch, seq, hidden]`, scaled by sqrt(hidden). */
export function embedTokens(
  { weights }: Build,
  ids: Value,
  { vocabSize, hiddenSize }: GemmaConfig,
  prefix: string,
): Value {
  return mul(weights.embedding(ids, `${prefix}.embed_tokens`, vocabSize, hiddenSize), Math.sqrt(hiddenSize));
}

/** The inputs of a layer's attention besides hidden states; local and global layers have one each. */
export interface LayerContext {
  /** Angles' cosine and sine, `[batch, seq, headDim/2]`. */
  readonly cos: Value;
  readonly sin: Value;
  /** `[batch, 1, 1, seq, past + seq]`, 0 or `maskedScore`. */
  readonly bias: Value;
}

/** RoPE angles of positions `[batch, seq]`; `scaling` divides the frequencies. */
export function rotaryAngles(
  positions: Value,
  headDim: number,
  theta: number,
  scaling: number,
): { cos: Value; sin: Value } {
  const frequencies = Float32Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim) / scaling);
  const g = positions.graph;
  const table = g.constant(`rotary_${theta}_${scaling}`, "float32", [headDim / 2], frequencies);
  const angles = mul(unsqueeze(cast(positions, "float32"), [2]), table); // [batch, seq, headDim/2]
  return { cos: cos(angles), sin: sin(angles) };
}

/** Keys and values `[batch, kvHeads, tokens, headDim]`, after norm and RoPE. */
export interface KeyValue {
  readonly k: Value;
  readonly v: Value;
}

/**
 * Inputs of one run of the Gemma decoder. `local` and `global` are mask and rotary angles of sliding-window and of full-attention layers.
 */
export interface DecoderInputs {
  /** Embedded tokens, `[batch, seq, hidden]`. */
  readonly hidden: Value;
  readonly local: LayerContext;
  readonly global: LayerContext;
  /** Earlier tokens' keys and values of each layer; absent when there are none. */
  readonly past?: readonly PastKeyValue[];
  /**
   * int64 `[rows]` of the flattened `[batch*seq]`: the positions whose last hidden states are needed. The last layer
   * then computes everything after its keys and values only for these.
   */
  readonly rows?: Value;
  /** Called with the input of each layer, `[batch, seq, hidden]`, and returns what the layer reads: gated cross-attention. */
  readonly before?: (hidden: Value, layer: number) => Value;
}

/** Outputs of one run of the Gemma decoder. */
export interface DecoderOutputs {
  /** Before the final norm, `[batch, seq, hidden]`; with `rows`, `[rows, hidden]`. */
  readonly hidden: Value;
  /** This step's keys and values of each layer, for the caller's cache. */
  readonly present: readonly KeyValue[];
}

/**
 * The decoder's layers as a graph, from embedded tokens to the hidden state of the requested rows.
 *
 * @param prefix prefix of the decoder's tensor names, such as `model`.
 */
export function decoder(build: Build, inputs: DecoderInputs, config: GemmaConfig, prefix: string): DecoderOutputs {
  let h = inputs.hidden;
  build.observe?.(`${prefix}.embeddings`, h);
  const present: KeyValue[] = [];
  for (let i = 0; i < config.layers; i++) {
    const name = `${prefix}.layers.${i}`;
    const context = config.layerTypes[i] === "local" ? inputs.local : inputs.global;
    h = build.graph.scope(name, () => {
      const rows = i === config.layers - 1 ? inputs.rows : undefined;
      const x = inputs.before?.(h, i) ?? h;
      const { y, kv } = layer(build, x, context, inputs.past?.[i], rows, config, name);
      present.push(kv);
      return y;
    });
    build.observe?.(name, h);
  }
  return { hidden: h, present };
}

/** `[batch, seq, width] -> [rows, width]`. */
const takeRows = (x: Value, rows: Value) => gather(reshape(x, [multiplyDims(x.shape.slice(0, 2)), x.shape[2]]), rows);

function layer(
  build: Build,
  all: Value,
  context: LayerContext,
  past: PastKeyValue | undefined,
  rows: Value | undefined,
  config: GemmaConfig,
  name: string,
) {
  const norm = (v: Value, which: string) =>
    gemmaNorm(build, v, `${name}.${which}`, config.hiddenSize, config.rmsNormEps);
  const normed = norm(all, "input_layernorm");
  build.observe?.(`${name}.input_layernorm`, normed);
  const { y: attended, kv } = attention(build, normed, context, past, rows, config, `${name}.self_attn`);
  const x = rows === undefined ? all : takeRows(all, rows);
  build.observe?.(`${name}.self_attn`, attended);
  if (!config.sandwichNorms) {
    const a = add(x, attended);
    return { y: add(a, mlp(build, norm(a, "post_attention_layernorm"), config, `${name}.mlp`)), kv };
  }
  const a = add(x, norm(attended, "post_attention_layernorm"));
  const inner = mlp(build, norm(a, "pre_feedforward_layernorm"), config, `${name}.mlp`);
  return { y: add(a, norm(inner, "post_feedforward_layernorm")), kv };
}

function attention(
  build: Build,
  x: Value,
  context: LayerContext,
  past: PastKeyValue | undefined,
  rows: Value | undefined,
  config: GemmaConfig,
  name: string,
) {
  const { hiddenSize, heads, kvHeads, headDim, attentionBias } = config;
  const project = (which: string, n: number) =>
    splitHeads(build.weights.linear(x, `${name}.${which}`, hiddenSize, n * headDim, attentionBias), n, headDim);
  const queryKey = (which: "q" | "k", n: number) => {
    const raw = project(`${which}_proj`, n);
    const normed = config.qkNorm ? gemmaNorm(build, raw, `${name}.${which}_norm`, headDim, config.rmsNormEps) : raw;
    return rotary(normed, context.cos, context.sin);
  };
  const q = queryKey("q", heads); // [batch, heads, seq, headDim]
  const kv = { k: queryKey("k", kvHeads), v: project("v_proj", kvHeads) };
  const mixed = groupedAttention({
    q,
    ...kv,
    past,
    bias: context.bias,
    scale: config.queryPreAttnScalar ** -0.5,
    softcap: config.attnSoftcap,
  });
  const merged = rows === undefined ? mergeHeads(mixed) : takeRows(mergeHeads(mixed), rows);
  return { y: build.weights.linear(merged, `${name}.o_proj`, heads * headDim, hiddenSize, attentionBias), kv };
}

function mlp(
  { weights, observe }: Build,
  x: Value,
  { hiddenSize, intermediateSize }: GemmaConfig,
  name: string,
): Value {
  const gate = geluTanh(weights.linear(x, `${name}.gate_proj`, hiddenSize, intermediateSize, false));
  const up = weights.linear(x, `${name}.up_proj`, hiddenSize, intermediateSize, false);
  const y = weights.linear(mul(gate, up), `${name}.down_proj`, intermediateSize, hiddenSize, false);
  observe?.(name, y);
  return y;
}

/** Logits `[rows, vocab]` of chosen rows (int64 `[rows]`) of the flattened hidden states `[batch*seq, hidden]`. */
export function logits(build: Build, hidden: Value, rows: Value, config: GemmaConfig, prefix: string): Value {
  return logitsOfRows(build, takeRows(hidden, rows), config, prefix);
}

/** Logits `[rows, vocab]` of hidden states `[rows, hidden]`. */
export function logitsOfRows(build: Build, hidden: Value, config: GemmaConfig, prefix: string): Value {
  const { hiddenSize, vocabSize, rmsNormEps, finalSoftcap } = config;
  const normed = gemmaNorm(build, hidden, `${prefix}.norm`, hiddenSize, rmsNormEps);
  build.observe?.(`${prefix}.norm`, normed);
  const head = config.tieEmbeddings ? `${prefix}.embed_tokens` : "lm_head";
  const raw = build.weights.linear(normed, head, hiddenSize, vocabSize, false);
  return finalSoftcap === undefined ? raw : mul(tanh(div(raw, finalSoftcap)), finalSoftcap);
}

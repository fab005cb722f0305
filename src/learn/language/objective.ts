/**
 * The next-token loss on answers as a graph. Inputs: tokens and images. Output: the weighted mean negative
 * log-likelihood.
 */
import {
  concat,
  type Graph,
  gatherElements,
  logSoftmax,
  mul,
  multiplyDims,
  neg,
  reduceSum,
  reshape,
  squeeze,
  unsqueeze,
  type Value,
} from "../../graph/index.ts";
import {
  type Build,
  type CrossAttentionConfig,
  decoder,
  embedTokens,
  encodeImages,
  type GemmaConfig,
  gatedCrossAttention,
  insertImages,
  logitsOfRows,
  type MultimodalConfig,
  multimodalPrefix,
  projectPooled,
  rotaryAngles,
  type Weights,
} from "../../nn/index.ts";
import type { Objective } from "../step.ts";
import type { BatchShape } from "./pack.ts";

/**
 * The model to train: a text decoder alone, one with a vision tower, or one whose images are already encoded and pooled
 * by a frozen tower.
 */
export type LanguageConfig =
  | { readonly kind: "gemma"; readonly text: GemmaConfig }
  | ({ readonly kind: "multimodal" } & MultimodalConfig)
  | ({ readonly kind: "pooled" } & MultimodalConfig);

export const textPrefix = ({ kind }: LanguageConfig) => (kind === "gemma" ? "model" : multimodalPrefix.text);

/** What the decoder reads besides tokens: latents `[rows, latents, latentSize]`, one set for each row of the batch. */
export interface Latents {
  readonly latents: Value;
  readonly config: CrossAttentionConfig;
}

/** Name of the soft prompt's tensor, `[vectors, hidden]`. */
export const softPromptName = "soft_prompt";

/**
 * Logits `[answers, vocab]` at the answer positions, from the inputs that `packedFeeds` makes.
 *
 * @param softPrompt number of learned vectors; the sequences must reserve positions for them (`withSoftPrompt`).
 * @param read latents of another encoder; examples packed into one row would share them.
 */
export function answerLogits(
  graph: Graph,
  weights: Weights,
  config: LanguageConfig,
  shape: BatchShape,
  softPrompt = 0,
  read?: Latents,
): Value {
  const build: Build = { graph, weights };
  const { rows, tokens, answers } = shape;
  const { text } = config;
  const prefix = textPrefix(config);
  const ids = graph.input("ids", "int64", [rows, tokens]);
  const positions = graph.input("positions", "int64", [rows, tokens]);
  let hidden = embedTokens(build, ids, text, prefix);
  const table: Value[] = softPrompt > 0 ? [weights.tensor(softPromptName, [softPrompt, text.hiddenSize])] : [];
  if (config.kind !== "gemma") {
    const { imageSize: side, hiddenSize } = config.vision;
    const soft = // [images, tokensPerImage, hidden]
      config.kind === "multimodal"
        ? encodeImages(build, graph.input("pixels", "float32", ["images", 3, side, side]), config)
        : projectPooled(build, graph.input("pooled", "float32", ["images", config.tokensPerImage, hiddenSize]), config);
    table.push(reshape(soft, [multiplyDims(soft.shape.slice(0, 2)), text.hiddenSize]));
  }
  if (table.length > 0) {
    const softRows = graph.input("softRows", "int64", [rows, tokens]);
    const rowsOfTable = table.length === 1 ? table[0] : concat(table, 0);
    hidden = insertImages(hidden, rowsOfTable, softRows, graph.input("isSoft", "bool", [rows, tokens]));
  }
  const bias = (name: string) => graph.input(name, "float32", [rows, 1, 1, tokens, tokens]);
  const local = {
    ...rotaryAngles(positions, text.headDim, text.ropeThetaLocal, 1),
    bias: text.layerTypes.includes("local") ? bias("localBias") : bias("globalBias"),
  };
  const global = {
    ...rotaryAngles(positions, text.headDim, text.ropeThetaGlobal, text.ropeScalingGlobal),
    bias: text.layerTypes.includes("local") ? bias("globalBias") : local.bias,
  };
  const answerRows = graph.input("answerRows", "int64", [answers]);
  const before = read && crossAttention(build, read, text, prefix);
  const inputs = { hidden, local, global, rows: answerRows, ...(before && { before }) };
  const out = decoder(build, inputs, text, prefix);
  return logitsOfRows(build, out.hidden, text, prefix);
}

function crossAttention(build: Build, { latents, config }: Latents, text: GemmaConfig, prefix: string) {
  return (x: Value, layer: number) =>
    config.layers.includes(layer)
      ? gatedCrossAttention(build, x, latents, text, config, `${prefix}.layers.${layer}.cross_attn`)
      : x;
}

/**
 * The loss of packed sequences. Adds the inputs `targets` int64 `[answers]` and `answerWeights` float32 `[answers]` to
 * those of `answerLogits`; also outputs `logLikelihoods` `[answers]`, natural logarithms.
 */
export function languageObjective(
  graph: Graph,
  weights: Weights,
  config: LanguageConfig,
  shape: BatchShape,
  softPrompt = 0,
  read?: Latents,
): Objective {
  const scores = logSoftmax(answerLogits(graph, weights, config, shape, softPrompt, read)); // [answers, vocab]
  const targets = unsqueeze(graph.input("targets", "int64", [shape.answers]), [1]);
  const chosen = squeeze(gatherElements(scores, targets, 1), [1]); // [answers]
  const weight = graph.input("answerWeights", "float32", [shape.answers]);
  return { loss: neg(reduceSum(mul(chosen, weight), [0])), outputs: { logLikelihoods: chosen } };
}

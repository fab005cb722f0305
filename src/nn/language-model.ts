/**
 * The whole forward pass over complete sequences, without a cache: what training differentiates and what the cached engine is compared
 * with. Every batch input is a graph input under the name given here.
 */
import { type Graph, reshape, type Value } from "../graph/index.ts";
import type { Build } from "./build.ts";
import type { GemmaConfig, MultimodalConfig } from "./config.ts";
import { decoder, embedTokens, logits, rotaryAngles } from "./gemma.ts";
import { encodeImages, insertImages, multimodalPrefix } from "./multimodal.ts";

/** Graph inputs of a batch of sequences. */
export interface SequenceInputs {
  /** int64 [batch, seq]. */
  readonly ids: Value;
  readonly positions: Value;
  /** float32 [batch, 1, 1, seq, seq], see `mask.ts`. */
  readonly biasLocal: Value;
  readonly biasGlobal: Value;
  /** int64 [rows]: of the flattened [batch*seq], those whose logits are wanted. */
  readonly rows: Value;
}

export function sequenceInputs(graph: Graph): SequenceInputs {
  const bias = (name: string) => graph.input(name, "float32", ["batch", 1, 1, "seq", "seq"]);
  return {
    ids: graph.input("ids", "int64", ["batch", "seq"]),
    positions: graph.input("positions", "int64", ["batch", "seq"]),
    biasLocal: bias("bias_local"),
    biasGlobal: bias("bias_global"),
    rows: graph.input("rows", "int64", ["rows"]),
  };
}

/** Logits `[rows, vocab]` from embedded tokens. */
export function languageLogits(
  build: Build,
  embedded: Value,
  inputs: SequenceInputs,
  config: GemmaConfig,
  prefix: string,
): Value {
  const context = (theta: number, scaling: number, bias: Value) => ({
    ...rotaryAngles(inputs.positions, config.headDim, theta, scaling),
    bias,
  });
  const local = context(config.ropeThetaLocal, 1, inputs.biasLocal);
  const global = context(config.ropeThetaGlobal, config.ropeScalingGlobal, inputs.biasGlobal);
  const { hidden } = decoder(build, { hidden: embedded, local, global }, config, prefix);
  return logits(build, hidden, inputs.rows, config, prefix);
}

/** A text-only model: logits `[rows, vocab]`. */
export function textForward(build: Build, inputs: SequenceInputs, config: GemmaConfig): Value {
  return languageLogits(build, embedTokens(build, inputs.ids, config, "model"), inputs, config, "model");
}

/** Graph inputs of the images of a batch. */
export interface ImageInputs {
  /** float32 [images, 3, side, side] in [-1, 1]; at least one image. */
  readonly pixels: Value;
  /** int64 [batch, seq]: row of the flattened soft tokens [images*tokensPerImage] that a soft token takes; 0 elsewhere. */
  readonly rowOfToken: Value;
  /** bool [batch, seq]. */
  readonly isSoftToken: Value;
}

export function imageInputs(graph: Graph, imageSize: number): ImageInputs {
  return {
    pixels: graph.input("pixels", "float32", ["images", 3, imageSize, imageSize]),
    rowOfToken: graph.input("row_of_token", "int64", ["batch", "seq"]),
    isSoftToken: graph.input("is_soft_token", "bool", ["batch", "seq"]),
  };
}

/** A multimodal model: logits `[rows, vocab]`. */
export function multimodalForward(
  build: Build,
  inputs: SequenceInputs,
  images: ImageInputs,
  config: MultimodalConfig,
): Value {
  const soft = encodeImages(build, images.pixels, config); // [images, tokensPerImage, hidden]
  const flat = reshape(soft, [`${config.tokensPerImage}*images`, config.text.hiddenSize]);
  const embedded = embedTokens(build, inputs.ids, config.text, multimodalPrefix.text);
  const joined = insertImages(embedded, flat, images.rowOfToken, images.isSoftToken);
  return languageLogits(build, joined, inputs, config.text, multimodalPrefix.text);
}

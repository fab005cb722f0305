/** The image graphs: soft tokens for a decoder, or embeddings of a dual encoder. */
import { mismatch } from "../../../graph/graph.ts";
import { Graph, type Operator, reshape, transpose, type Value } from "../../../graph/index.ts";
import {
  encodeImages,
  l2Normalise,
  type MultimodalConfig,
  type SiglipTextConfig,
  type SiglipVisionConfig,
  siglipPool,
  siglipText,
  siglipVision,
  type Weights,
} from "../../../nn/index.ts";

const multiHeadAttention: Operator = {
  type: "MultiHeadAttention",
  domain: "com.microsoft",
  infer(inputs, { num_heads }) {
    const [q] = inputs as Value[];
    if (q.rank !== 3 || (q.shape[2] as number) % (num_heads as number) !== 0)
      throw mismatch("MultiHeadAttention", inputs, `[batch, seq, ${num_heads} heads * headDim]`);
    return [{ dtype: q.dtype, shape: q.shape }];
  },
};

/**
 * Full attention between patches, in tiles that fit in the processor's cache (Dao et al. 2022): all scores at once would take 1 GB
 * per layer at 4096 patches. `[batch, heads, seq, headDim]` in and out.
 */
function tiledAttention(q: Value, k: Value, v: Value, scale: number): Value {
  const [batch, heads, seq, headDim] = q.shape;
  const rows = [q, k, v].map((x) =>
    reshape(transpose(x, [0, 2, 1, 3]), [batch, seq, (heads as number) * (headDim as number)]),
  );
  const mixed = q.graph.apply(multiHeadAttention, rows, { num_heads: heads as number, scale: { float: scale } })[0];
  return transpose(reshape(mixed, [batch, seq, heads, headDim]), [0, 2, 1, 3]);
}

type Observe = (name: string, value: Value) => void;

function withOutputs(
  name: string,
  debug: boolean,
  build: (graph: Graph, observe: Observe | undefined) => [string, Value],
): Graph {
  const graph = new Graph(name);
  const observed: [string, Value][] = [];
  const [output, value] = build(graph, debug ? (part, v) => void observed.push([part, v]) : undefined);
  graph.output(output, value);
  for (const [part, v] of observed) graph.output(`debug.${part}`, v);
  return graph;
}

export interface VisionGraphOptions {
  readonly weights: (graph: Graph) => Weights;
  readonly debug?: boolean;
}

const pixelInput = (graph: Graph, { imageSize }: SiglipVisionConfig) =>
  graph.input("pixels", "float32", ["images", 3, imageSize, imageSize]);

/** `pixels` [images, 3, side, side] in [-1, 1] to `softTokens` [images, tokensPerImage, hidden]. */
export function softTokenGraph(config: MultimodalConfig, { weights, debug = false }: VisionGraphOptions): Graph {
  return withOutputs("vision", debug, (graph, observe) => {
    const build = { graph, weights: weights(graph), observe, fullAttention: tiledAttention };
    return ["softTokens", encodeImages(build, pixelInput(graph, config.vision), config)];
  });
}

/** `pixels` to L2-normalised `embeddings` [images, width]. */
export function imageEmbeddingGraph(config: SiglipVisionConfig, { weights, debug = false }: VisionGraphOptions): Graph {
  return withOutputs("image-embedding", debug, (graph, observe) => {
    const build = { graph, weights: weights(graph), observe, fullAttention: tiledAttention };
    const patches = siglipVision(build, pixelInput(graph, config), config, "vision_model");
    return ["embeddings", l2Normalise(siglipPool(build, patches, config, "vision_model"))];
  });
}

/** `ids` [texts, maxPositions] to L2-normalised `embeddings` [texts, width]. */
export function textEmbeddingGraph(config: SiglipTextConfig, { weights, debug = false }: VisionGraphOptions): Graph {
  return withOutputs("text-embedding", debug, (graph, observe) => {
    const ids = graph.input("ids", "int64", ["texts", config.maxPositions]);
    return [
      "embeddings",
      l2Normalise(siglipText({ graph, weights: weights(graph), observe }, ids, config, "text_model")),
    ];
  });
}

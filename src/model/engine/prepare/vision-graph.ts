/** The image graphs: soft tokens for a decoder, or embeddings of a dual encoder. */
import { mismatch } from "../../../graph/graph.ts";
import {
  concat,
  Graph,
  matmul,
  mul,
  type Operator,
  reshape,
  slice,
  softmax,
  transpose,
  type Value,
} from "../../../graph/index.ts";
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
import type { Kernels } from "../../runtime/runtime.ts";

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

/** Maximum size of the attention scores held at a time, bytes. */
const scoreBytes = 1 << 26;

/**
 * The same from standard operators, some queries at a time, for devices. On a software Vulkan, `MultiHeadAttention` of
 * onnxruntime 1.30's WebGPU provider is exact at 8 and 16 keys and off by 0.06 to 0.19 at 64 and 196; the cause is not
 * known. These products and the softmax agree with the CPU to 5e-7.
 */
function attentionByQueries(q: Value, k: Value, v: Value, scale: number): Value {
  const [batch, heads, seq, headDim] = q.shape as number[];
  const rows = Math.max(1, Math.floor(scoreBytes / (4 * heads * seq)));
  const keys = transpose(k, [0, 1, 3, 2]);
  const scaled = mul(q, scale);
  const parts: Value[] = [];
  for (let from = 0; from < seq; from += rows) {
    const some = rows >= seq ? scaled : slice(scaled, 2, from, Math.min(from + rows, seq));
    parts.push(matmul(softmax(matmul(some, keys)), v));
  }
  return parts.length === 1 ? parts[0] : reshape(concat(parts, 2), [batch, heads, seq, headDim]);
}

const attentionFor = { cpu: tiledAttention, gpu: attentionByQueries };

type Observe = (name: string, value: Value) => void;

function withOutputs(
  name: string,
  { debug = false, kernels = "cpu" }: VisionGraphOptions,
  build: (graph: Graph, observe: Observe | undefined) => [string, Value],
): Graph {
  const graph = new Graph(name, { fusedProducts: kernels === "cpu" });
  const observed: [string, Value][] = [];
  const [output, value] = build(graph, debug ? (part, v) => void observed.push([part, v]) : undefined);
  graph.output(output, value);
  for (const [part, v] of observed) graph.output(`debug.${part}`, v);
  return graph;
}

export interface VisionGraphOptions {
  readonly weights: (graph: Graph) => Weights;
  readonly debug?: boolean;
  readonly kernels?: Kernels;
}

const pixelInput = (graph: Graph, { imageSize }: SiglipVisionConfig) =>
  graph.input("pixels", "float32", ["images", 3, imageSize, imageSize]);

/** `pixels` [images, 3, side, side] in [-1, 1] to `softTokens` [images, tokensPerImage, hidden]. */
export function softTokenGraph(config: MultimodalConfig, options: VisionGraphOptions): Graph {
  return withOutputs("vision", options, (graph, observe) => {
    const build = {
      graph,
      weights: options.weights(graph),
      observe,
      fullAttention: attentionFor[options.kernels ?? "cpu"],
    };
    return ["softTokens", encodeImages(build, pixelInput(graph, config.vision), config)];
  });
}

/** `pixels` to L2-normalised `embeddings` [images, width]. */
export function imageEmbeddingGraph(config: SiglipVisionConfig, options: VisionGraphOptions): Graph {
  return withOutputs("image-embedding", options, (graph, observe) => {
    const build = {
      graph,
      weights: options.weights(graph),
      observe,
      fullAttention: attentionFor[options.kernels ?? "cpu"],
    };
    const patches = siglipVision(build, pixelInput(graph, config), config, "vision_model");
    return ["embeddings", l2Normalise(siglipPool(build, patches, config, "vision_model"))];
  });
}

/** `ids` [texts, maxPositions] to L2-normalised `embeddings` [texts, width]. */
export function textEmbeddingGraph(config: SiglipTextConfig, options: VisionGraphOptions): Graph {
  return withOutputs("text-embedding", options, (graph, observe) => {
    const ids = graph.input("ids", "int64", ["texts", config.maxPositions]);
    return [
      "embeddings",
      l2Normalise(siglipText({ graph, weights: options.weights(graph), observe }, ids, config, "text_model")),
    ];
  });
}

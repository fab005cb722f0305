/**
 * The decoder as a graph for inference. Inputs: this step's embedded tokens and the caller's caches. Outputs: logits of
 * selected rows, and this step's keys and values. The caches are never outputs: the runtime copies every output, which
 * would cost O(context) per token. Layers and head are one graph, because the thread pools of two sessions would
 * compete for the same cores.
 */
import { Graph, gather, multiplyDims, reshape, transpose, type Value } from "../../../graph/index.ts";
import { decoder, type GemmaConfig, logitsOfRows, rotaryAngles, type Weights } from "../../../nn/index.ts";
import type { Kernels } from "../../runtime/runtime.ts";
import { pastName, presentName } from "../decode/cache-names.ts";

export interface DecoderGraphOptions {
  readonly config: GemmaConfig;
  /** Canonical prefix of the decoder's tensors. */
  readonly prefix: string;
  readonly weights: (graph: Graph) => Weights;
  /** Whether the graph returns logits. Without them it returns only keys and values, which is all that most steps of a long prompt need. */
  readonly head?: boolean;
  readonly kernels?: Kernels;
  /** Make every named intermediate an output `debug.<name>`, for parity tests and for locating overflows. */
  readonly debug?: boolean;
}

export function decoderGraph({
  config,
  prefix,
  weights,
  kernels = "cpu",
  head = true,
  debug = false,
}: DecoderGraphOptions): Graph {
  const graph = new Graph("decoder", { fusedProducts: kernels === "cpu" });
  const { kvHeads, headDim, hiddenSize } = config;
  const hidden = graph.input("hidden", "float32", ["batch", "seq", hiddenSize]);
  const positions = graph.input("positions", "int64", ["batch", "seq"]);
  const rows = head ? graph.input("rows", "int64", ["rows"]) : undefined;
  const tiles = { local: ["tilesLocal", "tileLocal"], global: ["tilesGlobal", "tileGlobal"] } as const;
  const capacity = (kind: "local" | "global") => multiplyDims(tiles[kind]);
  const used = new Set(config.layerTypes);
  const context = (kind: "local" | "global") => ({
    ...rotaryAngles(
      positions,
      headDim,
      kind === "local" ? config.ropeThetaLocal : config.ropeThetaGlobal,
      kind === "local" ? 1 : config.ropeScalingGlobal,
    ),
    bias: used.has(kind)
      ? graph.input(`bias.${kind}`, "float32", ["batch", 1, 1, "seq", `(${capacity(kind)}+seq)`])
      : graph.scalar(0),
  });
  const past = config.layerTypes.map((kind, i) => {
    const [count, tile] = tiles[kind];
    return {
      k: graph.input(pastName(i, "k"), "float32", ["batch", kvHeads, 1, headDim, capacity(kind)]),
      v: graph.input(pastName(i, "v"), "float32", ["batch", kvHeads, count, 1, tile, headDim]),
    };
  });
  const observed: [string, Value][] = [];
  const build = {
    graph,
    weights: weights(graph),
    observe: debug ? (name: string, value: Value) => void observed.push([name, value]) : undefined,
  };
  const inputs = { hidden, local: context("local"), global: context("global"), past };
  // In debug mode the last layer is computed for every position.
  const { hidden: last, present } = decoder(build, debug ? inputs : { ...inputs, rows }, config, prefix);
  if (rows !== undefined) {
    const scoredRows = debug ? gather(reshape(last, [multiplyDims(["batch", "seq"]), hiddenSize]), rows) : last;
    graph.output("logits", logitsOfRows(build, scoredRows, config, prefix)); // [rows, vocabulary]
  }
  for (const [i, { k, v }] of present.entries()) {
    graph.output(presentName(i, "k"), transpose(k, [0, 1, 3, 2])); // [batch, kvHeads, headDim, seq], as the cache has it
    graph.output(presentName(i, "v"), v);
  }
  for (const [name, value] of observed) graph.output(`debug.${name}`, value);
  return graph;
}

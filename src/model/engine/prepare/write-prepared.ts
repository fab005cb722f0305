/** The files of a prepared model: the graphs of an architecture over a checkpoint's weights. */
import { open, writeFile } from "../../../base/host/files.ts";
import { join } from "../../../base/host/path.ts";
import { checkTensors } from "../../../checkpoint/check-tensors.ts";
import { type Graph, writeOnnx } from "../../../graph/index.ts";
import {
  type ArchitectureConfig,
  expectedTensors,
  type GemmaConfig,
  multimodalPrefix,
  type Weights,
} from "../../../nn/index.ts";
import type { Kernels } from "../../runtime/runtime.ts";
import { decoderGraph } from "./decoder-graph.ts";
import {
  inferenceWeights,
  type Precision,
  placeFloats,
  placeInt8Rows,
  readSmallTensors,
  type WeightForm,
} from "./inference-weights.ts";
import { type EmbeddingRanges, formatVersion, type GraphName, type Manifest } from "./manifest.ts";
import type { PrepareOptions, PrepareSource } from "./source.ts";
import { imageEmbeddingGraph, softTokenGraph, textEmbeddingGraph } from "./vision-graph.ts";
import { WeightFile, weightFileName } from "./weight-file.ts";

export interface PreparedLayout {
  /** Approximate size on disk, bytes. */
  readonly bytes: number;
  /** Writes every file into an empty folder. */
  readonly write: (folder: string) => Promise<void>;
}

/** Builds the graphs and decides where each weight goes; nothing large is read before `write`. */
export async function layOutPrepared(
  { config, weights: source, where }: PrepareSource,
  { precision, debug = false, kernels, ...work }: PrepareOptions & { readonly kernels: Kernels },
  largestInt8: number,
): Promise<PreparedLayout> {
  checkTensors(source, expectedTensors(config), where);
  const file = new WeightFile();
  const small = await readSmallTensors(source);
  const weights =
    (form: WeightForm) =>
    (graph: Graph): Weights =>
      inferenceWeights({ graph, source, file, form, largestInt8, small });
  const graphs = buildGraphs(config, { precision, kernels, weights, debug });
  const embedding = embeddingRanges(config, { source, file, largestInt8 }, precision);
  const models = [...graphs].map(([name, graph]) => [name, writeOnnx(graph)] as const);
  const manifest: Manifest = { format: formatVersion, graphs: [...graphs.keys()], embedding };
  return {
    bytes: file.bytes + models.reduce((sum, [, model]) => sum + model.length, 0) + 65_536,
    async write(folder) {
      const handle = await open(join(folder, weightFileName), "wx");
      try {
        await file.write(handle, work);
        await handle.sync();
      } finally {
        await handle.close();
      }
      for (const [name, model] of models) await writeFile(join(folder, `${name}.onnx`), model);
      await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest, null, 1));
    },
  };
}

interface GraphOptions {
  readonly precision: Precision;
  readonly kernels: Kernels;
  readonly weights: (form: WeightForm) => (graph: Graph) => Weights;
  readonly debug: boolean;
}

function buildGraphs(
  config: ArchitectureConfig,
  { precision, kernels, weights, debug }: GraphOptions,
): Map<GraphName, Graph> {
  const graphs = new Map<GraphName, Graph>();
  const gpu = kernels === "gpu";
  // Devices have no kernels for products of integers: there, 8-bit weights are multiplied as floats, block by block.
  const int8 = gpu ? "int8 blocks" : "int8";
  const decoder = (text: GemmaConfig, prefix: string) => {
    const form = precision === "int8" ? int8 : precision === "int4" && gpu ? "int4 as float" : precision;
    const options = { config: text, prefix, debug, kernels, weights: weights(form) };
    graphs.set("decoder", decoderGraph(options));
    if (precision === "int4" && !gpu)
      graphs.set("prefill", decoderGraph({ ...options, head: false, weights: weights("int4 as int8") }));
  };
  // A vision tower computes thousands of rows at a time: 4-bit weights would not make it faster.
  const tower = { weights: weights(precision === "f32" ? "f32" : int8), debug, kernels };
  switch (config.kind) {
    case "gemma":
      decoder(config.text, "model");
      break;
    case "multimodal":
      decoder(config.text, multimodalPrefix.text);
      graphs.set("vision", softTokenGraph(config, tower));
      break;
    case "siglip":
      graphs.set("image", imageEmbeddingGraph(config.vision, tower));
      graphs.set("text", textEmbeddingGraph(config.text, tower));
      break;
    case "siglip-vision":
      graphs.set("image", imageEmbeddingGraph(config.vision, tower));
      break;
  }
  return graphs;
}

/** The embedding table is stored separately from a tied head, in a different form: rows are looked up one by one, the head is a matrix product. */
function embeddingRanges(
  config: ArchitectureConfig,
  placement: Parameters<typeof placeFloats>[0],
  precision: Precision,
): EmbeddingRanges | undefined {
  if (config.kind !== "gemma" && config.kind !== "multimodal") return undefined;
  const name = `${config.kind === "gemma" ? "model" : multimodalPrefix.text}.embed_tokens.weight`;
  if (precision === "f32") return { rows: placeFloats(placement, name) };
  const [rows, scales] = placeInt8Rows(placement, name);
  return { rows, scales };
}

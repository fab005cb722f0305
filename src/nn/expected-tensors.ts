/** The tensors an architecture needs, found by building it once with weights that only record their names. */
import { Graph, type Value } from "../graph/index.ts";
import { type Build, plainWeights } from "./build.ts";
import type { ArchitectureConfig, GemmaConfig } from "./config.ts";
import { decoder, embedTokens, logits } from "./gemma.ts";
import { encodeImages, multimodalPrefix } from "./multimodal.ts";
import { siglipLogits, siglipPool, siglipText, siglipVision } from "./siglip.ts";

/** Name -> shape of the tensors that a network requests while it is built, in reading order. */
export function requestedTensors(define: (build: Build) => void): Map<string, readonly number[]> {
  const graph = new Graph("names");
  const shapes = new Map<string, readonly number[]>();
  const values = new Map<string, Value>();
  const weights = plainWeights((name, shape) => {
    shapes.set(name, shape);
    if (!values.has(name)) values.set(name, graph.input(name, "float32", shape));
    return values.get(name)!;
  });
  define({ graph, weights });
  return shapes;
}

/** Canonical tensor name -> shape, in reading order. */
export function expectedTensors(config: ArchitectureConfig): Map<string, readonly number[]> {
  return requestedTensors((build) => architecture(build, config));
}

function architecture(build: Build, config: ArchitectureConfig): void {
  const { graph } = build;
  const text = (gemma: GemmaConfig, prefix: string) => {
    const ids = graph.input("ids", "int64", ["batch", "seq"]);
    const bias = graph.input("bias", "float32", ["batch", 1, 1, "seq", "seq"]);
    // Inputs instead of constants: a damaged configuration must not allocate large tables before its tensors are checked.
    const angle = (name: string) => graph.input(name, "float32", ["batch", "seq", gemma.headDim / 2]);
    const context = { cos: angle("cos"), sin: angle("sin"), bias };
    const { hidden } = decoder(
      build,
      { hidden: embedTokens(build, ids, gemma, prefix), local: context, global: context },
      gemma,
      prefix,
    );
    logits(build, hidden, graph.input("rows", "int64", ["rows"]), gemma, prefix);
  };
  const pixels = (size: number) => graph.input("pixels", "float32", ["n", 3, size, size]);
  switch (config.kind) {
    case "gemma":
      text(config.text, "model");
      break;
    case "multimodal":
      encodeImages(build, pixels(config.vision.imageSize), config);
      text(config.text, multimodalPrefix.text);
      break;
    case "siglip-vision":
      pool(config.vision);
      break;
    case "siglip": {
      const ids = graph.input("ids", "int64", ["m", config.text.maxPositions]);
      siglipLogits(build, pool(config.vision), siglipText(build, ids, config.text, "text_model"));
      break;
    }
  }

  function pool(vision: Parameters<typeof siglipVision>[2]): Value {
    const patches = siglipVision(build, pixels(vision.imageSize), vision, "vision_model");
    return vision.useHead ? siglipPool(build, patches, vision, "vision_model") : patches;
  }
}

/**
 * The images of the generative stage. Its tower is frozen, so every image is encoded once, in a fixed number of
 * augmented variants, and training reads pooled patches instead of running the tower at every step.
 */

import { throwIfAborted } from "../../../base/errors.ts";
import type { Work } from "../../../base/progress.ts";
import { Random } from "../../../base/random.ts";
import { type Graph, reduceMean } from "../../../graph/index.ts";
import { seedOf } from "../../../learn/data/order.ts";
import { TrainingStep } from "../../../learn/step.ts";
import type { Tensor } from "../../../learn/tensors.ts";
import { type MultimodalConfig, multimodalPrefix, poolPatches, siglipVision, type Weights } from "../../../nn/index.ts";
import { type Change, drawChange } from "./augment.ts";
import type { NanoImage, NanoPixels } from "./pixels.ts";
import type { NanoSet } from "./splits.ts";
import { augmentRanges, drawPixels, unchanged } from "./tower-batch.ts";

/** Number of variants per training image, more for smaller sets. */
export const variantCounts: Readonly<Record<NanoSet, number>> = {
  cxr: 6,
  ct: 24,
  histology: 4,
  lungs: 64,
  hippocampus: 12,
  cells: 2,
};

/** One augmented version of an image. */
export interface Variant {
  readonly image: NanoImage;
  readonly index: number;
  readonly change: Change;
}

export const variantsOf = ({ set, split }: NanoImage) => (split === "train" ? variantCounts[set] : 1);

/** Variant `index` of an image; the slices of a volume are augmented together. Held-out images are not augmented. */
export function variantOf(pixels: NanoPixels, image: NanoImage, index: number, seed: number): Variant {
  if (image.split !== "train") return { image, index, change: unchanged(pixels) };
  const whole = image.slice === undefined ? image : pixels.images[pixels.volumes[image.slice.volume].first];
  const random = new Random(seedOf(seed, whole.offset, index));
  return { image, index, change: drawChange(random, augmentRanges[image.set], pixels.size) };
}

/** Pooled patches `[tokensPerImage, visionHidden]` of every variant of some images. */
export class PooledVariants {
  private constructor(
    private readonly places: ReadonlyMap<NanoImage, number>,
    private readonly data: Float32Array,
    /** Number of floats of one variant. */
    readonly size: number,
  ) {}

  /** @param seed the seed with which the variants are requested later. */
  static async encode(
    pixels: NanoPixels,
    images: readonly NanoImage[],
    model: MultimodalConfig,
    tower: ReadonlyMap<string, Tensor>,
    { seed, threads, signal, onProgress }: { seed: number; threads?: number } & Work,
  ): Promise<PooledVariants> {
    const { vision, tokensPerImage } = model;
    const batch = 32;
    const side = vision.imageSize;
    const forward = await TrainingStep.compile({
      name: "pooled",
      define: (graph: Graph, weights: Weights) => {
        const input = graph.input("pixels", "float32", [batch, 3, side, side]);
        const pooled = poolPatches(siglipVision({ graph, weights }, input, vision, multimodalPrefix.vision), model);
        return { loss: reduceMean(pooled, [0, 1, 2]), outputs: { pooled } };
      },
      tensors: tower,
      trainable: () => false,
      threads,
    });
    const places = new Map<NanoImage, number>();
    const variants: Variant[] = [];
    for (const image of images) {
      places.set(image, variants.length);
      for (let index = 0; index < variantsOf(image); index++) variants.push(variantOf(pixels, image, index, seed));
    }
    const size = tokensPerImage * vision.hiddenSize;
    const data = new Float32Array(variants.length * size);
    const input = new Float32Array(batch * 3 * side * side);
    try {
      for (let at = 0; at < variants.length; at += batch) {
        throwIfAborted(signal);
        onProgress?.({ stage: "encoding the images", done: at, total: variants.length, unit: "images" });
        const own = variants.slice(at, at + batch);
        for (const [i, { image, change }] of own.entries())
          drawPixels(pixels, image, change, input, i * 3 * side * side);
        const { outputs } = await forward.run({ pixels: { data: input, dims: [batch, 3, side, side] } });
        data.set(outputs.pooled.data.subarray(0, own.length * size), at * size);
      }
    } finally {
      await forward.close();
    }
    return new PooledVariants(places, data, size);
  }

  of({ image, index }: Variant): Float32Array {
    const at = (this.places.get(image)! + index) * this.size;
    return this.data.subarray(at, at + this.size);
  }
}

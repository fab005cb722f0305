/** Summary features of the vision tower's soft tokens for many images, in batches. */
import { throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import { applyAdapter, openAdapter, openCheckpoint } from "../../checkpoint/index.ts";
import { type Graph, reduceMean } from "../../graph/index.ts";
import { resizeToSquare } from "../../imaging/resize/index.ts";
import type { Image } from "../../imaging/types.ts";
import { sharpnessOf, summaryOf } from "../../model/scope/features.ts";
import { textureOf, textureSize } from "../../model/scope/texture.ts";
import { encodeImages, imagePixels, type Weights } from "../../nn/index.ts";
import { TrainingStep } from "../step.ts";
import type { Tensor } from "../tensors.ts";

/** Pixels per batch, equal to 32 images of 128 x 128. */
const pixelsAtOnce = 32 * 128 * 128;

export class TowerFeatures {
  private constructor(
    private readonly step: TrainingStep,
    private readonly batch: number,
    /** Values per image, and the number of soft tokens they belong to. */
    private readonly numbers: number,
    readonly tokens: number,
    private readonly scaling: Parameters<typeof imagePixels>[1],
    private readonly close_: () => Promise<void>,
  ) {}

  /** @param folder a multimodal checkpoint. @param adapter a LoRA adapter that is merged into it. */
  static async open(folder: string, threads?: number, adapter?: string): Promise<TowerFeatures> {
    const checkpoint = await openCheckpoint(folder);
    const { config, preprocessor } = checkpoint;
    const opened = adapter === undefined ? undefined : await openAdapter(adapter, config.kind);
    const weights =
      opened === undefined ? checkpoint.weights : applyAdapter(checkpoint.weights, config, opened).weights;
    if (config.kind !== "multimodal" || preprocessor === undefined)
      throw new TypeError(`${folder} has no vision tower`);
    const tensors = new Map<string, Tensor>();
    for (const name of weights.names)
      if (!name.startsWith("model.language_model"))
        tensors.set(name, { shape: [...weights.shape(name)], data: await weights.read(name) });
    const side = config.vision.imageSize;
    const batch = Math.max(1, Math.floor(pixelsAtOnce / side ** 2));
    const step = await TrainingStep.compile({
      name: "soft-tokens",
      define: (graph: Graph, from: Weights) => {
        const input = graph.input("pixels", "float32", [batch, 3, side, side]);
        const tokens = encodeImages({ graph, weights: from }, input, config);
        return { loss: reduceMean(tokens, [0, 1, 2]), outputs: { tokens } };
      },
      tensors,
      trainable: () => false,
      threads,
    });
    const size = config.tokensPerImage * config.text.hiddenSize;
    return new TowerFeatures(step, batch, size, config.tokensPerImage, preprocessor, async () => {
      await opened?.close();
      await checkpoint.close();
    });
  }

  /** Length of a feature vector. */
  get size(): number {
    return (4 * this.numbers) / this.tokens;
  }

  /** Features `[images, size]` and texture `[images, textureSize]`, row-major, and the sharpness of each image. */
  async of(
    images: readonly Image[],
    { signal }: Work = {},
  ): Promise<{ features: Float32Array; texture: Float32Array; sharpness: number[] }> {
    const texture = new Float32Array(images.length * textureSize);
    const sharpness: number[] = [];
    const { imageSize } = this.scaling;
    const { batch } = this;
    const area = 3 * imageSize * imageSize;
    const input = new Float32Array(batch * area);
    const out = new Float32Array(images.length * this.size);
    for (let at = 0; at < images.length; at += batch) {
      throwIfAborted(signal);
      const own = images.slice(at, at + batch);
      for (const [i, image] of own.entries()) {
        const square = resizeToSquare(image, imageSize);
        sharpness.push(sharpnessOf(square));
        texture.set(textureOf(square), (at + i) * textureSize);
        input.set(imagePixels(square, this.scaling), i * area);
      }
      const { outputs } = await this.step.run({ pixels: { data: input, dims: [batch, 3, imageSize, imageSize] } });
      for (let i = 0; i < own.length; i++) {
        const own = outputs.tokens.data.subarray(i * this.numbers, (i + 1) * this.numbers);
        out.set(summaryOf(own, this.tokens), (at + i) * this.size);
      }
    }
    return { features: out, texture, sharpness };
  }

  async close(): Promise<void> {
    await this.step.close();
    await this.close_();
  }
}

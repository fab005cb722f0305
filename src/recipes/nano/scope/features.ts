/** The soft tokens of many pictures, in batches. */
import { throwIfAborted } from "../../../base/errors.ts";
import type { Work } from "../../../base/progress.ts";
import { openCheckpoint } from "../../../checkpoint/index.ts";
import { type Graph, reduceMean } from "../../../graph/index.ts";
import { resizeToSquare } from "../../../imaging/resize/index.ts";
import type { Image } from "../../../imaging/types.ts";
import { TrainingStep } from "../../../learn/step.ts";
import type { Tensor } from "../../../learn/tensors.ts";
import { encodeImages, imagePixels, type Weights } from "../../../nn/index.ts";

const batch = 32;

/** @param folder a multimodal checkpoint. */
export class TowerFeatures {
  private constructor(
    private readonly step: TrainingStep,
    /** Numbers of one picture: tokens times width. */
    readonly size: number,
    private readonly scaling: Parameters<typeof imagePixels>[1],
    private readonly close_: () => Promise<void>,
  ) {}

  static async open(folder: string, threads?: number): Promise<TowerFeatures> {
    const checkpoint = await openCheckpoint(folder);
    const { config, weights, preprocessor } = checkpoint;
    if (config.kind !== "multimodal" || preprocessor === undefined)
      throw new TypeError(`${folder} has no vision tower`);
    const tensors = new Map<string, Tensor>();
    for (const name of weights.names)
      if (!name.startsWith("model.language_model"))
        tensors.set(name, { shape: [...weights.shape(name)], data: await weights.read(name) });
    const side = config.vision.imageSize;
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
    return new TowerFeatures(step, size, preprocessor, () => checkpoint.close());
  }

  /** `[images, size]`, row by row. */
  async of(images: readonly Image[], { signal }: Work = {}): Promise<Float32Array> {
    const { imageSize } = this.scaling;
    const area = 3 * imageSize * imageSize;
    const input = new Float32Array(batch * area);
    const out = new Float32Array(images.length * this.size);
    for (let at = 0; at < images.length; at += batch) {
      throwIfAborted(signal);
      const own = images.slice(at, at + batch);
      for (const [i, image] of own.entries())
        input.set(imagePixels(resizeToSquare(image, imageSize), this.scaling), i * area);
      const { outputs } = await this.step.run({ pixels: { data: input, dims: [batch, 3, imageSize, imageSize] } });
      out.set(outputs.tokens.data.subarray(0, own.length * this.size), at * this.size);
    }
    return out;
  }

  async close(): Promise<void> {
    await this.step.close();
    await this.close_();
  }
}

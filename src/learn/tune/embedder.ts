/**
 * Image embeddings of a frozen base: for a dual encoder, its own L2-normalised embedding; for a generative model, the
 * mean over its vision tower's patches.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { type Checkpoint, type ImagePreprocessing, openCheckpoint } from "../../checkpoint/index.ts";
import { reduceMean } from "../../graph/index.ts";
import type { Image } from "../../imaging/types.ts";
import { imagePixels, l2Normalise, multimodalPrefix, siglipPool, siglipVision } from "../../nn/index.ts";
import { TrainingStep } from "../step.ts";
import { baseFolder, parameterCount, readTensors } from "./base.ts";
import { TrainingImages } from "./images.ts";

/** Embeds image files with a frozen base. Close it to free the session. */
export class ImageEmbedder {
  private readonly images: TrainingImages;

  private constructor(
    private readonly checkpoint: Checkpoint,
    private readonly step: TrainingStep,
    private readonly preprocessor: ImagePreprocessing,
  ) {
    this.images = new TrainingImages(preprocessor.imageSize);
  }

  /**
   * @param name the embedded model's name, or a checkpoint folder.
   * @throws learn/tune-base when the model has no vision tower.
   */
  static async open(name: string, threads?: number): Promise<ImageEmbedder> {
    const checkpoint = await openCheckpoint(baseFolder(name));
    const { config, folder, preprocessor } = checkpoint;
    if (config.kind === "gemma" || preprocessor === undefined) {
      await checkpoint.close();
      throw new PolyclinicError("learn/tune-base", "has no vision tower", {
        where: folder,
        expected: "a multimodal or SigLIP checkpoint",
      });
    }
    const { vision } = config;
    const prefix = config.kind === "multimodal" ? multimodalPrefix.vision : "vision_model";
    const step = await TrainingStep.compile({
      name: "embed",
      tensors: await readTensors({ checkpoint }),
      trainable: () => false,
      threads,
      define: (graph, weights) => {
        const build = { graph, weights };
        const pixels = graph.input("pixels", "float32", [1, 3, vision.imageSize, vision.imageSize]);
        const patches = siglipVision(build, pixels, vision, prefix); // [1, patches, hidden]
        const embedding = vision.useHead
          ? l2Normalise(siglipPool(build, patches, vision, prefix))
          : reduceMean(patches, [1]);
        return { loss: reduceMean(embedding, [0, 1]), outputs: { embedding } };
      },
    });
    return new ImageEmbedder(checkpoint, step, preprocessor);
  }

  /** A file's only image, prepared for the tower. @throws learn/image and the reader's own errors. */
  image(path: string): Promise<Image> {
    return this.images.read(path);
  }

  /** The embedding of a file's only image. */
  async embed(path: string): Promise<Float32Array> {
    const { imageSize } = this.preprocessor;
    const data = imagePixels(await this.image(path), this.preprocessor);
    const { outputs } = await this.step.run({ pixels: { data, dims: [1, 3, imageSize, imageSize] } });
    return outputs.embedding.data;
  }

  /** Number of parameters of the whole base. */
  get parameters(): number {
    return parameterCount(this.checkpoint.weights);
  }

  async close(): Promise<void> {
    await this.step.close();
    await this.checkpoint.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

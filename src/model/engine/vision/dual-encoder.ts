/** MedSigLIP and its like: images and texts to embeddings in one space. There is no decoder, so it answers nothing. */
import * as ort from "onnxruntime-node";
import { PolyclinicError, throwIfAborted } from "../../../base/errors.ts";
import type { ArchitectureConfig } from "../../../nn/index.ts";
import type { SiglipText } from "../../../text/index.ts";
import type { Content, Generation, Model, ModelIdentity, ModelLimits } from "../../contract.ts";
import { imagePixels, type PixelScaling, requirePixels } from "./pixels.ts";

export interface DualEncoderParts {
  readonly identity: ModelIdentity;
  readonly architecture: Extract<ArchitectureConfig, { kind: "siglip" | "siglip-vision" }>;
  readonly scaling: PixelScaling;
  readonly image: ort.InferenceSession;
  /** Absent where the checkpoint is an image tower alone. */
  readonly text?: { readonly session: ort.InferenceSession; readonly tokens: SiglipText };
  /** The sigmoid's scale and bias: P(match) = 1 / (1 + exp(-(scale * cosine + bias))); absent without a text tower. */
  readonly sigmoid?: { readonly scale: number; readonly bias: number };
  readonly onClose: () => Promise<void>;
}

export class DualEncoder implements Model {
  readonly identity: ModelIdentity;
  readonly limits: ModelLimits;
  readonly sigmoid: DualEncoderParts["sigmoid"];

  constructor(private readonly parts: DualEncoderParts) {
    const { architecture } = parts;
    this.identity = parts.identity;
    this.sigmoid = parts.sigmoid;
    const contextTokens = architecture.kind === "siglip" ? architecture.text.maxPositions : 0;
    this.limits = { imageSize: architecture.vision.imageSize, tokensPerImage: 0, contextTokens };
  }

  /** One row an input, of length 1. Images must be of the model's size; texts are padded and cut to the model's length, as it was trained. */
  async embed(inputs: readonly Content[], { signal }: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    const { imageSize } = this.parts.scaling;
    for (const [i, input] of inputs.entries())
      if (input.type === "image") requirePixels(input.image, imageSize, `inputs[${i}]`);
    const rows: Float32Array[] = [];
    for (const input of inputs) {
      throwIfAborted(signal);
      rows.push(input.type === "image" ? await this.embedImage(input.image) : await this.embedText(input.text));
    }
    return rows;
  }

  generate(): Generation {
    throw noDecoder(this.identity.name);
  }

  async countTokens(): Promise<number> {
    throw noDecoder(this.identity.name);
  }

  async close(): Promise<void> {
    await this.parts.image.release();
    await this.parts.text?.session.release();
    await this.parts.onClose();
  }

  private async embedImage(image: Extract<Content, { type: "image" }>["image"]): Promise<Float32Array> {
    const { scaling, image: session } = this.parts;
    const shape = [1, 3, scaling.imageSize, scaling.imageSize];
    const { embeddings } = await session.run({ pixels: new ort.Tensor("float32", imagePixels(image, scaling), shape) });
    return embeddings.data as Float32Array;
  }

  private async embedText(text: string): Promise<Float32Array> {
    const { architecture, text: tower, identity } = this.parts;
    if (architecture.kind !== "siglip" || tower === undefined) {
      throw new PolyclinicError("model/no-text-tower", "has no text tower", {
        where: identity.name,
        hint: "Use a SigLIP checkpoint with both towers.",
      });
    }
    const ids = BigInt64Array.from(tower.tokens.encode(text), BigInt);
    const { embeddings } = await tower.session.run({
      ids: new ort.Tensor("int64", ids, [1, architecture.text.maxPositions]),
    });
    return embeddings.data as Float32Array;
  }
}

function noDecoder(where: string): PolyclinicError {
  return new PolyclinicError("model/no-decoder", "embeds and does not generate", {
    where,
    hint: "Use a Gemma or MedGemma checkpoint to generate.",
  });
}

/** MedSigLIP and similar models: embeds images and texts in one vector space. */
import { PolyclinicError, throwIfAborted } from "../../../base/errors.ts";
import type { Image } from "../../../imaging/types.ts";
import { type ArchitectureConfig, imagePixels, type PixelScaling, requirePixels } from "../../../nn/index.ts";
import type { SiglipText } from "../../../text/index.ts";
import type { Content, Embedder, EmbedderLimits, ModelIdentity } from "../../contract.ts";
import { float32, floats, int64, type Session } from "../../runtime/runtime.ts";

export interface DualEncoderParts {
  readonly identity: ModelIdentity;
  readonly architecture: Extract<ArchitectureConfig, { kind: "siglip" | "siglip-vision" }>;
  readonly scaling: PixelScaling;
  readonly image: Session;
  /** Absent if the checkpoint has only an image tower. */
  readonly text?: { readonly session: Session; readonly tokens: SiglipText };
  /** Absent without a text tower. */
  readonly sigmoid?: Embedder["sigmoid"];
  readonly onClose: () => Promise<void>;
}

/** The in-process `Embedder`; opened by `loadEmbedder`. */
export class DualEncoder implements Embedder {
  readonly identity: ModelIdentity;
  readonly limits: EmbedderLimits;
  readonly sigmoid: Embedder["sigmoid"];
  private closed = false;

  constructor(private readonly parts: DualEncoderParts) {
    const { architecture, text } = parts;
    this.identity = parts.identity;
    this.sigmoid = parts.sigmoid;
    const textTokens = architecture.kind === "siglip" && text !== undefined ? architecture.text.maxPositions : 0;
    this.limits = { imageSize: architecture.vision.imageSize, textTokens };
  }

  /** One row per input, normalised to unit length. Images must have the model's size; texts are padded and truncated to the model's length, as in training. */
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

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.parts.image.close();
    await this.parts.text?.session.close();
    await this.parts.onClose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async embedImage(image: Image): Promise<Float32Array> {
    const { scaling, image: session } = this.parts;
    const shape = [1, 3, scaling.imageSize, scaling.imageSize];
    const { embeddings } = await session.run({ pixels: float32(imagePixels(image, scaling), shape) });
    return floats(embeddings);
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
    const { embeddings } = await tower.session.run({ ids: int64(ids, [1, architecture.text.maxPositions]) });
    return floats(embeddings);
  }
}

/** Encodes images to soft tokens; results are cached by content. */
import { throwIfAborted } from "../../../base/errors.ts";
import { imagePixels, type PixelScaling } from "../../../nn/index.ts";
import { float32, floats, type Session } from "../../runtime/runtime.ts";
import type { Lazy } from "../decode/lazy.ts";
import type { PlacedImage } from "../decode/prompt-tokens.ts";

/** Cache size in bytes; an image of the 4B model takes 2.6 MB, so two CTs of 85 slices fit. */
const keptBytes = 512 << 20;

export class ImageEncoder {
  private readonly kept = new Map<string, Float32Array>();
  private bytes = 0;

  constructor(
    private readonly session: Lazy<Session>,
    private readonly scaling: PixelScaling,
  ) {}

  /** Soft tokens `[tokensPerImage, hidden]`. */
  async encode({ image, hash }: Pick<PlacedImage, "image" | "hash">, signal?: AbortSignal): Promise<Float32Array> {
    throwIfAborted(signal);
    const known = this.kept.get(hash);
    if (known !== undefined) {
      // Re-inserting moves the entry to the end: the least recently used one is evicted first.
      this.kept.delete(hash);
      this.kept.set(hash, known);
      return known;
    }
    const { imageSize } = this.scaling;
    const pixels = float32(imagePixels(image, this.scaling), [1, 3, imageSize, imageSize]);
    const { softTokens } = await (await this.session.open()).run({ pixels });
    const values = floats(softTokens);
    this.kept.set(hash, values);
    this.bytes += values.byteLength;
    for (const [oldest, old] of this.kept) {
      if (this.bytes <= keptBytes || oldest === hash) break;
      this.kept.delete(oldest);
      this.bytes -= old.byteLength;
    }
    return values;
  }

  async close(): Promise<void> {
    await this.session.close();
  }
}

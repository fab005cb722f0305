/** Encodes images to soft tokens; results are cached by content. */
import { throwIfAborted } from "../../../base/errors.ts";
import { imagePixels, type PixelScaling } from "../../../nn/index.ts";
import { float32, floats, type Session } from "../../runtime/runtime.ts";
import type { Lazy } from "../decode/lazy.ts";
import type { PlacedImage } from "../decode/prompt-tokens.ts";

/** Cache size in bytes; an image of the 4B model takes 2.6 MB, so two CTs of 85 slices fit. */
const maxCacheBytes = 512 << 20;

export class ImageEncoder {
  private cache = { images: new Map<string, Float32Array>(), bytes: 0 };

  constructor(
    private readonly session: Lazy<Session>,
    private readonly scaling: PixelScaling,
  ) {}

  get imageSize(): number {
    return this.scaling.imageSize;
  }

  /** Soft tokens `[tokensPerImage, hidden]`. */
  async encode({ image, hash }: Pick<PlacedImage, "image" | "hash">, signal?: AbortSignal): Promise<Float32Array> {
    throwIfAborted(signal);
    // After `forget`, encodings in progress are added to the discarded cache.
    const { cache } = this;
    const known = cache.images.get(hash);
    if (known !== undefined) {
      // Re-inserting moves the entry to the end: the least recently used one is evicted first.
      cache.images.delete(hash);
      cache.images.set(hash, known);
      return known;
    }
    const { imageSize } = this.scaling;
    const pixels = float32(imagePixels(image, this.scaling), [1, 3, imageSize, imageSize]);
    const { softTokens } = await (await this.session.open()).run({ pixels });
    const values = floats(softTokens);
    cache.images.set(hash, values);
    cache.bytes += values.byteLength;
    for (const [oldest, old] of cache.images) {
      if (cache.bytes <= maxCacheBytes || oldest === hash) break;
      cache.images.delete(oldest);
      cache.bytes -= old.byteLength;
    }
    return values;
  }

  forget(): void {
    this.cache = { images: new Map(), bytes: 0 };
  }

  async close(): Promise<void> {
    await this.session.close();
  }
}

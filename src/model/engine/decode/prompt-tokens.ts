/** A prompt in the engine's form: token ids, and the positions of the images. */
import { PolyclinicError } from "../../../base/errors.ts";
import { sha256Of } from "../../../base/host/hash.ts";
import type { SoftPrompt } from "../../../checkpoint/index.ts";
import type { Image } from "../../../imaging/types.ts";

export interface PlacedImage {
  /** Position of the first soft token. `length`: number of soft tokens. */
  readonly start: number;
  readonly length: number;
  readonly image: Image;
  /** SHA-256 of its size and pixels, by which images are identified. */
  readonly hash: string;
}

export interface PromptTokens {
  readonly ids: Int32Array;
  /** In order, not overlapping. */
  readonly images: readonly PlacedImage[];
}

const hashes = new WeakMap<Image, string>();

/** SHA-256 of the pixels, with their shape; computed once for each image object, whose pixels must not change. */
export async function imageHash(image: Image): Promise<string> {
  const known = hashes.get(image);
  if (known !== undefined) return known;
  const { width, height, channels, data } = image;
  const digest = await sha256Of(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const hash = `${width}x${height}x${channels}:${digest}`;
  hashes.set(image, hash);
  return hash;
}

/** Assigns images to the placeholders of a tokenised prompt. */
export async function placeImages(
  ids: Int32Array,
  spans: readonly { readonly start: number; readonly length: number }[],
  images: readonly Image[],
): Promise<PromptTokens> {
  if (spans.length !== images.length) {
    throw new PolyclinicError("model/image-count", "the prompt's image placeholders do not match the images given", {
      where: "messages",
      expected: `${images.length} images`,
      found: `${spans.length} placeholders`,
    });
  }
  const found = await Promise.all(images.map(imageHash));
  return { ids, images: spans.map((span, i) => ({ ...span, image: images[i], hash: found[i] })) };
}

/** The same prompt with placeholders for a soft prompt's vectors; their ids are arbitrary, because the vectors replace them. */
export function withSoftPrompt({ ids, images }: PromptTokens, { at, vectors }: SoftPrompt): PromptTokens {
  const wide = new Int32Array(ids.length + vectors);
  wide.set(ids.subarray(0, at));
  wide.set(ids.subarray(at), at + vectors);
  return { ids: wide, images: images.map((image) => ({ ...image, start: image.start + vectors })) };
}

/**
 * Number of leading tokens two prompts have in common; soft tokens of different images differ although their ids are
 * equal.
 */
export function commonPrefix(a: PromptTokens, b: PromptTokens): number {
  const most = Math.min(a.ids.length, b.ids.length);
  let n = 0;
  while (n < most && a.ids[n] === b.ids[n]) n++;
  for (let i = 0; i < Math.max(a.images.length, b.images.length); i++) {
    const [x, y] = [a.images[i], b.images[i]];
    if (x !== undefined && y !== undefined && x.start === y.start && x.hash === y.hash) {
      // An image is shared completely or not at all, because its tokens attend to each other.
      if (n > x.start && n < x.start + x.length) return x.start;
      continue;
    }
    const start = Math.min(x?.start ?? n, y?.start ?? n);
    return Math.min(n, start);
  }
  return n;
}

/**
 * Splits tokens `from` to `to` into chunks of about `size`. An image is never split, because its tokens attend to each other and must be
 * computed together.
 */
export function planChunks(
  from: number,
  to: number,
  images: readonly { readonly start: number; readonly length: number }[],
  size: number,
): [from: number, to: number][] {
  const chunks: [number, number][] = [];
  for (let start = from; start < to; ) {
    let end = Math.min(start + size, to);
    const cut = images.find((image) => image.start < end && end < image.start + image.length);
    if (cut !== undefined) end = cut.start > start ? cut.start : cut.start + cut.length;
    chunks.push([start, end]);
    start = end;
  }
  return chunks;
}

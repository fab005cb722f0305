/** `embed`: images and texts to vectors, in one call. */
import type { Image } from "../imaging/types.ts";
import type { Embedder } from "./contract.ts";

/**
 * ```ts
 * const embedder = await loadEmbedder("google/medsiglip-448");
 * const [picture, words] = await embed(embedder, [image, "a chest X-ray with an effusion"]);
 * ```
 * @param inputs images preprocessed to the model's size, and texts.
 * @returns one row per input, L2-normalised; the dot product of two rows is their cosine similarity.
 * @throws PolyclinicError `model/image-size`, `model/no-text-tower`, `abort/aborted`.
 */
export function embed(
  embedder: Embedder,
  inputs: readonly (Image | string)[],
  options: { signal?: AbortSignal } = {},
): Promise<Float32Array[]> {
  return embedder.embed(
    inputs.map((input) =>
      typeof input === "string" ? { type: "text", text: input } : { type: "image", image: input },
    ),
    options,
  );
}

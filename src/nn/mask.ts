/**
 * Who may look at whom in a Gemma 3 decoder (technical report section 2; Hugging Face transformers' Gemma 3 masks): everyone at what came
 * before, soft tokens of one image also at each other, local layers only as far back as their window. Different images never look
 * forward at each other.
 */

/** Score added where a query may not look: far below any score, finite so that a row without any visible key stays finite. */
export const hidden = -1e9;

/** The places of tokens in their sequence. */
export interface TokenPlaces {
  /** Position of each token; negative for an empty place (padding, or a cache row not yet written). */
  readonly positions: ArrayLike<number>;
  /** Which image of the sequence each token is a soft token of; negative for text. */
  readonly images: ArrayLike<number>;
}

/**
 * Writes one sequence's bias, `[queries, keys]` row-major, at `offset` of `out`: 0 where a query may look, `hidden` elsewhere.
 *
 * @param window a local layer's query at q sees keys q - window + 1 to q, and all of its own image; undefined for a global layer.
 */
export function writeAttentionBias(
  out: Float32Array,
  offset: number,
  queries: TokenPlaces,
  keys: TokenPlaces,
  window: number | undefined,
): void {
  const nQueries = queries.positions.length;
  const nKeys = keys.positions.length;
  const reach = window ?? Number.POSITIVE_INFINITY;
  for (let i = 0; i < nQueries; i++) {
    const q = queries.positions[i];
    const image = queries.images[i];
    const row = offset + i * nKeys;
    for (let j = 0; j < nKeys; j++) {
      const distance = q - keys.positions[j];
      const visible =
        keys.positions[j] >= 0 && ((distance >= 0 && distance < reach) || (image >= 0 && keys.images[j] === image));
      out[row + j] = visible ? 0 : hidden;
    }
  }
}

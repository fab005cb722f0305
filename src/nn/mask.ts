/**
 * The attention mask of a Gemma 3 decoder (technical report section 2; the masks of Hugging Face transformers' Gemma 3): causal, but bidirectional
 * among the soft tokens of one image; local layers are limited to their window, within an image too. There is no attention to later images.
 */

/** Bias of masked keys: far below any score, but finite, so that a row without visible keys stays finite. */
export const maskedScore = -1e9;

/** Tokens of a sequence, as far as the mask depends on them. */
export interface TokenPlaces {
  /** Position of each token; negative for padding and for unused cache entries. */
  readonly positions: ArrayLike<number>;
  /** Index of the image that each soft token belongs to; negative for text. */
  readonly images: ArrayLike<number>;
  /**
   * The continuation each token belongs to, if several continuations of one prefix are packed into a sequence and must
   * not attend to each other; negative for the prefix, to which all attend. Absent for a single continuation.
   */
  readonly branches?: ArrayLike<number>;
}

/**
 * Writes one sequence's bias, `[queries, keys]` row-major, at `offset` of `out`: 0 for visible keys, `maskedScore` elsewhere.
 *
 * @param window a local layer's query at q sees no key before q - window + 1; undefined for a global layer.
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
  const { positions, images, branches } = keys;
  for (let i = 0; i < nQueries; i++) {
    const q = queries.positions[i];
    const image = queries.images[i];
    const branch = queries.branches?.[i];
    const row = offset + i * nKeys;
    for (let j = 0; j < nKeys; j++) {
      const distance = q - positions[j];
      const inPast = distance >= 0 && (branches === undefined || branches[j] < 0 || branches[j] === branch);
      const visible = positions[j] >= 0 && distance < reach && (inPast || (image >= 0 && images[j] === image));
      out[row + j] = visible ? 0 : maskedScore;
    }
  }
}

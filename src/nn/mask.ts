/**
 * Who may look at whom in a Gemma 3 decoder (technical report section 2; the masks of Hugging Face transformers' Gemma 3): everyone at what
 * came before, soft tokens of one image also at each other; local layers only as far back as their window, inside an image too. Different
 * images never look forward at each other.
 */

/** Score added where a query may not look: far below any score, finite so that a row without any visible key stays finite. */
export const maskedScore = -1e9;

/** The places of tokens in their sequence. */
export interface TokenPlaces {
  /** Position of each token; negative for an empty place (padding, or a cache entry not yet written). */
  readonly positions: ArrayLike<number>;
  /** Which image of the sequence each token is a soft token of; negative for text. */
  readonly images: ArrayLike<number>;
  /**
   * Which continuation each token belongs to, where several continuations of one beginning lie side by side and must not see each other;
   * negative for the beginning, which all see. Absent when there is only one.
   */
  readonly branches?: ArrayLike<number>;
}

/**
 * Writes one sequence's bias, `[queries, keys]` row-major, at `offset` of `out`: 0 where a query may look, `maskedScore` elsewhere.
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

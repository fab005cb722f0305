/** The manifest of a prepared model. */
import type { ExternalData } from "../../../graph/index.ts";

/** Incremented whenever the written format changes. */
export const formatVersion = 5;

export type GraphName = "decoder" | "prefill" | "vision" | "image" | "text";

/** Ranges of the embedding table in the weight file. */
export interface EmbeddingRanges {
  readonly rows: ExternalData;
  /** One f32 per row if the rows are int8; undefined if they are f32. */
  readonly scales?: ExternalData;
}

export interface Manifest {
  readonly format: number;
  readonly graphs: readonly GraphName[];
  readonly embedding?: EmbeddingRanges;
}

/** The manifest of a prepared model. */
import type { ExternalData } from "../../../graph/index.ts";

/** Incremented whenever the written format changes. */
export const formatVersion = 5;

export type GraphName = "decoder" | "prefill" | "vision" | "image" | "text";

/** Where the embedding table is in the weight file. */
export interface EmbeddingRanges {
  readonly rows: ExternalData;
  /** One f32 a row where the rows are int8; undefined where they are f32. */
  readonly scales?: ExternalData;
}

export interface Manifest {
  readonly format: number;
  readonly graphs: readonly GraphName[];
  readonly embedding?: EmbeddingRanges;
}

/** What a prepared model's folder says of itself. */
import type { EmbeddingRanges } from "../decode/embedding-table.ts";

/** Counted up whenever what is written changes. */
export const formatVersion = 5;

export type GraphName = "decoder" | "prefill" | "vision" | "image" | "text";

export interface Manifest {
  readonly format: number;
  readonly graphs: readonly GraphName[];
  readonly embedding?: EmbeddingRanges;
}

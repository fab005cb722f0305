/** One stored resolution of a slide: a grid of encoded tiles (or full-width strips), fetched by number. */

import type { Scratch } from "./scratch.ts";

/** A TIFF field of an excerpt: SHORT and LONG numbers, or opaque bytes. */
export type ExcerptField =
  | { readonly tag: number; readonly type: "short" | "long"; readonly values: readonly number[] }
  | { readonly tag: number; readonly type: "bytes"; readonly values: Uint8Array };

export interface TileGrid {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  /** For strips: rows per strip. */
  readonly tileHeight: number;
  /**
   * Number of tiles per row and column, if the stored image is larger than `width` x `height` (Philips pads to whole
   * tiles).
   */
  readonly columns?: number;
  readonly rows?: number;
  readonly layout: "tiles" | "strips";
  /** 1, or the samples per pixel if each sample is a separate plane (PlanarConfiguration 2). */
  readonly planes: number;
  /** Interpretation of the tiles' bytes, as little-endian TIFF fields: compression, photometric, tables, profile. */
  readonly fields: readonly ExcerptField[];
  /** True when the samples are stored in big-endian order (16-bit samples only). */
  readonly bigEndian: boolean;
  /** Whether the file lists a tile without any bytes; for separate planes, the first plane's. */
  isMissing(number: number): boolean;
  /**
   * The encoded bytes of tiles by number, plane-major then row-major; undefined for a tile that was never stored
   * (background). They may lie in `scratch` and must be used before it is released.
   */
  tiles(numbers: readonly number[], scratch: Scratch): Promise<(Uint8Array | undefined)[]>;
}

/** One resolution of a slide as it is stored: a grid of encoded tiles (or full-width strips), fetched by number. */

import type { Scratch } from "./scratch.ts";

/** A TIFF field as the excerpt repeats it: SHORT and LONG numbers, or opaque bytes. */
export type ExcerptField =
  | { readonly tag: number; readonly type: "short" | "long"; readonly values: readonly number[] }
  | { readonly tag: number; readonly type: "bytes"; readonly values: Uint8Array };

export interface TileGrid {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  /** For strips: rows per strip. */
  readonly tileHeight: number;
  /** Tiles side by side and one above the other, where the stored image is larger than `width` x `height` (Philips pads to whole tiles). */
  readonly columns?: number;
  readonly rows?: number;
  readonly layout: "tiles" | "strips";
  /** 1, or the samples per pixel when each sample is a plane of its own (PlanarConfiguration 2). */
  readonly planes: number;
  /** How the tiles' bytes are to be understood, as little-endian TIFF fields: compression, photometric, tables, profile. */
  readonly fields: readonly ExcerptField[];
  /** True when the samples are stored in big-endian order (16-bit samples only). */
  readonly bigEndian: boolean;
  /** Whether the file lists a tile and has no bytes for it; of separate planes, for the first one's. */
  isMissing(number: number): boolean;
  /**
   * The encoded bytes of tiles by number, plane-major then row-major; undefined for a tile that was never stored (background).
   * They may lie in `scratch` and are used before it is given back.
   */
  tiles(numbers: readonly number[], scratch: Scratch): Promise<(Uint8Array | undefined)[]>;
}

/** The common result of the container formats: levels and associated images as tile grids, and metadata. */
import type { Warning } from "../types.ts";
import type { TileGrid } from "./tile-grid.ts";

export interface SlideContent {
  readonly vendor: string;
  /** Largest first; `downsample` of the first is 1. The size of a level is that of its grid. */
  readonly levels: readonly { readonly grid: TileGrid; readonly downsample: number }[];
  /** Microns per pixel of level 0, when a tag gives it. */
  readonly mpp: number | undefined;
  /** Label, macro and thumbnail by name; their structure is checked when they are read. */
  readonly associated: ReadonlyMap<string, () => Promise<TileGrid>>;
  /** Further metadata for the user: `objectivePower`. */
  readonly properties: Readonly<Record<string, string>>;
  readonly warnings: readonly Warning[];
}

/**
 * The result types of all readers of `imaging/`: pixels with geometry, independent of models.
 *
 * Conventions: images are `[y, x, channel]` bytes; volumes are `[z, y, x]` floats in physical units; patient space is
 * LPS in millimetres (x to the patient's left, y to posterior, z to the head).
 */
import { MemoryBudget } from "../bytes/budget.ts";

/** An 8-bit image, `[height, width, channels]`, row-major, sRGB or grey. */
export interface Image {
  readonly kind: "image";
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

/** A 4x4 matrix in row-major order: voxel `(x, y, z, 1)` indices to patient millimetres (LPS). */
export type Affine = readonly number[];

/** A scalar volume, `[z, y, x]`, x fastest. */
export interface Volume {
  readonly kind: "volume";
  readonly shape: readonly [z: number, y: number, x: number];
  readonly data: Float32Array;
  readonly affine: Affine;
  /** `HU` for CT with a known rescale; `arbitrary` for MR and everything without a unit. */
  readonly unit: "HU" | "arbitrary" | (string & {});
}

/** One resolution of a slide. */
export interface SlideLevel {
  readonly width: number;
  readonly height: number;
  /** Number of level-0 pixels per pixel of this level, along one axis. */
  readonly downsample: number;
}

/** A whole-slide image, read by region and never as a whole. */
export interface Slide {
  readonly kind: "slide";
  readonly vendor: string;
  /** Level 0 is the full resolution. */
  readonly levels: readonly SlideLevel[];
  /** Microns per pixel of level 0; undefined when no tag gives it and none was passed. */
  readonly mpp: number | undefined;
  /** Label and macro images, kept separate because they can hold names. */
  readonly associated: readonly string[];
  /**
   * An RGB region. `x`, `y` are in pixels of `level`; the area outside the slide is white. sRGB if the slide has an ICC
   * profile.
   */
  readRegion(level: number, x: number, y: number, width: number, height: number): Promise<Image>;
  readAssociated(name: string): Promise<Image>;
  close(): Promise<void>;
}

/** Images over time, read by frame and never as a whole. */
export interface Video {
  readonly kind: "video";
  readonly width: number;
  readonly height: number;
  /** Start of each frame, seconds from the start of the recording, ascending. */
  readonly times: readonly number[];
  /** End of the last frame, seconds. */
  readonly duration: number;
  /** @param indices frames, 0-based. @returns one image each, in that order, all with the same grey scale. */
  readFrames(indices: readonly number[], signal?: AbortSignal): Promise<Image[]>;
  close(): Promise<void>;
}

/** A problem that a person should know about; never acted on silently. */
export interface Warning {
  /** Stable, lower-case, `area/what`. */
  readonly code: string;
  readonly message: string;
  /** The file, tag or series it concerns. */
  readonly where?: string;
}

/** Limits against decompression bombs; each can be changed. */
export interface Limits {
  /** Pixels per image or frame. */
  maxPixels: number;
  /** Frames per file, or slices per volume. */
  maxFrames: number;
  /** Entries of an archive. */
  maxEntries: number;
  /** Ratio of unpacked to packed size of an archive entry or a deflated data set. */
  maxRatio: number;
  /** Bytes a single file may unpack to. */
  maxBytes: number;
  /** Bytes that reading one study may hold in memory at once. Small files get less, see `MemoryBudget`. */
  maxMemory: number;
  /** The memory budget of a study, shared by all its readers; a reader called alone creates its own. */
  budget?: MemoryBudget;
}

/** The limits that readers apply unless told otherwise. */
export const defaultLimits: Limits = {
  maxPixels: 1 << 28,
  maxFrames: 20_000,
  maxEntries: 100_000,
  maxRatio: 1000,
  maxBytes: 8 * 2 ** 30,
  maxMemory: 16 * 2 ** 30,
};

/** The budget of a study, or one for a single file of this size. */
export function budgetOf({ budget, maxMemory }: Pick<Limits, "budget" | "maxMemory">, fileBytes: number): MemoryBudget {
  if (budget !== undefined) return budget;
  const own = new MemoryBudget(maxMemory);
  own.addFile(fileBytes);
  return own;
}

/**
 * What every reader of this floor gives back: pixels with geometry, knowing nothing of models.
 *
 * Conventions: images are `[y, x, channel]` bytes; volumes are `[z, y, x]` floats in physical units; patient space is LPS in
 * millimetres (x to the patient's left, y to posterior, z to the head).
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
  /** How many level-0 pixels one pixel of this level spans. */
  readonly downsample: number;
}

/** A whole slide: opened, never loaded. */
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
   * An RGB region. `x`, `y` are in pixels of `level`; what lies outside the slide is white.
   * sRGB when the slide carries an ICC profile.
   */
  readRegion(level: number, x: number, y: number, width: number, height: number): Promise<Image>;
  readAssociated(name: string): Promise<Image>;
  close(): Promise<void>;
}

/** Pictures over time: opened, never loaded. */
export interface Video {
  readonly kind: "video";
  readonly width: number;
  readonly height: number;
  /** When each frame is shown, in seconds from the start of the recording; ascending. */
  readonly times: readonly number[];
  /** When the last frame ends, in seconds. */
  readonly duration: number;
  /** @param indices of frames, from 0. @returns one image each, in that order, all with the same grey scale. */
  readFrames(indices: readonly number[], signal?: AbortSignal): Promise<Image[]>;
  close(): Promise<void>;
}

/** Something a reader noticed and a person should see; never silently acted on. */
export interface Warning {
  /** Stable, lower-case, `area/what`. */
  readonly code: string;
  readonly message: string;
  /** The file, tag or series it concerns. */
  readonly where?: string;
}

/** Bounds against decompression bombs; every one can be set. */
export interface Limits {
  /** Pixels of one image or frame. */
  maxPixels: number;
  /** Frames of one file or slices of one volume. */
  maxFrames: number;
  /** Entries of an archive. */
  maxEntries: number;
  /** Unpacked over packed size of an archive entry or a deflated data set. */
  maxRatio: number;
  /** Bytes a single file may unpack to. */
  maxBytes: number;
  /** Bytes that reading one study may hold in memory at once. Small files get less, see `MemoryBudget`. */
  maxMemory: number;
  /** Shared by everything that one study reads; a reader that is called by itself has its own. */
  budget?: MemoryBudget;
}

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

/** The form of a manifest, which the workbench shares: it imports nothing, since a browser's type library lacks what a `Study` is made of. */

/** Values shown black and white; `center` and `width` as DICOM has them. */
export interface NamedWindow {
  readonly name: string;
  readonly center: number;
  readonly width: number;
}

/** What a viewer needs to know about a part before it requests pixels. */
export interface PartManifest {
  /** Index into `Study.parts`. */
  readonly part: number;
  readonly kind:
    | "image"
    | "volume"
    | "slide"
    | "video"
    | "document"
    | "text"
    | "record"
    | "waveform"
    | "molecule"
    | "variants";
  readonly label: string;
  readonly modality: string;
  readonly bodyPart?: string;
  readonly acquiredAt?: string;
  readonly seriesUid?: string;
  readonly warnings: readonly string[];
  readonly image?: {
    readonly width: number;
    readonly height: number;
    /** Millimetres per pixel. */
    readonly spacing?: readonly [row: number, column: number];
    /** Pixels are sent averaged over squares of this side; 1 for all but very large images. Boxes count in source pixels. */
    readonly reduce: number;
    /** Where a server has a very large image in tiles: its levels, the last one the smallest. Pixels are then read by tile. */
    readonly levels?: number;
  };
  readonly volume?: {
    readonly shape: readonly [z: number, y: number, x: number];
    /** Voxel `(x, y, z, 1)` to patient millimetres (LPS), row-major. */
    readonly affine: readonly number[];
    /** Millimetres `[x, y, z]`. */
    readonly spacing: readonly number[];
    readonly unit: string;
    /** False if the slices have no position; patient coordinates are then unavailable. */
    readonly placed: boolean;
  };
  readonly slide?: {
    readonly width: number;
    readonly height: number;
    /** Microns per pixel. */
    readonly mpp?: number;
  };
  /** Its frames are `pages`. */
  readonly video?: {
    /** Seconds. */
    readonly duration: number;
  };
  readonly pages?: readonly { readonly width: number; readonly height: number }[];
  readonly windows?: readonly NamedWindow[];
}

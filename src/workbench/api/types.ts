/** What the server sends, as far as the workbench reads it. */

export interface PartManifest {
  readonly part: number;
  readonly kind: "image" | "volume" | "slide" | "document" | "text" | "record" | "waveform" | "molecule" | "variants";
  readonly label: string;
  readonly modality: string;
  readonly bodyPart?: string;
  readonly acquiredAt?: string;
  readonly seriesUid?: string;
  readonly warnings: readonly string[];
  readonly image?: {
    readonly width: number;
    readonly height: number;
    readonly spacing?: readonly [row: number, column: number];
    readonly reduce: number;
  };
  readonly volume?: {
    readonly shape: readonly [z: number, y: number, x: number];
    readonly affine: readonly number[];
    readonly spacing: readonly number[];
    readonly unit: string;
    readonly placed: boolean;
  };
  readonly slide?: { readonly width: number; readonly height: number; readonly mpp?: number };
  readonly pages?: readonly { readonly width: number; readonly height: number }[];
  readonly windows?: readonly { readonly name: string; readonly center: number; readonly width: number }[];
}

export interface StudyParts {
  readonly parts: readonly PartManifest[];
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
  readonly warnings: readonly string[];
}

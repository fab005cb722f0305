/** Input and output types of the codecs. */
import { PolyclinicError } from "../../../base/errors.ts";

export type Samples =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** One decoded image: `[height, width, components]`, interleaved by pixel, as the codestream holds it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Bits per sample in the codestream. */
  readonly precision: number;
  readonly data: Samples;
}

export function codecError(codec: string, summary: string, found?: string, cause?: unknown): PolyclinicError {
  return new PolyclinicError("dicom/codec", summary, {
    where: `${codec} codestream`,
    found,
    hint: "The pixel data is damaged or truncated: copy the file again, or decode it with another tool.",
    cause,
  });
}

/** The result type and options of all readers of this module, and helpers they share. */
import { PolyclinicError } from "../../base/errors.ts";
import { createHash } from "../../base/host/hash.ts";
import { basename } from "../../base/host/path.ts";
import type { Work } from "../../base/progress.ts";
import { type ByteSource, chunksOf } from "../../bytes/index.ts";
import type { Limits, Warning } from "../../imaging/types.ts";
import type { Modality, Part } from "../types.ts";

/** How files are assigned to a study, what is assumed where they state nothing, and limits. */
export interface OpenStudyOptions extends Work {
  /** Accept files of several patients as one study. Default false: they are rejected. */
  mixedPatients?: boolean;
  /** Modality of files without a header (photographs, NIfTI): `DX`, `CT`, `MR`, ... Files with a header keep theirs. */
  modality?: Modality;
  /** Micrometres per pixel for slides that do not state it. */
  mpp?: number;
  /** Sampling rate of ECG tables (CSV) that do not state it, hertz. */
  samplingRate?: number;
  /** Which volume of a 4D NIfTI file, from 0. Default 0, with a warning. */
  volume?: number;
  /** Selects one patient, by id, identifier or full name, if the files or a health record contain several. DICOM files of others are left out. */
  patient?: string;
  /** Bearer token for a patient on a FHIR server (`https://host/fhir/Patient/123`). */
  fhirToken?: string;
  /** Removes names, dates, descriptions and identifiers from the study, and therefore from everything derived from it. Pixels are not changed. Default false. */
  deidentify?: boolean;
  /** For encrypted PDF files. */
  password?: string;
  /** Bounds against decompression bombs. Default: `defaultLimits`. */
  limits?: Partial<Limits>;
}

export interface Reading {
  readonly parts: readonly Part[];
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
  readonly warnings: readonly Warning[];
}

/** A readable name: the file name without its extensions. */
export function labelOf(name: string): string {
  return basename(name).replace(/(\.nii)?\.[A-Za-z0-9]{1,5}$/, "") || basename(name);
}

/** SHA-256 over the bytes of the sources, in that order, hex. */
export async function hashOf(sources: readonly ByteSource[]): Promise<string> {
  const hash = createHash("sha256");
  for (const source of sources) for await (const chunk of chunksOf(source)) hash.update(chunk);
  return hash.digest("hex");
}

/** Maximum deviation of a pixel from a square before a warning: beyond it, circles look visibly distorted. */
const squareTolerance = 0.01;

/**
 * Views treat pixels as squares, as Google's notebooks do, which resize pixel arrays without regard to the spacing. Resampling to true proportions would show
 * the model images unlike its training data; if pixels are not square, shapes are distorted, which is reported to the user.
 *
 * @param spacing the height and the width of a pixel, in any unit.
 */
export function pixelShapeWarnings(
  spacing: readonly [row: number, column: number] | undefined,
  where: string,
): { code: string; message: string; where: string }[] {
  if (spacing === undefined || Math.abs(spacing[0] / spacing[1] - 1) <= squareTolerance) return [];
  const [row, column] = spacing.map((value) => Number(value.toPrecision(4)));
  const stretched = Number(Math.max(row / column, column / row).toPrecision(3));
  return [
    {
      code: "study/non-square-pixels",
      message: `pixels are ${row} high and ${column} wide but are shown as squares: a circle appears ${stretched} times as ${row > column ? "wide as high" : "high as wide"}`,
      where,
    },
  ];
}

/** Adds the file's name to errors of readers that receive only bytes. */
export async function readNamed<T>(where: string, reading: Promise<T>): Promise<T> {
  return reading.catch((error) => {
    if (!PolyclinicError.is(error) || error.code.startsWith("abort/")) throw error;
    const { code, summary, expected, found, hint } = error;
    throw new PolyclinicError(code, summary, { where, expected, found, hint, cause: error });
  });
}

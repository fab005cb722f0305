/** A file as series assembly sees it: who it belongs to and, frame by frame, where each slice lies and what sets it apart. */
import { normalize, type Vector } from "../../geometry/index.ts";
import type { Limits, Warning } from "../../types.ts";
import type { DataSet } from "../parse/data-set.ts";
import { encryptedPixels } from "../parse/encrypted.ts";
import type { DicomFile } from "../parse/parse.ts";
import { type ByteSource, readDicomHeader } from "../parse/source.ts";
import { type PixelFormat, pixelFormatOf, pixelTagOf } from "../pixels/pixel-format.ts";
import { bValueOf } from "./b-value.ts";
import { type ObjectKind, objectKindOf } from "./object-kind.ts";

export interface DicomInstance {
  readonly file: DicomFile;
  readonly source: ByteSource;
  readonly kind: ObjectKind;
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly patientID: string;
  readonly modality: string;
  /** Absent for objects without pixels. */
  readonly format?: PixelFormat;
  readonly warnings: readonly Warning[];
}

/** One frame of one instance. */
export interface Slice {
  readonly instance: DicomInstance;
  /** From 0. */
  readonly frame: number;
  /** Centre of the first pixel, LPS millimetres. */
  readonly position?: Vector;
  /** Unit vectors along a row (to higher columns) and down a column. */
  readonly orientation?: readonly [row: Vector, column: Vector];
  /** Millimetres between rows, and between columns. */
  readonly pixelSpacing?: readonly [row: number, column: number];
  readonly thickness?: number;
  readonly spacingBetween?: number;
  readonly instanceNumber?: number;
  /** Attributes by which slices at one place can differ; a missing one is the empty string. */
  readonly traits: Readonly<Record<Trait, string>>;
  /** The functional group item (or data set) with this frame's rescale. */
  readonly rescaleFrom: DataSet;
}

export type Trait =
  | "imageType"
  | "echo"
  | "bValue"
  | "temporal"
  | "acquisition"
  | "trigger"
  | "stack"
  | "acquiredAt"
  | "agent";

/** Objects that are nothing without pixels. */
const picture: ReadonlySet<ObjectKind> = new Set(["image", "secondary-capture", "whole-slide", "other"]);

const encryptedAttributes = (where: string): Warning => ({
  code: "dicom/encrypted-attributes",
  message: "some attributes are encrypted and not read; what stands in clear is used",
  where,
});

/** Reads a header and describes the object. Throws what `parseDicom` and `pixelFormatOf` throw. */
export async function openInstance(source: ByteSource, limits: Partial<Limits> = {}): Promise<DicomInstance> {
  return describeInstance(await readDicomHeader(source, { limits }), source, limits);
}

export function describeInstance(file: DicomFile, source: ByteSource, limits: Partial<Limits> = {}): DicomInstance {
  const { dataset } = file;
  const kind = objectKindOf(file);
  const hasPixels = pixelTagOf(file) !== undefined;
  const sealed = dataset.has("EncryptedAttributesSequence");
  if (sealed && !hasPixels && picture.has(kind)) throw encryptedPixels(source.name);
  return {
    file,
    source,
    kind,
    sopClassUID: dataset.string("SOPClassUID") ?? file.meta.string("MediaStorageSOPClassUID") ?? "",
    sopInstanceUID: dataset.string("SOPInstanceUID") ?? "",
    studyInstanceUID: dataset.string("StudyInstanceUID") ?? "",
    seriesInstanceUID: dataset.string("SeriesInstanceUID") ?? "",
    patientID: dataset.string("PatientID") ?? "",
    modality: dataset.string("Modality") ?? "",
    format: hasPixels ? pixelFormatOf(file, limits) : undefined,
    warnings: sealed ? [...file.warnings, encryptedAttributes(source.name)] : file.warnings,
  };
}

/** The frames of an instance, with the shared and per-frame functional groups of enhanced objects (PS3.3 C.7.6.16) resolved. */
export function slicesOf(instance: DicomInstance): Slice[] {
  const { dataset } = instance.file;
  const shared = dataset.sequence("SharedFunctionalGroupsSequence")[0];
  const perFrame = dataset.sequence("PerFrameFunctionalGroupsSequence");
  const frames = instance.format?.frames ?? 0;
  return Array.from({ length: frames }, (_, frame) => {
    const group = (keyword: string): DataSet =>
      perFrame[frame]?.sequence(keyword)[0] ?? shared?.sequence(keyword)[0] ?? dataset;
    return sliceOf(instance, frame, group, perFrame.length > 0 ? perFrame[frame] : undefined);
  });
}

function sliceOf(
  instance: DicomInstance,
  frame: number,
  group: (keyword: string) => DataSet,
  own: DataSet | undefined,
): Slice {
  const { dataset } = instance.file;
  const measures = group("PixelMeasuresSequence");
  const content = group("FrameContentSequence");
  const echo = group("MREchoSequence");
  const frameType = group("MRImageFrameTypeSequence");
  const orientation = orientationOf(group("PlaneOrientationSequence").numbers("ImageOrientationPatient"));
  const text = (from: DataSet, ...keywords: string[]) => {
    for (const keyword of keywords) {
      const value = from.strings(keyword).join("\\");
      if (value !== "") return value;
    }
    return "";
  };
  return {
    instance,
    frame,
    position: positionOf(instance, frame, group("PlanePositionSequence").numbers("ImagePositionPatient"), orientation),
    orientation,
    pixelSpacing: spacingOf(measures) ?? spacingOf(dataset),
    thickness: positive(measures.number("SliceThickness")),
    spacingBetween: positive(measures.number("SpacingBetweenSlices")),
    instanceNumber:
      own === undefined ? dataset.number("InstanceNumber") : (content.number("InStackPositionNumber") ?? frame + 1),
    traits: {
      imageType: text(frameType, "FrameType", "ImageType"),
      echo: text(echo, "EffectiveEchoTime") || text(dataset, "EchoNumbers", "EchoTime"),
      bValue: bValueOf(group("MRDiffusionSequence"), dataset),
      temporal: text(content, "TemporalPositionIndex", "TemporalPositionIdentifier"),
      acquisition: text(content, "FrameAcquisitionNumber", "AcquisitionNumber"),
      trigger: text(dataset, "TriggerTime"),
      stack: text(content, "StackID"),
      acquiredAt: text(content, "FrameAcquisitionDateTime", "AcquisitionDateTime", "AcquisitionTime"),
      agent: text(dataset, "ContrastBolusAgent"),
    },
    rescaleFrom: group("PixelValueTransformationSequence"),
  };
}

const positive = (value: number | undefined) => (value !== undefined && value > 0 ? value : undefined);

function spacingOf(measures: DataSet): [number, number] | undefined {
  const [row, column] = measures.numbers("PixelSpacing");
  return row > 0 && column > 0 ? [row, column] : undefined;
}

/** Direction cosines, made unit length; undefined when they are missing, zero or not at right angles (to 2 degrees). */
function orientationOf(values: readonly number[]): [Vector, Vector] | undefined {
  if (values.length < 6 || !values.slice(0, 6).every(Number.isFinite)) return undefined;
  const row: Vector = [values[0], values[1], values[2]];
  const column: Vector = [values[3], values[4], values[5]];
  const product = row[0] * column[0] + row[1] * column[1] + row[2] * column[2];
  const lengths = Math.hypot(...row) * Math.hypot(...column);
  if (lengths < 0.25 || Math.abs(product) / lengths > 0.035) return undefined;
  return [normalize(row), normalize(column)];
}

function positionOf(
  instance: DicomInstance,
  frame: number,
  values: readonly number[],
  orientation: readonly [Vector, Vector] | undefined,
): Vector | undefined {
  if (values.length < 3 || !values.slice(0, 3).every(Number.isFinite)) return undefined;
  const first: Vector = [values[0], values[1], values[2]];
  // A dose grid gives one position and the distance of every plane from it.
  const offset =
    instance.kind === "rt-dose" ? instance.file.dataset.numbers("GridFrameOffsetVector")[frame] : undefined;
  if (offset === undefined || orientation === undefined) return first;
  const [r, c] = orientation;
  const normal = [r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]];
  return [first[0] + normal[0] * offset, first[1] + normal[1] * offset, first[2] + normal[2] * offset];
}

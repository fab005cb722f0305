/** The description of a file for series assembly: patient, series and, for each frame, the position of the slice and its distinguishing attributes. */
import type { ByteSource } from "../../../bytes/index.ts";
import type { Vector } from "../../geometry/index.ts";
import type { Limits, Warning } from "../../types.ts";
import type { DataSet } from "../parse/data-set.ts";
import { encryptedPixels } from "../parse/encrypted.ts";
import type { DicomFile } from "../parse/parse.ts";
import { readDicomHeader } from "../parse/source.ts";
import { type PixelFormat, pixelFormatOf, pixelTagOf } from "../pixels/pixel-format.ts";
import { type FrameGeometry, spreadFrames, statedGeometry, stationOf } from "./frames/geometry.ts";
import { type FrameMeaning, meaningOf } from "./frames/meaning.ts";
import { type Cut, type Mosaic, mosaicOf, tileOf, tilePosition } from "./frames/mosaic.ts";
import { type Group, type Traits, traitsOf } from "./frames/traits.ts";
import { type ObjectKind, objectKindOf } from "./object-kind.ts";

/** A DICOM object with the attributes by which it is assigned to a series; the pixels are read later. */
export interface DicomInstance {
  readonly file: DicomFile;
  readonly source: ByteSource;
  readonly kind: ObjectKind;
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly patientID: string;
  /** Empty if not stated. */
  readonly issuerOfPatientID: string;
  readonly modality: string;
  /** Absent for objects without pixels. */
  readonly format?: PixelFormat;
  readonly warnings: readonly Warning[];
}

/** One slice: a frame of an instance, or a tile of a mosaic. */
export interface Slice {
  readonly instance: DicomInstance;
  /** From 0. */
  readonly frame: number;
  /** Size of the slice: that of the frame, or of one tile of it. */
  readonly rows: number;
  readonly columns: number;
  /** The part of the frame that is the slice, for a mosaic. */
  readonly cut?: Cut;
  /** Centre of the first pixel, LPS millimetres. */
  readonly position?: Vector;
  /** Unit vectors along a row (to higher columns) and down a column. */
  readonly orientation?: readonly [row: Vector, column: Vector];
  /** Why the position was not taken directly from the header. */
  readonly assumed?: string;
  /** Millimetres between rows, and between columns. */
  readonly pixelSpacing?: readonly [row: number, column: number];
  readonly thickness?: number;
  readonly spacingBetween?: number;
  readonly instanceNumber?: number;
  /** The dimension along which the instance's frames differ. */
  readonly meaning: FrameMeaning;
  readonly traits: Traits;
  /** The functional group item (or data set) with this frame's rescale. */
  readonly rescaleFrom: DataSet;
}

/** Objects that are useless without pixels. */
const picture: ReadonlySet<ObjectKind> = new Set(["image", "secondary-capture", "whole-slide", "other"]);

const encryptedAttributes = (where: string): Warning => ({
  code: "dicom/encrypted-attributes",
  message: "some attributes are encrypted and cannot be read; the unencrypted ones are used",
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
  const warnings = [...file.warnings];
  const note = (message: string) => warnings.push({ code: "dicom/contradiction", message, where: source.name });
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
    issuerOfPatientID: dataset.string("IssuerOfPatientID")?.trim() ?? "",
    modality: dataset.string("Modality") ?? "",
    format: hasPixels ? pixelFormatOf(file, limits, note) : undefined,
    warnings: sealed ? [...warnings, encryptedAttributes(source.name)] : warnings,
  };
}

/** The slices of an instance, with the shared and per-frame functional groups of enhanced objects (PS3.3 C.7.6.16) resolved. */
export function slicesOf(instance: DicomInstance): Slice[] {
  const { dataset } = instance.file;
  const { format } = instance;
  if (format === undefined) return [];
  const shared = dataset.sequence("SharedFunctionalGroupsSequence")[0];
  const perFrame = dataset.sequence("PerFrameFunctionalGroupsSequence");
  const groupOf =
    (frame: number): Group =>
    (keyword) =>
      perFrame[frame]?.sequence(keyword)[0] ?? shared?.sequence(keyword)[0] ?? dataset;
  const numbers = Array.from({ length: format.frames }, (_, frame) => frame);
  const stated = numbers.map((frame) => statedGeometry(dataset, frame, groupOf(frame)));
  const places = new Set(stated.map(({ position }) => position?.join(" ")));
  const meaning = meaningOf(dataset, instance.sopClassUID, places.size);
  const geometry = spreadFrames(dataset, stated, meaning);
  const slices = numbers.map((frame) =>
    sliceOf(instance, frame, geometry[frame], meaning, groupOf(frame), perFrame[frame]),
  );
  const mosaic = mosaicOf(dataset, format.rows, format.columns);
  return mosaic === undefined || mosaic === "unknown" ? slices : slices.flatMap((slice) => tilesOf(slice, mosaic));
}

function sliceOf(
  instance: DicomInstance,
  frame: number,
  geometry: FrameGeometry,
  meaning: FrameMeaning,
  group: Group,
  own: DataSet | undefined,
): Slice {
  const { dataset } = instance.file;
  const { rows, columns } = instance.format!;
  const measures = group("PixelMeasuresSequence");
  const content = group("FrameContentSequence");
  return {
    instance,
    frame,
    rows,
    columns,
    ...geometry,
    pixelSpacing: spacingOf(measures) ?? spacingOf(dataset),
    thickness: positive(measures.number("SliceThickness")),
    spacingBetween: positive(Math.abs(measures.number("SpacingBetweenSlices") ?? 0)),
    instanceNumber:
      own === undefined ? dataset.number("InstanceNumber") : (content.number("InStackPositionNumber") ?? frame + 1),
    meaning,
    traits: traitsOf(dataset, frame, group, stationOf(geometry)),
    rescaleFrom: group("PixelValueTransformationSequence"),
  };
}

function tilesOf(slice: Slice, mosaic: Mosaic): Slice[] {
  const { position, orientation, pixelSpacing, rows, columns, spacingBetween, thickness } = slice;
  const step = spacingBetween ?? thickness ?? 1;
  return Array.from({ length: mosaic.slices }, (_, tile) => {
    const own =
      position !== undefined && orientation !== undefined
        ? tilePosition(mosaic, tile, columns, rows, position, orientation, pixelSpacing ?? [1, 1], step)
        : undefined;
    return {
      ...slice,
      rows: mosaic.height,
      columns: mosaic.width,
      cut: tileOf(mosaic, tile),
      instanceNumber: (slice.instanceNumber ?? 0) * mosaic.slices + tile,
      ...(own && { position: own }),
    };
  });
}

const positive = (value: number | undefined) => (value !== undefined && value > 0 ? value : undefined);

function spacingOf(measures: DataSet): [number, number] | undefined {
  const [row, column] = measures.numbers("PixelSpacing");
  return row > 0 && column > 0 ? [row, column] : undefined;
}

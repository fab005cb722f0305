/** Where an image lies in the patient, as objects derived from it repeat it. */
import type { DataSet as SourceDataSet } from "../../imaging/dicom/index.ts";
import { type DataSet, decimal } from "./file.ts";

/** Where an image lies in the patient. */
export interface Geometry {
  readonly frameOfReference: string;
  readonly position: readonly number[];
  readonly orientation: readonly number[];
  readonly measures: DataSet;
}

/** Undefined for an image without a position in the patient: its masks then lie where the image lies. */
export function geometryOf(header: SourceDataSet, frame = 1): Geometry | undefined {
  const macro = (keyword: string) =>
    header.sequence("PerFrameFunctionalGroupsSequence")[frame - 1]?.sequence(keyword)[0] ??
    header.sequence("SharedFunctionalGroupsSequence")[0]?.sequence(keyword)[0] ??
    header;
  const frameOfReference = header.string("FrameOfReferenceUID");
  const position = macro("PlanePositionSequence").numbers("ImagePositionPatient");
  const orientation = macro("PlaneOrientationSequence").numbers("ImageOrientationPatient");
  const measures = macro("PixelMeasuresSequence");
  const spacing = measures.numbers("PixelSpacing");
  if (!frameOfReference || position.length !== 3 || orientation.length !== 6 || spacing.length !== 2) return undefined;
  const between = measures.number("SpacingBetweenSlices");
  const thickness = measures.number("SliceThickness") ?? between;
  return {
    frameOfReference,
    position,
    orientation,
    measures: {
      ...(thickness !== undefined && { SliceThickness: decimal(thickness) }),
      ...(between !== undefined && between > 0 && { SpacingBetweenSlices: decimal(between) }),
      PixelSpacing: spacing.map(decimal),
    },
  };
}

/** Orientation and pixel spacing, which frames usually share. */
export function placeMacros(geometry: Geometry | undefined): DataSet {
  if (geometry === undefined) return {};
  return {
    PlaneOrientationSequence: [{ ImageOrientationPatient: geometry.orientation.map(decimal) }],
    PixelMeasuresSequence: [geometry.measures],
  };
}

/** The dimension of frames after their segment: where they lie in the patient, or their order. */
export const inPatient: DataSet = {
  DimensionIndexPointer: "00200032",
  FunctionalGroupPointer: "00209113",
  DimensionDescriptionLabel: "ImagePositionPatient",
};
export const inStack: DataSet = {
  DimensionIndexPointer: "00209057",
  FunctionalGroupPointer: "00209111",
  DimensionDescriptionLabel: "InStackPositionNumber",
};

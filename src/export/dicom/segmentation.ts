/**
 * The outlines of a review as DICOM Segmentation objects (PS3.3 A.51), binary: one segment for each region or ellipse
 * a person drew, over the images on which it was drawn.
 *
 * A segment claims no more than that: its type is "region of interest", its algorithm type MANUAL, and what the person
 * called it is its label. A pixel belongs to it if its centre lies inside the outline. Boxes never become segments: that
 * would claim the outline of a finding that nobody drew. Left out are outlines on slides, whose pixels are too many, and
 * those on planes across a volume that has no DICOM identifiers; they are kept in the report.
 *
 * Over 300 lines because the attributes of the object, its geometry and the drawing of its pixels have to agree and are read together.
 */
import type { DataSet as SourceDataSet } from "../../imaging/dicom/index.ts";
import { isOutline, type Measure, visitEnclosed } from "../../study/display/measures.ts";
import type { Study } from "../../study/types.ts";
import type { TaskResult } from "../../task/result.ts";
import { derivedUid, sha256 } from "../identifier.ts";
import { product } from "../product.ts";
import type { Reviewed } from "../reviewed.ts";
import type { ImageReference } from "./content.ts";
import { type DataSet, type DicomFile, decimal, dicomInstant, encodeDicom, shortText } from "./file.ts";
import { masksAcross, placedMark } from "./marks.ts";
import type { SourceHeaders } from "./presentation-state.ts";
import { personName } from "./report-tree.ts";
import { collectSources, type Sources } from "./sources.ts";

const segmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4";
type Code = readonly [value: string, scheme: string, meaning: string];
const spatialConcept: Code = ["309825002", "SCT", "Spatial and Relational Concept"];
const regionOfInterest: Code = ["C85402", "NCIt", "Imaging Region of Interest"];

/** Where an image lies in the patient. */
interface Geometry {
  readonly frameOfReference: string;
  readonly position: readonly number[];
  readonly orientation: readonly number[];
  readonly measures: DataSet;
}

interface MaskFrame {
  readonly reference: ImageReference;
  readonly geometry: Geometry | undefined;
  /** One byte a pixel, `[row, column]`. */
  readonly mask: Uint8Array;
}

interface Segment {
  readonly mark: Measure;
  readonly frames: readonly MaskFrame[];
}

/** Segments of one file: images of one series, one size and one frame of reference. */
interface Group {
  readonly seriesInstanceUID: string;
  readonly rows: number;
  readonly columns: number;
  readonly frameOfReference: string | undefined;
  /** Attributes of lossy compression, which a derived image inherits. */
  readonly lossy: DataSet;
  readonly segments: Segment[];
}

/**
 * @param at the time of the files; equal reviews and times give equal bytes and UIDs.
 * @param headers of the source instances, and of captures made for this result.
 * @returns one file for each series and image size; empty if nothing was outlined.
 */
export async function toSegmentations(
  result: TaskResult,
  study: Study,
  { at, reviewed, headers }: { at: Date; reviewed?: Reviewed; headers: SourceHeaders },
): Promise<DicomFile[]> {
  const outlines = (reviewed?.marks ?? []).filter(isOutline);
  if (outlines.length === 0) return [];
  const sources = collectSources(result, study, at, reviewed);
  const groups = new Map<string, Group>();
  for (const mark of outlines) {
    const series = sources.series.find(({ part }) => part === mark.part);
    if (series?.studyInstanceUID !== sources.header.studyInstanceUID) continue;
    const drawn = await framesOf(mark, study, sources, headers);
    if (drawn === undefined) continue;
    const { rows, columns, lossy, frames } = drawn;
    const frameOfReference = frames[0].geometry?.frameOfReference;
    const key = JSON.stringify([series.seriesInstanceUID, rows, columns, frameOfReference]);
    const group: Group = groups.get(key) ?? {
      seriesInstanceUID: series.seriesInstanceUID,
      rows,
      columns,
      frameOfReference,
      lossy,
      segments: [],
    };
    group.segments.push({ mark, frames });
    groups.set(key, group);
  }
  const content = sha256(JSON.stringify([result, reviewed]));
  return [...groups.values()].map((group, i) => encodeDicom(segmentationOf(group, i, content, sources, at, reviewed)));
}

/** The images with pixels inside the outline; undefined if there are none that an instance shows. */
async function framesOf(mark: Measure, study: Study, sources: Sources, headers: SourceHeaders) {
  const part = study.parts[mark.part];
  if (part.kind !== "image" && part.kind !== "volume" && part.kind !== "document") return undefined;
  const masks: { reference: ImageReference; fill: (mask: Uint8Array, columns: number, rows: number) => void }[] = [];
  if (part.kind === "volume" && (mark.across ?? 2) !== 2) {
    if (part.origin.dicom === undefined) return undefined;
    for (const [z, enclosed] of [...masksAcross(mark, part)].sort(([a], [b]) => a - b)) {
      const source = sources.findStored(mark.part, z);
      if (source === undefined) return undefined;
      masks.push({ reference: source.reference, fill: (mask) => mask.set(enclosed) });
    }
  } else {
    const placed = placedMark(mark, part, sources);
    if (placed === undefined) return undefined;
    masks.push({
      reference: placed.source.reference,
      fill: (mask, columns, rows) =>
        visitEnclosed({ kind: mark.kind, points: placed.points }, columns, rows, (x, y) => {
          mask[y * columns + x] = 1;
        }),
    });
  }
  const [size] = part.kind === "volume" ? [[part.volume.shape[1], part.volume.shape[2]]] : [undefined];
  const frames: MaskFrame[] = [];
  let image: { rows: number; columns: number; lossy: DataSet } | undefined;
  for (const { reference, fill } of masks) {
    const header = await headers(reference.sopInstanceUID);
    const [rows, columns] = [header?.number("Rows"), header?.number("Columns")];
    if (!header || !rows || !columns) return undefined;
    // A mask made for the volume fits its own slices only.
    if (masks.length > 1 && (rows !== size?.[0] || columns !== size[1])) return undefined;
    image ??= { rows, columns, lossy: lossyOf(header) };
    const mask = new Uint8Array(rows * columns);
    fill(mask, columns, rows);
    if (mask.includes(1)) frames.push({ reference, geometry: geometryOf(header, reference.frame), mask });
  }
  return image && frames.length > 0 ? { ...image, frames } : undefined;
}

/** Undefined for an image without a position in the patient: its masks then lie where the image lies. */
function geometryOf(header: SourceDataSet, frame = 1): Geometry | undefined {
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

function lossyOf(header: SourceDataSet): DataSet {
  if (header.string("LossyImageCompression") !== "01") return { LossyImageCompression: "00" };
  const ratios = header.numbers("LossyImageCompressionRatio");
  const method = header.string("LossyImageCompressionMethod");
  return {
    LossyImageCompression: "01",
    ...(ratios.length > 0 && { LossyImageCompressionRatio: ratios }),
    ...(method !== undefined && { LossyImageCompressionMethod: method.split("\\") }),
  };
}

const coded = ([CodeValue, CodingSchemeDesignator, CodeMeaning]: Code): DataSet[] => [
  { CodeValue, CodingSchemeDesignator, CodeMeaning },
];

function segmentationOf(
  { seriesInstanceUID, rows, columns, frameOfReference, lossy, segments }: Group,
  i: number,
  content: string,
  sources: Sources,
  at: Date,
  reviewed: Reviewed | undefined,
): DataSet {
  const { date, time, offset } = dicomInstant(at);
  const signed = reviewed?.signed;
  const frames = segments.flatMap((segment, s) => segment.frames.map((frame) => ({ ...frame, segment: s + 1 })));
  const ranks = ranksOf(frames);
  const organization = derivedUid("segmentation-dimensions", content, at.toISOString(), String(i));
  const second = frameOfReference === undefined ? inStack : inPatient;
  const [shared, ...apart] = [...new Set(frames.map(({ geometry }) => JSON.stringify(placeMacros(geometry))))];
  const alike = apart.length === 0;
  return {
    ...sources.header.dataSet,
    SOPClassUID: segmentationStorage,
    SOPInstanceUID: derivedUid("segmentation", content, at.toISOString(), String(i)),
    ImageType: ["DERIVED", "PRIMARY"],
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    TimezoneOffsetFromUTC: offset,
    Modality: "SEG",
    SeriesInstanceUID: derivedUid("segmentation-series", content, at.toISOString()),
    SeriesNumber: 992,
    SeriesDate: date,
    SeriesTime: time,
    SeriesDescription: shortText(
      signed === undefined
        ? "Outlines of an unsigned report, not for clinical use"
        : "Outlines of a signed report, research only, not for clinical use",
    ),
    InstanceNumber: i + 1,
    ContentDate: date,
    ContentTime: time,
    ContentLabel: "OUTLINES",
    ContentDescription: "Research software, not for clinical use",
    ContentCreatorName: signed === undefined ? "" : personName(signed.name),
    Manufacturer: product.name,
    ManufacturerModelName: product.name,
    DeviceSerialNumber: "none",
    SoftwareVersions: product.version,
    // Type 2C: required where no position says how the image lies.
    ...(frameOfReference === undefined
      ? { PatientOrientation: "" }
      : { FrameOfReferenceUID: frameOfReference, PositionReferenceIndicator: "" }),
    ReferencedSeriesSequence: [
      {
        SeriesInstanceUID: seriesInstanceUID,
        ReferencedInstanceSequence: [
          ...new Map(frames.map(({ reference }) => [reference.sopInstanceUID, reference.sopClassUID])),
        ].map(([ReferencedSOPInstanceUID, ReferencedSOPClassUID]) => ({
          ReferencedSOPClassUID,
          ReferencedSOPInstanceUID,
        })),
      },
    ],
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: organization }],
    DimensionIndexSequence: [
      {
        DimensionOrganizationUID: organization,
        DimensionIndexPointer: "0062000B",
        FunctionalGroupPointer: "0062000A",
        DimensionDescriptionLabel: "ReferencedSegmentNumber",
      },
      { DimensionOrganizationUID: organization, ...second },
    ],
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    NumberOfFrames: frames.length,
    Rows: rows,
    Columns: columns,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    ...lossy,
    SegmentationType: "BINARY",
    SegmentSequence: segments.map(({ mark }, s) => segmentItem(mark, s + 1)),
    SharedFunctionalGroupsSequence: [alike ? (JSON.parse(shared) as DataSet) : {}],
    PerFrameFunctionalGroupsSequence: frames.map(({ reference, geometry, segment }, f) => ({
      DerivationImageSequence: [
        {
          SourceImageSequence: [
            {
              ReferencedSOPClassUID: reference.sopClassUID,
              ReferencedSOPInstanceUID: reference.sopInstanceUID,
              ...(reference.frame !== undefined && { ReferencedFrameNumber: reference.frame }),
              PurposeOfReferenceCodeSequence: coded(["121322", "DCM", "Source image for image processing operation"]),
              SpatialLocationsPreserved: "YES",
            },
          ],
          DerivationCodeSequence: coded(["113076", "DCM", "Segmentation"]),
        },
      ],
      FrameContentSequence: [
        {
          ...(geometry === undefined && { StackID: "1", InStackPositionNumber: ranks[f] }),
          DimensionIndexValues: [segment, ranks[f]],
        },
      ],
      ...(geometry && { PlanePositionSequence: [{ ImagePositionPatient: geometry.position.map(decimal) }] }),
      ...(alike ? {} : placeMacros(geometry)),
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
    })),
    PixelData: packed(
      frames.map(({ mask }) => mask),
      rows * columns,
    ),
  };
}

const inPatient: DataSet = {
  DimensionIndexPointer: "00200032",
  FunctionalGroupPointer: "00209113",
  DimensionDescriptionLabel: "ImagePositionPatient",
};
const inStack: DataSet = {
  DimensionIndexPointer: "00209057",
  FunctionalGroupPointer: "00209111",
  DimensionDescriptionLabel: "InStackPositionNumber",
};

/** Orientation and pixel spacing, which frames usually share. */
function placeMacros(geometry: Geometry | undefined): DataSet {
  if (geometry === undefined) return {};
  return {
    PlaneOrientationSequence: [{ ImageOrientationPatient: geometry.orientation.map(decimal) }],
    PixelMeasuresSequence: [geometry.measures],
  };
}

/** Position of each frame along the normal of its plane, or in the order of its images; from 1, equal ones equal. */
function ranksOf(frames: readonly MaskFrame[]): number[] {
  const along = frames.map(({ geometry, reference }) => {
    if (geometry === undefined) return `${reference.sopInstanceUID} ${String(reference.frame ?? 0).padStart(8, "0")}`;
    const [a, b, c, d, e, f] = geometry.orientation;
    const normal = [b * f - c * e, c * d - a * f, a * e - b * d];
    return geometry.position.reduce((sum, value, axis) => sum + value * normal[axis], 0);
  });
  const sorted = [...new Set(along)].sort((a, b) => (a < b ? -1 : 1));
  return along.map((value) => sorted.indexOf(value) + 1);
}

function segmentItem(mark: Measure, number: number): DataSet {
  const label = shortText(mark.label || (mark.kind === "ellipse" ? `Ellipse ${number}` : `Region ${number}`));
  return {
    SegmentNumber: number,
    SegmentLabel: label,
    SegmentDescription: "Outline drawn by a person",
    SegmentAlgorithmType: "MANUAL",
    SegmentedPropertyCategoryCodeSequence: coded(spatialConcept),
    SegmentedPropertyTypeCodeSequence: coded(regionOfInterest),
    TrackingID: label,
    TrackingUID: derivedUid("region", mark.id),
  };
}

/** One bit a pixel, frames one after the other without padding between them, the first pixel in the lowest bit (PS3.5 8.1.1). */
function packed(masks: readonly Uint8Array[], pixels: number): Uint8Array {
  const bytes = Math.ceil((masks.length * pixels) / 8);
  const bits = new Uint8Array(bytes + (bytes % 2));
  masks.forEach((mask, m) => {
    for (let i = 0, at = m * pixels; i < pixels; i++, at++) if (mask[i] === 1) bits[at >> 3] |= 1 << (at & 7);
  });
  return bits;
}

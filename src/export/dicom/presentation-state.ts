/**
 * The boxes of an answer, and the measurements and outlines of a review, over their source images as a Grayscale Softcopy Presentation State (PS3.3 A.33.1), which
 * viewers offer beside the image and which changes no pixel.
 *
 * A presentation state replaces how an image is displayed, so it repeats the source's rescale, window and polarity:
 * otherwise a CT would be displayed over its full range. Where these cannot be repeated exactly there is no state, and
 * the boxes are in the structured report only: colour images, lookup tables instead of a rescale or window, priors of
 * another study, reformatted slices. A measurement on a plane across the slices has no source image.
 */
import type { DataSet as SourceDataSet } from "../../imaging/dicom/index.ts";
import type { Measure, PlanePoint } from "../../study/display/measures.ts";
import type { Study } from "../../study/types.ts";
import type { LocatedBox, TaskResult } from "../../task/result.ts";
import { derivedUid, sha256 } from "../identifier.ts";
import { product } from "../product.ts";
import type { Reviewed } from "../reviewed.ts";
import { statementsOf } from "../statements.ts";
import type { ImageReference } from "./content.ts";
import { type DataSet, type DicomFile, dicomInstant, encodeDicom, shortText } from "./file.ts";
import { placedMark, wordsOf } from "./marks.ts";
import { personName } from "./report-tree.ts";
import { collectSources, type Sources } from "./sources.ts";

const greyscaleState = "1.2.840.10008.5.1.4.1.1.11.1";
const layer = "BOXES";

/** The data set of a source instance; undefined if not available. */
export type SourceHeaders = (sopInstanceUID: string) => Promise<SourceDataSet | undefined>;

/** A shape and its words on one image, in its pixels from the top left corner (PS3.3 C.10.5.1.2). */
interface Drawn {
  readonly reference: ImageReference;
  readonly words: string;
  readonly type: "POLYLINE" | "ELLIPSE";
  /** A closed line ends where it begins; an ellipse has the ends of its major, then of its minor axis. */
  readonly points: readonly PlanePoint[];
  /** Where the words begin. */
  readonly anchor: PlanePoint;
}

/** Images of one series that are displayed alike. */
interface Group {
  readonly seriesInstanceUID: string;
  readonly display: DataSet;
  readonly drawn: Drawn[];
}

/**
 * @param at the time of the states; equal results and times give equal bytes and UIDs.
 * @param headers of the source instances, and of captures made for this result.
 * @returns one state for each series and kind of display; empty if nothing can be drawn.
 */
export async function toPresentationStates(
  result: TaskResult,
  study: Study,
  { at, reviewed, headers }: { at: Date; reviewed?: Reviewed; headers: SourceHeaders },
): Promise<DicomFile[]> {
  const { regions } = reviewed?.statements ?? statementsOf(result);
  const marks = reviewed?.marks ?? [];
  if (regions.length + marks.length === 0 || result.saw.images.length === 0) return [];
  const sources = collectSources(result, study, at, reviewed);
  const groups = new Map<string, Group>();
  const shapes = [
    ...regions.map((region) => ({ part: region.part, drawn: boxOf(region, sources) })),
    ...marks.map((mark) => ({ part: mark.part, drawn: markOf(mark, study, sources) })),
  ];
  for (const { part: number, drawn } of shapes) {
    const series = sources.series.find(({ part }) => part === number);
    if (drawn === undefined || series?.studyInstanceUID !== sources.header.studyInstanceUID) continue;
    const header = await headers(drawn.reference.sopInstanceUID);
    const display = header && displayOf(header);
    if (display === undefined) continue;
    const key = JSON.stringify([series.seriesInstanceUID, display]);
    const group = groups.get(key) ?? { seriesInstanceUID: series.seriesInstanceUID, display, drawn: [] };
    group.drawn.push(drawn);
    groups.set(key, group);
  }
  const content = sha256(JSON.stringify(reviewed === undefined ? result : [result, reviewed]));
  const signed = reviewed?.signed;
  const { date, time, offset } = dicomInstant(at);
  const common: DataSet = {
    ...sources.header.dataSet,
    SOPClassUID: greyscaleState,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    TimezoneOffsetFromUTC: offset,
    Modality: "PR",
    SeriesInstanceUID: derivedUid("state-series", content, at.toISOString()),
    SeriesNumber: 991,
    SeriesDate: date,
    SeriesTime: time,
    Laterality: "",
    SeriesDescription: shortText(
      signed === undefined
        ? "AI boxes, unverified, not for clinical use"
        : "Boxes of a signed report, research only, not for clinical use",
    ),
    Manufacturer: product.name,
    ManufacturerModelName: shortText(result.model.name),
    DeviceSerialNumber: result.model.hash ?? "unknown",
    SoftwareVersions: product.version,
    PresentationCreationDate: date,
    PresentationCreationTime: time,
    ContentLabel: signed === undefined ? "AI_UNVERIFIED" : "SIGNED_BOXES",
    ContentDescription: "Research software, not for clinical use",
    ContentCreatorName: signed === undefined ? "" : personName(signed.name),
  };
  return Promise.all(
    [...groups.values()].map(({ seriesInstanceUID, display, drawn }, i) =>
      encodeDicom({
        ...common,
        SOPInstanceUID: derivedUid("state", content, at.toISOString(), String(i)),
        InstanceNumber: i + 1,
        ReferencedSeriesSequence: [
          { SeriesInstanceUID: seriesInstanceUID, ReferencedImageSequence: referencesOf(drawn) },
        ],
        ...display,
        GraphicAnnotationSequence: drawn.map(annotation),
        GraphicLayerSequence: [
          { GraphicLayer: layer, GraphicLayerOrder: 1, GraphicLayerDescription: String(common.SeriesDescription) },
        ],
      }),
    ),
  );
}

/** How the source is displayed; undefined if a greyscale state cannot express it. */
function displayOf(header: SourceDataSet): DataSet | undefined {
  const photometric = header.string("PhotometricInterpretation");
  const [rows, columns] = [header.number("Rows"), header.number("Columns")];
  if (photometric !== "MONOCHROME1" && photometric !== "MONOCHROME2") return undefined;
  const tables = ["ModalityLUTSequence", "VOILUTSequence"].some((keyword) => header.sequence(keyword).length > 0);
  if (!rows || !columns || tables) return undefined;
  const shared = (macro: string) => header.sequence("SharedFunctionalGroupsSequence")[0]?.sequence(macro)[0] ?? header;
  // Frames may have different rescales or windows: one is repeated only if all frames share it.
  const own = header.sequence("PerFrameFunctionalGroupsSequence")[0];
  if (own?.sequence("PixelValueTransformationSequence").length || own?.sequence("FrameVOILUTSequence").length)
    return undefined;
  const rescale = shared("PixelValueTransformationSequence");
  const voi = shared("FrameVOILUTSequence");
  const [center] = voi.numbers("WindowCenter");
  const [width] = voi.numbers("WindowWidth");
  const spacing = shared("PixelMeasuresSequence").numbers("PixelSpacing");
  const [slope, intercept] = [rescale.number("RescaleSlope"), rescale.number("RescaleIntercept")];
  const shape = voi.string("VOILUTFunction");
  return {
    ...(slope !== undefined &&
      intercept !== undefined && {
        RescaleIntercept: intercept,
        RescaleSlope: slope,
        RescaleType: rescale.string("RescaleType") ?? (header.string("Modality") === "CT" ? "HU" : "US"),
      }),
    ...(Number.isFinite(center) &&
      width > 0 && {
        SoftcopyVOILUTSequence: [
          { WindowCenter: center, WindowWidth: width, ...(shape !== undefined && { VOILUTFunction: shape }) },
        ],
      }),
    PresentationLUTShape: photometric === "MONOCHROME1" ? "INVERSE" : "IDENTITY",
    DisplayedAreaSelectionSequence: [
      {
        DisplayedAreaTopLeftHandCorner: [1, 1],
        DisplayedAreaBottomRightHandCorner: [columns, rows],
        PresentationSizeMode: "SCALE TO FIT",
        ...(spacing.length === 2 && spacing.every((mm) => mm > 0)
          ? { PresentationPixelSpacing: spacing }
          : { PresentationPixelAspectRatio: [1, 1] }),
      },
    ],
  };
}

const referenceOf = ({ sopClassUID, sopInstanceUID, frame }: ImageReference): DataSet => ({
  ReferencedSOPClassUID: sopClassUID,
  ReferencedSOPInstanceUID: sopInstanceUID,
  ...(frame !== undefined && { ReferencedFrameNumber: frame }),
});

/** Each image once, with all its frames that are drawn on. */
function referencesOf(drawn: readonly Drawn[]): DataSet[] {
  const frames = new Map<string, { reference: ImageReference; frames: Set<number> }>();
  for (const { reference } of drawn) {
    const known = frames.get(reference.sopInstanceUID) ?? { reference, frames: new Set<number>() };
    if (reference.frame !== undefined) known.frames.add(reference.frame);
    frames.set(reference.sopInstanceUID, known);
  }
  return [...frames.values()].map(({ reference, frames }) => ({
    ...referenceOf(reference),
    ...(frames.size > 0 && { ReferencedFrameNumber: [...frames] }),
  }));
}

/** A closed rectangle with its label. */
function boxOf({ part, index, box, label }: LocatedBox, sources: Sources): Drawn | undefined {
  const source = sources.find(part, index);
  if (source === undefined) return undefined;
  const { reference, place } = source;
  const first = place(box.x0, box.y0);
  const points = [first, place(box.x1, box.y0), place(box.x1, box.y1), place(box.x0, box.y1), first];
  return { reference, words: label, type: "POLYLINE", points, anchor: first };
}

function markOf(mark: Measure, study: Study, sources: Sources): Drawn | undefined {
  const placed = placedMark(mark, study.parts[mark.part], sources);
  if (placed === undefined) return undefined;
  const { points, source } = placed;
  const anchor = points.reduce((right, point) => (point[0] > right[0] ? point : right));
  const common = { reference: source.reference, words: wordsOf(mark, study.parts[mark.part]), anchor };
  if (mark.kind !== "ellipse")
    return { ...common, type: "POLYLINE", points: mark.kind === "region" ? [...points, points[0]] : points };
  const [[x0, y0], [x1, y1]] = points;
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const across: PlanePoint[] = [
    [Math.min(x0, x1), cy],
    [Math.max(x0, x1), cy],
  ];
  const down: PlanePoint[] = [
    [cx, Math.min(y0, y1)],
    [cx, Math.max(y0, y1)],
  ];
  const wide = Math.abs(x1 - x0) >= Math.abs(y1 - y0);
  return { ...common, type: "ELLIPSE", points: wide ? [...across, ...down] : [...down, ...across] };
}

function annotation({ reference, words, type, points, anchor }: Drawn): DataSet {
  return {
    ReferencedImageSequence: [referenceOf(reference)],
    GraphicLayer: layer,
    TextObjectSequence: [
      {
        AnchorPointAnnotationUnits: "PIXEL",
        UnformattedTextValue: shortText(words, 200),
        AnchorPoint: [...anchor],
        AnchorPointVisibility: "N",
      },
    ],
    GraphicObjectSequence: [
      {
        GraphicAnnotationUnits: "PIXEL",
        GraphicDimensions: 2,
        NumberOfGraphicPoints: points.length,
        GraphicData: points.flat(),
        GraphicType: type,
        // Type 1C: only of closed shapes.
        ...((type === "ELLIPSE" || points[0] === points.at(-1)) && { GraphicFilled: "N" }),
      },
    ],
  };
}

/** What a report refers to besides its images: the presentation states and segmentations that were made with it. */
import { parseDicom } from "../../imaging/dicom/index.ts";
import type { ImageReference } from "./content.ts";
import type { DicomFile } from "./file.ts";
import type { SourceSeries } from "./sources.ts";

/** One outline, as a segment of a segmentation. */
export interface RelatedSegment {
  readonly reference: ImageReference;
  readonly label: string;
  /** The images on which it was drawn. */
  readonly sources: readonly ImageReference[];
}

export interface Related {
  /** Presentation states by the SOP Instance UID of the image over which they draw. */
  readonly states: ReadonlyMap<string, ImageReference>;
  /** The images of all states. */
  readonly drawnOn: readonly ImageReference[];
  readonly segments: readonly RelatedSegment[];
  /** For the evidence; in the report's own study. */
  readonly series: readonly Pick<SourceSeries, "seriesInstanceUID" | "instances">[];
}

const segmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4";

/** @param files of `toPresentationStates` and `toSegmentations`. */
export function relatedOf(files: readonly DicomFile[]): Related {
  const states = new Map<string, ImageReference>();
  const drawnOn: ImageReference[] = [];
  const segments: RelatedSegment[] = [];
  const series = files.map(({ sopClassUID, sopInstanceUID, bytes }) => {
    const { dataset } = parseDicom(bytes, { name: sopInstanceUID });
    const own = { sopClassUID, sopInstanceUID };
    const isSegmentation = sopClassUID === segmentationStorage;
    const sources = dataset
      .sequence("ReferencedSeriesSequence")
      .flatMap((one) => one.sequence(isSegmentation ? "ReferencedInstanceSequence" : "ReferencedImageSequence"))
      .map((one) => ({
        sopClassUID: one.string("ReferencedSOPClassUID") ?? "",
        sopInstanceUID: one.string("ReferencedSOPInstanceUID") ?? "",
      }));
    if (isSegmentation)
      for (const segment of dataset.sequence("SegmentSequence"))
        segments.push({
          reference: { ...own, segment: segment.number("SegmentNumber") ?? 1 },
          label: segment.string("SegmentLabel") ?? "",
          sources,
        });
    else
      for (const image of sources) {
        states.set(image.sopInstanceUID, own);
        drawnOn.push(image);
      }
    return { seriesInstanceUID: dataset.string("SeriesInstanceUID") ?? "", instances: [own] };
  });
  return { states, drawnOn, segments, series };
}

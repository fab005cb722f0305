/** The references of a report: the source instances of the parts a model saw, captured first where they have no DICOM identifiers. */
import { PolyclinicError } from "../../base/errors.ts";
import { isPictured, picturedPart } from "../../study/study.ts";
import type { Part, Study } from "../../study/types.ts";
import type { TaskResult } from "../../task/result.ts";
import type { Reviewed } from "../reviewed.ts";
import type { ImageReference } from "./content.ts";
import type { DataSet } from "./file.ts";
import { type Header, headerOf, type Identified, identify } from "./header.ts";
import type { Related } from "./related.ts";
import { type Capture, captureSeriesUid, capturesOf } from "./secondary-capture.ts";

export interface SourceImage {
  readonly reference: ImageReference;
  /** Source pixels of the part to pixels of the referenced image. */
  place(x: number, y: number): readonly [x: number, y: number];
}

export interface SourceSeries {
  /** Index into the study's parts. */
  readonly part: number;
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly instances: readonly ImageReference[];
}

export interface Sources {
  readonly header: Header;
  readonly series: readonly SourceSeries[];
  /** What the model was given, in reading order; for reformatted slices, all instances of the series. */
  readonly library: readonly { readonly part: number; readonly reference: ImageReference }[];
  /** The image of this slice, page or image of a part; undefined if no instance shows it (a reformatted slice). */
  find(part: number, index?: number): SourceImage | undefined;
  /** As `find`, for a slice of the part itself, also where the model saw a reformatted stack. */
  findStored(part: number, index?: number): SourceImage | undefined;
  /** Captures made because a part had no identifiers; to be stored with the report. */
  readonly captures: readonly Capture[];
}

/** RT Dose is not an image in DICOM's sense: a report cannot refer to it as one. */
const rtDose = "1.2.840.10008.5.1.4.1.1.481.2";

/** Single-frame image classes (PS3.4 B.5); files that violate this are referred to as a whole. */
const singleFrame = new Set(
  [
    "1",
    "1.1",
    "1.1.1",
    "1.2",
    "1.2.1",
    "1.3",
    "1.3.1",
    "2",
    "4",
    "6.1",
    "7",
    "77.1.1",
    "77.1.2",
    "77.1.3",
    "77.1.4",
    "128",
  ].map((end) => `1.2.840.10008.5.1.4.1.1.${end}`),
);

/** Frames count from 0 in a study, from 1 in DICOM. */
function referenceTo({ sopClassUID, sopInstanceUID, frame }: Identified["instances"][number]): ImageReference {
  const counted = frame !== undefined && !singleFrame.has(sopClassUID);
  return { sopClassUID, sopInstanceUID, ...(counted && { frame: frame + 1 }) };
}

type Finder = (index: number) => SourceImage | undefined;

/**
 * @param reviewed adds the images on which people drew, which the model may not have seen.
 * @throws `export/no-images` when the answer was given without any image.
 */
export function collectSources(
  { saw, finishReason }: TaskResult,
  study: Study,
  at: Date,
  reviewed?: Reviewed,
): Sources {
  // A computed answer is based on texts: its report belongs to the record's own patient and refers to no image. A
  // report written by a person alone is about images.
  if (finishReason === "computed" && saw.images.length === 0)
    return {
      header: headerOf(study.parts, at),
      series: [],
      captures: [],
      find: () => undefined,
      findStored: () => undefined,
      library: [],
    };
  if (saw.images.length === 0) {
    throw new PolyclinicError("export/no-images", "a structured report requires images to which it refers", {
      expected: "a result about at least one image",
      found: "an answer from text alone",
      hint: "Export the result as JSON or FHIR.",
    });
  }
  const drawn = drawnPlaces(study, reviewed);
  const parts = [...new Set([...saw.images, ...drawn].map(({ part }) => part))].sort((a, b) => a - b);
  const header = headerOf(
    parts.map((part) => study.parts[part]),
    at,
  );
  const series: SourceSeries[] = [];
  const captures: Capture[] = [];
  const finders = new Map<number, Finder>();
  const stored = new Map<number, Finder>();
  const cutAcross = new Set<number>();

  for (const number of parts) {
    const part = picturedPart(study, number);
    const seen = saw.images.filter((image) => image.part === number);
    const reformatted = seen.some((image) => image.reformatted);
    const identified = identify(part);
    if (identified?.instances.every(({ sopClassUID }) => sopClassUID !== rtDose)) {
      const instances = identified.instances.map(referenceTo);
      series.push({ part: number, ...identified, instances });
      if (reformatted) cutAcross.add(number);
      stored.set(number, instanceFinder(part, instances));
      finders.set(number, reformatted ? () => undefined : stored.get(number)!);
      continue;
    }
    // People draw on the slices of the file, which captures of a reformatted stack do not show.
    const also = reformatted ? [] : drawn.filter((place) => place.part === number);
    const indices = [...new Set([...seen, ...also].map(({ index = 0 }) => index))].sort((a, b) => a - b);
    const captured = capturesOf(part, indices, reformatted, 900 + number, header, at);
    captures.push(...captured);
    series.push({
      part: number,
      studyInstanceUID: header.studyInstanceUID,
      seriesInstanceUID: captureSeriesUid(part),
      instances: captured,
    });
    finders.set(number, captureFinder(part, captured));
    if (!reformatted) stored.set(number, finders.get(number)!);
  }

  const find = (part: number, index = 0) => finders.get(part)?.(index);
  const findStored = (part: number, index = 0) => stored.get(part)?.(index);
  const library = parts.flatMap((part) => {
    if (cutAcross.has(part))
      return series
        .filter((one) => one.part === part)
        .flatMap(({ instances }) => instances.map((reference) => ({ part, reference })));
    return saw.images.flatMap((image) => {
      const source = image.part === part ? find(part, image.index) : undefined;
      return source === undefined ? [] : [{ part, reference: source.reference }];
    });
  });
  return { header, series, captures, find, findStored, library: distinct(library) };
}

/** Slices, pages or frames of a part; 0 for one that is no image, or that the study no longer has. */
function countOf(part: Part | undefined): number {
  if (part === undefined || !isPictured(part)) return 0;
  switch (part.kind) {
    case "volume":
      return part.volume.shape[0];
    case "document":
      return part.pages.length;
    case "video":
      return part.video.times.length;
    default:
      return 1;
  }
}

/** Where a person drew, of what can be seen: boxes, measurements and outlines. */
function drawnPlaces(study: Study, reviewed: Reviewed | undefined): { part: number; index?: number }[] {
  const marks = (reviewed?.marks ?? []).filter(({ across = 2 }) => across === 2);
  return [...(reviewed?.statements.regions ?? []), ...marks]
    .filter(({ part, index = 0 }) => index < countOf(study.parts[part]))
    .map(({ part, index }) => ({ part, ...(index !== undefined && { index }) }));
}

/** A volume has one instance or frame per slice; everything else is represented by its first. */
function instanceFinder(part: Part, instances: readonly ImageReference[]): Finder {
  const bySlice = part.kind === "volume" || (part.kind === "image" && instances.length > 1);
  return (index) => {
    const instance = bySlice ? instances[index] : instances[0];
    return instance && { reference: instance, place: (x, y) => [x, y] };
  };
}

function captureFinder(part: Part, captures: readonly Capture[]): Finder {
  return (index) => {
    const found = captures.find(({ frames }) => frames.has(index)) ?? (part.kind === "slide" ? captures[0] : undefined);
    if (found === undefined) return undefined;
    const { sopClassUID, sopInstanceUID, frames } = found;
    return {
      reference: { sopClassUID, sopInstanceUID, frame: frames.get(index) },
      place: (x, y) => found.place(x, y, index),
    };
  };
}

/** Patches of one slide are one image. */
function distinct<T extends { readonly reference: ImageReference }>(entries: readonly T[]): T[] {
  const named = entries.map(
    (entry) => [`${entry.reference.sopInstanceUID}:${entry.reference.frame ?? ""}`, entry] as const,
  );
  return [...new Map(named).values()];
}

/** The evidence sequences (PS3.3 C.17.2.3): the report's own study, and others (priors) it is based on. */
export function evidence({ header, series }: Sources, related: Related["series"] = []): DataSet {
  const { studyInstanceUID } = header;
  const own = [
    ...series.filter((one) => one.studyInstanceUID === studyInstanceUID),
    ...related.map((one) => ({ ...one, studyInstanceUID })),
  ];
  const others = series.filter((one) => one.studyInstanceUID !== header.studyInstanceUID);
  return {
    ...(own.length > 0 && { CurrentRequestedProcedureEvidenceSequence: studies(own) }),
    ...(others.length > 0 && { PertinentOtherEvidenceSequence: studies(others) }),
  };
}

function studies(series: readonly Omit<SourceSeries, "part">[]): DataSet[] {
  const byStudy = new Map<string, Map<string, Map<string, string>>>();
  for (const { studyInstanceUID, seriesInstanceUID, instances } of series) {
    const ofStudy = byStudy.get(studyInstanceUID) ?? new Map<string, Map<string, string>>();
    byStudy.set(studyInstanceUID, ofStudy);
    const ofSeries = ofStudy.get(seriesInstanceUID) ?? new Map<string, string>();
    ofStudy.set(seriesInstanceUID, ofSeries);
    for (const { sopClassUID, sopInstanceUID } of instances) ofSeries.set(sopInstanceUID, sopClassUID);
  }
  return [...byStudy].map(([StudyInstanceUID, ofStudy]) => ({
    StudyInstanceUID,
    ReferencedSeriesSequence: [...ofStudy].map(([SeriesInstanceUID, ofSeries]) => ({
      SeriesInstanceUID,
      ReferencedSOPSequence: [...ofSeries].map(([ReferencedSOPInstanceUID, ReferencedSOPClassUID]) => ({
        ReferencedSOPClassUID,
        ReferencedSOPInstanceUID,
      })),
    })),
  }));
}

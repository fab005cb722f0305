/** What a report refers to: the source instances of the parts a model saw, captured first where they have no DICOM identifiers. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Part, Study } from "../../study/types.ts";
import type { AnyResult } from "../../task/result.ts";
import type { ImageReference } from "./content.ts";
import type { DataSet } from "./file.ts";
import { type Header, headerOf, identify } from "./header.ts";
import { type Capture, captureSeriesUid, capturesOf } from "./secondary-capture.ts";

export interface SourceImage extends ImageReference {
  /** Pixels of the referenced image per source pixel. */
  readonly scale: number;
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
  /** The instance that shows this slice, page or image of a part; undefined when the part was not seen. */
  find(part: number, index?: number): SourceImage | undefined;
  /** Captures made because a part had no identifiers; they belong beside the report. */
  readonly captures: readonly Capture[];
}

/** @throws `export/no-images` when the answer was given without any image. */
export function collectSources(result: AnyResult, study: Study, at: Date): Sources {
  const seen = new Map<number, Set<number>>();
  for (const { part, index = 0 } of result.saw.images) seen.set(part, (seen.get(part) ?? new Set()).add(index));
  if (seen.size === 0) {
    throw new PolyclinicError("export/no-images", "a structured report needs images to refer to", {
      expected: "a result about at least one image",
      found: "an answer from text alone",
      hint: "Export it as JSON or FHIR.",
    });
  }
  const parts = [...seen.keys()].sort((a, b) => a - b);
  const header = headerOf(
    parts.map((part) => study.parts[part]),
    at,
  );
  const series: SourceSeries[] = [];
  const captures: Capture[] = [];
  const finders = new Map<number, (index: number) => SourceImage | undefined>();

  for (const number of parts) {
    const part = study.parts[number];
    const indices = [...seen.get(number)!].sort((a, b) => a - b);
    const identified = identify(part);
    if (identified !== undefined) {
      series.push({ part: number, ...identified });
      finders.set(number, instanceFinder(part, identified.instances));
      continue;
    }
    const captured = capturesOf(part, indices, 900 + number, header, at);
    captures.push(...captured);
    series.push({
      part: number,
      studyInstanceUID: header.studyInstanceUID,
      seriesInstanceUID: captureSeriesUid(part),
      instances: captured,
    });
    finders.set(number, (index) => {
      const found =
        captured.find(({ frames }) => frames.has(index)) ?? (part.kind === "slide" ? captured[0] : undefined);
      if (found === undefined) return undefined;
      const { sopClassUID, sopInstanceUID, scale } = found;
      return { sopClassUID, sopInstanceUID, frame: found.frames.get(index), scale };
    });
  }
  return { header, series, captures, find: (part, index = 0) => finders.get(part)?.(index) };
}

/** A volume has one instance or frame a slice; everything else is shown by its first. */
function instanceFinder(part: Part, instances: readonly ImageReference[]) {
  const bySlice = part.kind === "volume" || (part.kind === "image" && instances.length > 1);
  return (index: number): SourceImage | undefined => {
    const instance = bySlice ? instances[index] : instances[0];
    return instance && { ...instance, scale: 1 };
  };
}

/** The evidence sequences (PS3.3 C.17.2.3): the report's own study, and others (priors) it also rests on. */
export function evidence({ header, series }: Sources): DataSet {
  const own = series.filter((one) => one.studyInstanceUID === header.studyInstanceUID);
  const others = series.filter((one) => one.studyInstanceUID !== header.studyInstanceUID);
  return {
    ...(own.length > 0 && { CurrentRequestedProcedureEvidenceSequence: studies(own) }),
    ...(others.length > 0 && { PertinentOtherEvidenceSequence: studies(others) }),
  };
}

function studies(series: readonly SourceSeries[]): DataSet[] {
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

/** Assembled DICOM series as parts. */
import { PolyclinicError, throwIfAborted } from "../../../base/errors.ts";
import {
  cineOf,
  type DicomInstance,
  type DicomSeries,
  frameTimes,
  frameTimeWarnings,
  loadVolume,
  meaningNames,
  renderFrame,
  type Slice,
} from "../../../imaging/dicom/index.ts";
import { affineSpacing } from "../../../imaging/geometry/index.ts";
import { oddSliceWarnings } from "../../../imaging/odd-slices.ts";
import type { Limits, Warning } from "../../../imaging/types.ts";
import type { ImagePart, Part, VideoPart, VolumePart } from "../../types.ts";
import { type OpenStudyOptions, pixelShapeWarnings, type Reading } from "../read-part.ts";
import { dateWarnings, factsOf, originOf } from "./facts.ts";

/** Descriptions of series kept separate from the acquisition. */
const aside = {
  localizer: "a localizer, not part of the acquisition",
  "secondary-capture": "a secondary capture (a screenshot or a rendered page), not an acquired image",
} as const;

/** MedGemma's report has recipes for CT and MR volumes only; others get the MR one, and that is reported. */
const withRecipe = new Set(["CT", "MR"]);

/** A part before its pixels are decoded. */
export type ChosenSeries =
  | { readonly kind: "volume"; readonly series: DicomSeries }
  /** Frames of one object over time. */
  | { readonly kind: "video"; readonly series: DicomSeries }
  | {
      readonly kind: "image";
      readonly series: DicomSeries;
      readonly slice: Slice;
      /** Describes the frames that it represents but that are not shown. */
      readonly unshown?: string;
    };

/**
 * Selects the series that become parts. Localizers and secondary captures are used only if there is nothing else.
 */
export function chooseSeries(series: readonly DicomSeries[]): {
  chosen: ChosenSeries[];
  leftOut: { file: string; reason: string }[];
} {
  const chosen: ChosenSeries[] = [];
  const leftOut: { file: string; reason: string }[] = [];
  const acquired = series.filter(({ kind }) => !(kind in aside));
  for (const one of acquired.length > 0 ? acquired : series) {
    if (isStack(one)) {
      chosen.push({ kind: "volume", series: one });
      continue;
    }
    if (isFilm(one)) {
      chosen.push({ kind: "video", series: one });
      continue;
    }
    const { shown, reason } = chosenFrames(one);
    if (reason !== undefined) leftOut.push({ file: one.slices[0].instance.source.name, reason });
    for (const slice of shown)
      chosen.push({ kind: "image", series: one, slice, ...(reason !== undefined && { unshown: reason }) });
  }
  if (acquired.length > 0) {
    for (const { kind, slices } of series) {
      if (!(kind in aside)) continue;
      const files = new Set(slices.map(({ instance }) => instance.source.name));
      for (const file of files) leftOut.push({ file, reason: aside[kind as keyof typeof aside] });
    }
  }
  return { chosen, leftOut };
}

/** @param fail called with the instances of a series that cannot be decoded. */
export async function seriesParts(
  series: readonly DicomSeries[],
  options: OpenStudyOptions,
  limits: Limits,
  fail: (instance: DicomInstance, error: unknown) => void,
): Promise<Reading> {
  const parts: Part[] = [];
  const { chosen, leftOut } = chooseSeries(series);
  const failed = new Set<DicomSeries>();
  for (const one of chosen) {
    throwIfAborted(options.signal);
    if (failed.has(one.series)) continue;
    try {
      if (one.kind === "volume") parts.push(await volumePart(one.series, options, limits));
      else if (one.kind === "video") parts.push(await videoPart(one.series, limits));
      else parts.push(await imagePart(one, limits));
    } catch (error) {
      if (!PolyclinicError.is(error) || error.code.startsWith("abort/")) throw error;
      failed.add(one.series);
      for (const instance of new Set(one.series.slices.map((slice) => slice.instance))) fail(instance, error);
    }
  }
  return { parts, leftOut, warnings: [] };
}

function isStack({ kind, slices }: DicomSeries): boolean {
  return (kind === "volume" || kind === "stack") && slices[0].instance.format?.samplesPerPixel === 1;
}

/** Whether the frames are a time series with known times. */
function isFilm({ kind, slices: [{ instance, meaning }] }: DicomSeries): boolean {
  return kind === "cine" && meaning === "time" && frameTimes(instance) !== undefined;
}

/** The middle frame represents those that are not a video (angles, unknown times). Single images are all shown. */
function chosenFrames({ kind, slices }: DicomSeries): { shown: readonly Slice[]; reason?: string } {
  if (kind !== "cine" || slices.length === 1) return { shown: slices };
  const middle = slices[Math.floor((slices.length - 1) / 2)];
  const untimed = middle.meaning === "time" && frameTimes(middle.instance) === undefined;
  return {
    shown: [middle],
    reason: `${slices.length - 1} of ${slices.length} ${meaningNames[middle.meaning]}; only the middle one is shown${
      untimed ? ", because neither Frame Time Vector, Frame Time nor Cine Rate states times that ascend" : ""
    }`,
  };
}

async function volumePart(series: DicomSeries, options: OpenStudyOptions, limits: Limits): Promise<VolumePart> {
  const { signal, onProgress } = options;
  const { volume, warnings } = await loadVolume(series, {
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
    ...(limits.budget && { budget: limits.budget }),
  });
  const [column, row] = affineSpacing(volume.affine);
  const [{ instance }] = series.slices;
  const { dataset } = instance.file;
  const sequence =
    dataset.string("ConvolutionKernel") ?? dataset.string("SequenceName") ?? dataset.string("ScanningSequence");
  return {
    kind: "volume",
    ...factsOf(instance, "OT", series.label || undefined),
    origin: await originOf(series.slices.map(frameOf)),
    warnings: [
      ...series.warnings,
      ...warnings,
      ...dateWarnings(instance),
      ...recipeWarnings(series),
      ...oddSliceWarnings(volume, (z) => series.slices[z].instance.source.name),
      ...bodyPartWarnings(series),
      ...pixelShapeWarnings([row, column], instance.source.name),
    ],
    volume,
    ...(sequence !== undefined && { sequence }),
  };
}

async function videoPart(series: DicomSeries, limits: Limits): Promise<VideoPart> {
  const [slice] = series.slices;
  const { instance } = slice;
  // The first frame is decoded, so that a damaged file is reported when it is opened.
  const video = await cineOf(series, limits);
  return {
    kind: "video",
    ...factsOf(instance, "OT", series.label || undefined),
    origin: await originOf(series.slices.map(frameOf)),
    warnings: [
      ...series.warnings,
      ...dateWarnings(instance),
      ...frameTimeWarnings(instance),
      ...pixelShapeWarnings(slice.pixelSpacing ?? imagerSpacing(instance) ?? aspectOf(instance), instance.source.name),
    ],
    video,
  };
}

/** Slices whose header states another body part than most of their series: an object filed in the wrong place. */
function bodyPartWarnings({ slices }: DicomSeries): Warning[] {
  const stated = slices.map(({ instance }) => (instance.file.dataset.string("BodyPartExamined") ?? "").toUpperCase());
  const counts = new Map<string, number>();
  for (const part of stated) if (part !== "") counts.set(part, (counts.get(part) ?? 0) + 1);
  const [most, ...others] = [...counts].sort(([, a], [, b]) => b - a).map(([part]) => part);
  return others.map((part) => ({
    code: "series/mixed-body-part",
    message: `${counts.get(part)} of ${slices.length} slices state body part ${part}, and ${counts.get(most)} state ${most}`,
    where: slices[stated.indexOf(part)].instance.source.name,
  }));
}

function recipeWarnings({ modality, slices }: DicomSeries): Warning[] {
  if (withRecipe.has(modality)) return [];
  return [
    {
      code: "study/no-recipe",
      message: `MedGemma has no recipe for ${modality || "unnamed"} volumes: the slices are prepared like MR slices`,
      where: slices[0].instance.source.name,
    },
  ];
}

async function imagePart(
  { series, slice, unshown }: Extract<ChosenSeries, { kind: "image" }>,
  limits: Limits,
): Promise<ImagePart> {
  const { image, warnings } = await renderFrame(slice, "full-range", limits);
  const { instance } = slice;
  const pixelSpacing = slice.pixelSpacing ?? imagerSpacing(instance);
  return {
    kind: "image",
    ...factsOf(instance, "OT", series.label || undefined),
    origin: await originOf([frameOf(slice)]),
    warnings: [
      ...series.warnings,
      ...warnings,
      ...dateWarnings(instance),
      ...pixelShapeWarnings(pixelSpacing ?? aspectOf(instance), instance.source.name),
      ...(unshown === undefined
        ? []
        : [{ code: "series/one-frame", message: `${unshown}: the model does not see the others` }]),
    ],
    image,
    ...(pixelSpacing && { pixelSpacing }),
  };
}

/**
 * Pixel spacing at the detector, not in the patient: too large by the geometric magnification, but often the only one
 * stated for a radiograph.
 */
export function imagerSpacing({ file }: DicomInstance): readonly [number, number] | undefined {
  const [row, column] = file.dataset.numbers("ImagerPixelSpacing");
  return row > 0 && column > 0 ? [row, column] : undefined;
}

/** Height and width of a pixel, if only their ratio is stated (PS3.3 C.7.6.3.1.7). */
function aspectOf({ file }: DicomInstance): readonly [number, number] | undefined {
  const [row, column] = file.dataset.numbers("PixelAspectRatio");
  return row > 0 && column > 0 ? [row, column] : undefined;
}

function frameOf({ instance, frame }: Slice) {
  return (instance.format?.frames ?? 1) > 1 ? { instance, frame } : { instance };
}

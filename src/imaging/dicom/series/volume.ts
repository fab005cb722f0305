/** Decodes a series of slices to a volume: modality values (HU for CT) as floats, with the affine to patient millimetres. */
import { PolyclinicError } from "../../../base/errors.ts";
import { MemoryBudget } from "../../../bytes/budget.ts";
import { defaultLimits, type Volume, type Warning } from "../../types.ts";
import { type Frames, locateFrames } from "../pixels/frames.ts";
import { type ModalityTransform, type Padding, readModalityTransform, readPadding } from "../pixels/lut.ts";
import { type FilledSlice, fillSlice, type SliceTask } from "./fill.ts";
import { type DecodeWork, fillVolume } from "./fill-volume.ts";
import type { DicomInstance, Slice } from "./instance.ts";
import { nameOf } from "./place.ts";
import type { DicomSeries } from "./series.ts";
import { stackAffine } from "./stack.ts";

/** A volume `[z, y, x]` in physical units, with warnings about geometry and values. */
export interface LoadedVolume {
  readonly volume: Volume;
  readonly warnings: readonly Warning[];
}

/**
 * Decodes a `volume` or `stack` series.
 *
 * Slices are in the series' order, `[z, y, x]`; values are rescaled slice by slice (or through the modality LUT); the unit is `HU`
 * for CT whose rescale is known. Pixel padding is set to the lowest measured value, so that no window or min-max sees it.
 * Throws `dicom/not-a-stack` for other kinds of series, and what decoding throws.
 */
export async function loadVolume(series: DicomSeries, work: DecodeWork = {}): Promise<LoadedVolume> {
  const { slices } = series;
  const format = slices[0]?.instance.format;
  if (format === undefined || format.samplesPerPixel !== 1 || (series.kind !== "volume" && series.kind !== "stack"))
    throw new PolyclinicError("dicom/not-a-stack", "this series is not a stack of greyscale slices", {
      where: slices[0] === undefined ? series.label : nameOf(slices[0]),
      expected: "a series of kind volume or stack",
      found: series.kind,
      hint: "Open its images one by one instead.",
    });
  const { rows, columns } = slices[0];
  const size = rows * columns;
  if (size * slices.length > 2 ** 31)
    throw new PolyclinicError("dicom/bomb", "the volume is too large to be held in memory", {
      where: nameOf(slices[0]),
      expected: "at most 2^31 voxels",
      found: `${columns} x ${rows} x ${slices.length}`,
    });
  const warnings: Warning[] = [];
  const name = nameOf(slices[0]);
  const budget = work.budget ?? new MemoryBudget(defaultLimits.maxMemory);
  if (work.budget === undefined)
    for (const { source } of new Set(slices.map((slice) => slice.instance))) budget.addFile(source.size);
  budget.take(size * slices.length * 4, name, `the volume of ${columns} x ${rows} x ${slices.length} voxels`);
  const scaling = scalingsOf(slices, warnings);
  const filled = await fillVolume(await tasksOf(slices, scaling, warnings), size, work);
  const { data } = filled;
  warnings.push(...frameWarnings(slices, filled.slices));
  fillPadding(data, size, filled.slices);
  const unit = unitOf(series, scaling, warnings);
  const shape = [slices.length, rows, columns] as const;
  return { volume: { kind: "volume", shape, data, affine: stackAffine(slices), unit }, warnings };
}

/** The properties of a volume known before decoding: shape, affine and unit as returned by {@link loadVolume}. */
export function describeVolume(series: DicomSeries): Pick<Volume, "shape" | "affine" | "unit"> {
  const { slices } = series;
  const unit = unitOf(series, scalingsOf(slices, []), []);
  return { shape: [slices.length, slices[0].rows, slices[0].columns], affine: stackAffine(slices), unit };
}

/**
 * Decodes a single slice: values as returned by {@link loadVolume}, `[y, x]`, but padding gets the lowest value of this slice.
 *
 * @throws PolyclinicError as decoding does.
 */
export async function loadSlice({ slices }: DicomSeries, z: number): Promise<Float32Array> {
  const slice = slices[z];
  const size = slice.rows * slice.columns;
  const data = new Float32Array(size);
  const [task] = await tasksOf([slice], scalingsOf([slice], []), []);
  const filled = await fillSlice(task, data, 0, { bytes: new Uint8Array(0) });
  fillPadding(data, size, [filled]);
  return data;
}

/** One warning per kind of contradiction between frames and header, with the number of frames. */
function frameWarnings(slices: readonly Slice[], filled: readonly FilledSlice[]): Warning[] {
  const found = new Map<string, number[]>();
  for (const [i, { notes }] of filled.entries())
    for (const message of notes) found.set(message, [...(found.get(message) ?? []), i]);
  return [...found].map(([message, at]) => ({
    code: "dicom/contradiction",
    message: at.length === 1 ? message : `${message} (${at.length} of ${slices.length} slices)`,
    where: nameOf(slices[at[0]]),
  }));
}

async function tasksOf(
  slices: readonly Slice[],
  scaling: readonly Scaling[],
  warnings: Warning[],
): Promise<SliceTask[]> {
  const located = new Map<DicomInstance, Frames>();
  const tasks: SliceTask[] = [];
  for (const [i, slice] of slices.entries()) {
    const { instance, frame } = slice;
    let frames = located.get(instance);
    if (frames === undefined) {
      frames = await locateFrames(instance.file, instance.source);
      located.set(instance, frames);
      for (const message of frames.notes)
        warnings.push({ code: "dicom/contradiction", message, where: instance.source.name });
    }
    const { format, encapsulated, ranges, source } = frames;
    const range = ranges[frame];
    const from = source.path ?? (await source.read(range.offset, range.length));
    const { transform, padding } = scaling[i];
    tasks.push({ where: nameOf(slice), format, encapsulated, range, from, transform, padding, cut: slice.cut });
  }
  return tasks;
}

interface Scaling {
  transform: ModalityTransform;
  padding: Padding | undefined;
  stated: boolean;
}

function scalingsOf(slices: readonly Slice[], warnings: Warning[]): Scaling[] {
  return slices.map((slice) => {
    const { dataset } = slice.instance.file;
    const where = nameOf(slice);
    const transform = readModalityTransform(dataset, where, slice.rescaleFrom, (message) =>
      warnings.push({ code: "dicom/rescale", message, where }),
    );
    const stated =
      transform.kind === "lut" || slice.rescaleFrom.has("RescaleSlope") || slice.rescaleFrom.has("RescaleIntercept");
    return { transform: doseScaled(slice, transform), padding: readPadding(dataset), stated };
  });
}

/** Dose grids have their own scaling attribute. */
function doseScaled({ instance }: Slice, transform: ModalityTransform): ModalityTransform {
  const scaling = instance.kind === "rt-dose" ? instance.file.dataset.number("DoseGridScaling") : undefined;
  return scaling === undefined ? transform : { kind: "rescale", slope: scaling, intercept: 0, unit: "Gy" };
}

/** Padding is set to the lowest measured value; a volume of only padding becomes zero. */
function fillPadding(data: Float32Array, size: number, slices: readonly FilledSlice[]): void {
  const lowest = slices.reduce((low, slice) => Math.min(low, slice.lowest), Number.POSITIVE_INFINITY);
  const value = Number.isFinite(lowest) ? lowest : 0;
  slices.forEach(({ padded }, z) => {
    if (padded === 0) return;
    for (let i = z * size; i < (z + 1) * size; i++) if (Number.isNaN(data[i])) data[i] = value;
  });
}

/** Maps of flow, volume or transit time are CT by their modality only; their RescaleType is `US`, unspecified (PS3.3 C.11.1.1.2). */
function isPerfusionMap({ traits }: Slice): boolean {
  return /^DERIVED\\.*PERFUSION/i.test(traits.imageType);
}

function unitOf(series: DicomSeries, scaling: readonly Scaling[], warnings: Warning[]): Volume["unit"] {
  const where = nameOf(series.slices[0]);
  const units = new Set(scaling.map(({ transform }) => transform.unit ?? ""));
  if (series.slices[0].instance.kind === "rt-dose")
    return series.slices[0].instance.file.dataset.string("DoseUnits") ?? "arbitrary";
  if (series.modality !== "CT") return "arbitrary";
  if (!scaling.every(({ stated }) => stated)) {
    warnings.push({
      code: "ct/no-rescale",
      message: "RescaleSlope and RescaleIntercept are missing; the values may not be HU",
      where,
    });
    return "arbitrary";
  }
  const other = [...units].find((unit) => unit !== "" && unit.toUpperCase() !== "HU" && unit.toUpperCase() !== "US");
  if (other !== undefined) {
    warnings.push({ code: "ct/unit", message: `RescaleType is ${other}, not HU`, where });
    return other;
  }
  if ([...units].every((unit) => unit.toUpperCase() !== "HU") && series.slices.every(isPerfusionMap)) {
    warnings.push({
      code: "ct/perfusion-map",
      message: "a perfusion map (flow, volume or time), not HU: the slices are prepared like MR slices",
      where,
    });
    return "arbitrary";
  }
  return "HU";
}

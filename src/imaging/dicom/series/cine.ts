/** A cine run: the frames of one object over time, decoded on demand. */
import { budgetOf, defaultLimits, type Image, type Limits, type Video, type Warning } from "../../types.ts";
import { applyModality, readModalityTransform, readPadding, type Window } from "../pixels/lut.ts";
import { readFrame, renderFrame } from "../pixels/render.ts";
import type { DicomInstance, Slice } from "./instance.ts";
import { nameOf } from "./place.ts";
import type { DicomSeries } from "./series.ts";

/**
 * The start of each frame in seconds from the first frame, and the end of the last one: from Frame Time Vector
 * (increments), Frame Time, Cine Rate or Recommended Display Frame Rate, in that order (PS3.3 C.7.6.5). Undefined if
 * none of them gives ascending times.
 */
export function frameTimes({ file, format }: DicomInstance): { times: number[]; duration: number } | undefined {
  const { dataset } = file;
  const frames = format?.frames ?? 0;
  const vector = dataset.numbers("FrameTimeVector");
  if (frames > 1 && vector.length === frames && vector.slice(1).every((step) => step > 0)) {
    let now = 0;
    const times = vector.map((step, i) => (i === 0 ? 0 : (now += step / 1000)));
    return { times, duration: now + vector[frames - 1] / 1000 };
  }
  const rate = dataset.number("CineRate") ?? dataset.number("RecommendedDisplayFrameRate");
  const step = positive(dataset.number("FrameTime")) ?? (positive(rate) && 1000 / rate!);
  if (frames < 2 || step === undefined) return undefined;
  return { times: Array.from({ length: frames }, (_, i) => (i * step) / 1000), duration: (frames * step) / 1000 };
}

/** Frame rates within this ratio are the same up to rounding: a Cine Rate is a whole number. */
const sameRate = 1.1;

/** Statements about the times of a run that cannot be used, or that contradict the times that are. */
export function frameTimeWarnings(instance: DicomInstance): Warning[] {
  const { dataset } = instance.file;
  const frames = instance.format?.frames ?? 0;
  const vector = dataset.numbers("FrameTimeVector");
  const used = frameTimes(instance);
  const warn = (code: string, message: string) => ({ code, message, where: instance.source.name });
  const vectorUsed = vector.length === frames && vector.slice(1).every((step) => step > 0);
  const warnings: Warning[] = [];
  if (vector.length > 0 && !vectorUsed)
    warnings.push(
      warn(
        "dicom/frame-times",
        `Frame Time Vector is ignored: ${
          vector.length === frames ? "its times do not ascend" : `it has ${vector.length} entries for ${frames} frames`
        }`,
      ),
    );
  if (used === undefined || frames < 2) return warnings;
  const step = used.times[frames - 1] / (frames - 1);
  const frameTime = positive(dataset.number("FrameTime"));
  const cineRate = positive(dataset.number("CineRate"));
  for (const [name, stated] of [
    ["Frame Time", frameTime && frameTime / 1000],
    ["Cine Rate", cineRate && 1 / cineRate],
  ] as const)
    if (stated !== undefined && Math.max(stated / step, step / stated) > sameRate)
      warnings.push(
        warn(
          "dicom/frame-times",
          `${name} contradicts the times that are used: ${seconds(stated * frames)} s or ${seconds(step * frames)} s for the whole run`,
        ),
      );
  if (!vectorUsed && frameTime === undefined && cineRate === undefined)
    warnings.push(
      warn(
        "dicom/frame-times",
        "the times are those of Recommended Display Frame Rate, which may not be those of acquisition",
      ),
    );
  return warnings;
}

const seconds = (value: number) => Number(value.toPrecision(3));

const positive = (value: number | undefined) =>
  value !== undefined && value > 0 && Number.isFinite(value) ? value : undefined;

/** Number of frames that determine the grey scale of a run. */
const scaleFrames = 16;

/**
 * Grey frames share one scale, from the minimum to the maximum of 16 frames across the run: scaling each frame
 * separately, like single radiographs, would hide changes of brightness over time. Colour frames are unchanged.
 *
 * @param series of kind `cine` with known times.
 * @throws PolyclinicError as decoding its first frame does.
 */
export async function cineOf({ slices }: DicomSeries, limits: Limits): Promise<Video> {
  const [first] = slices;
  const { times, duration } = frameTimes(first.instance)!;
  const { rows: height, columns: width } = first;
  const grey = first.instance.format!.samplesPerPixel === 1 && first.instance.format!.photometric !== "PALETTE COLOR";
  // The caller frees frames, so each call has its own budget.
  const { budget: _, ...own } = { ...defaultLimits, ...limits };
  let scale: Promise<Window> | undefined;
  const scaleOnce = () => {
    scale ??= scaleOf(slices, own);
    return scale;
  };
  const budget = budgetOf(own, first.instance.source.size);
  await budget.during(height * width * 10, nameOf(first), "decoding the picture", () => readFrame(first));
  return {
    kind: "video",
    width,
    height,
    times,
    duration,
    async readFrames(indices, signal) {
      const display = grey ? await scaleOnce() : "full-range";
      const images: Image[] = [];
      for (const index of indices) {
        signal?.throwIfAborted();
        images.push((await renderFrame(slices[index], display, own)).image);
      }
      return images;
    },
    close: async () => {},
  };
}

async function scaleOf(slices: readonly Slice[], limits: Omit<Limits, "budget">): Promise<Window> {
  const count = Math.min(scaleFrames, slices.length);
  const { rows, columns, instance } = slices[0];
  const budget = budgetOf(limits, instance.source.size);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  await budget.during(rows * columns * 10, nameOf(slices[0]), "decoding the picture", async () => {
    const values = new Float32Array(rows * columns);
    for (let i = 0; i < count; i++) {
      const slice = slices[Math.round((i * (slices.length - 1)) / Math.max(1, count - 1))];
      const { data } = await readFrame(slice);
      const padding = readPadding(instance.file.dataset);
      applyModality(data, readModalityTransform(instance.file.dataset, nameOf(slice), slice.rescaleFrom), values);
      for (let p = 0; p < values.length; p++) {
        if (padding !== undefined && data[p] >= padding.low && data[p] <= padding.high) continue;
        if (values[p] < low) low = values[p];
        if (values[p] > high) high = values[p];
      }
    }
  });
  // `linear-exact` maps center - width / 2 to black and center + width / 2 to white (PS3.3 C.11.2.1.3.2).
  return { center: (low + high) / 2, width: Math.max(high - low, 1e-6), shape: "linear-exact" };
}

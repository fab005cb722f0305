/**
 * The parts of a DICOM study from headers only: 600 slices are listed in the time needed to read 600 headers, and each slice is decoded when
 * it is viewed. Parts, their order and their values equal those of `openStudy`; a test compares them.
 */
import { type ByteSource, diskSource } from "../../bytes/index.ts";
import {
  applyModality,
  assembleSeries,
  type DicomInstance,
  describeVolume,
  loadSlice,
  openInstance,
  readFrame,
  readModalityTransform,
  readPadding,
  readWindows,
  type Slice,
} from "../../imaging/dicom/index.ts";
import { affineSpacing } from "../../imaging/geometry/index.ts";
import { ecgPaper } from "../../signals/index.ts";
import { isPlaced, type NamedWindow, type PartManifest, reductionOf } from "../../study/display/manifest.ts";
import { narrowest, type Pixels } from "../../study/display/pixels.ts";
import { factsOf } from "../../study/open/dicom/facts.ts";
import { refuseMixedPatients } from "../../study/open/dicom/patients.ts";
import { type ChosenSeries, chooseSeries, imagerSpacing } from "../../study/open/dicom/series.ts";
import { clinicalOrder } from "../../study/open/order.ts";
import { readDicomWaveforms } from "../../study/read-waveform.ts";
import type { Part } from "../../study/types.ts";
import { HttpError } from "../http-error.ts";

export interface DicomPart {
  readonly manifest: PartManifest;
  /** @param z slice of a volume; 0 for an image. */
  pixels(z: number): Promise<Pixels>;
  /** For a waveform: its drawing as SVG, as printed on paper. */
  drawing?(): string;
}

/** @returns undefined if the study contains anything but images, stacks and waveforms (a cine run, say); it must then be opened completely. */
export async function dicomParts(
  files: readonly { readonly path: string; readonly name: string }[],
): Promise<{ parts: DicomPart[]; leftOut: { file: string; reason: string }[] } | undefined> {
  const instances: DicomInstance[] = [];
  for (const { path, name } of files) instances.push(await openInstance(named(diskSource(path), name)));
  // Studies of earlier versions may hold such files; received ones are refused (`dicomweb/register.ts`).
  refuseMixedPatients(instances);
  const { series, others, leftOut } = await assembleSeries(instances.filter(({ kind }) => kind !== "rt-dose"));
  if (others.some(({ kind }) => kind === "whole-slide" || kind === "document")) return undefined;
  const { chosen: all, leftOut: aside } = chooseSeries(series);
  const chosen = all.filter((one) => one.kind !== "video");
  if (chosen.length < all.length) return undefined;
  const position = new Map(files.map(({ name }, i) => [name, i]));
  const first = (one: Exclude<ChosenSeries, { kind: "video" }>) =>
    (one.kind === "image" ? one.slice : one.series.slices[0]).instance;
  const listed = chosen
    .map((one) => ({ one, ...factsOf(first(one), "OT", one.series.label || undefined) }))
    .sort((a, b) => position.get(first(a.one).source.name)! - position.get(first(b.one).source.name)!);
  // `clinicalOrder` reads only the time.
  const ordered = clinicalOrder(listed as unknown as Part[]) as unknown as typeof listed;
  const imageParts = ordered.map(({ one, ...facts }, part) => partOf(one, facts, part));
  const waveforms = others.filter(({ kind }) => kind === "waveform");
  const drawn = waveforms.flatMap((instance, i) => waveformPart(instance, imageParts.length + i));
  return {
    parts: [...imageParts, ...drawn],
    leftOut: [...leftOut, ...aside].filter(
      ({ file }) => drawn.length === 0 || waveforms.every(({ source }) => source.name !== file),
    ),
  };
}

/** An ECG is displayed although its samples are not passed to a model. */
function waveformPart(instance: DicomInstance, part: number): DicomPart[] {
  const [recording] = readDicomWaveforms(instance.file.dataset, instance.source.name);
  if (recording === undefined) return [];
  const facts = factsOf(instance, "ECG", instance.file.dataset.string("SeriesDescription") || "ECG");
  return [
    {
      manifest: {
        part,
        kind: "waveform",
        ...facts,
        seriesUid: instance.seriesInstanceUID,
        warnings: recording.cautions,
      },
      pixels: async () => {
        throw new HttpError(400, "server/part", "a waveform has no pixels", { where: facts.label });
      },
      drawing: () => ecgPaper(recording),
    },
  ];
}

export const named = (source: ByteSource, name: string): ByteSource => ({ ...source, name });

type Facts = ReturnType<typeof factsOf>;

function partOf(one: Exclude<ChosenSeries, { kind: "video" }>, facts: Facts, part: number): DicomPart {
  const { series } = one;
  const head = {
    part,
    ...facts,
    seriesUid: series.seriesInstanceUID,
    warnings: series.warnings.map(({ message }) => message),
  };
  if (one.kind === "image") {
    const { rows: height, columns: width, instance, pixelSpacing } = one.slice;
    const spacing = pixelSpacing ?? imagerSpacing(instance);
    return {
      manifest: {
        ...head,
        kind: "image",
        image: { width, height, reduce: reductionOf(width, height), ...(spacing && { spacing }) },
        windows: windowsOf(one.slice),
      },
      pixels: () => picturePixels(one.slice),
    };
  }
  const { shape, affine, unit } = describeVolume(series);
  return {
    manifest: {
      ...head,
      kind: "volume",
      volume: { shape, affine, unit, spacing: affineSpacing(affine), placed: isPlaced(series.warnings) },
      windows: windowsOf(series.slices[Math.floor(series.slices.length / 2)]),
    },
    pixels: async (z) => ({
      width: shape[2],
      height: shape[1],
      channels: 1,
      data: narrowest(await loadSlice(series, z)),
    }),
  };
}

export function windowsOf({ instance }: Slice): NamedWindow[] {
  return readWindows(instance.file.dataset).map(({ center, width }, i) => ({
    name: instance.file.dataset.strings("WindowCenterWidthExplanation")[i] ?? "",
    center,
    width,
  }));
}

/** Pixel values of an image, with the range that `renderFrame` maps to 0 to 255. */
export async function picturePixels(slice: Slice): Promise<Pixels> {
  const decoded = await readFrame(slice);
  const { rows: height, columns: width, bits } = decoded;
  if (decoded.samples === 3) {
    const most = 2 ** bits - 1;
    const data =
      bits <= 8 && decoded.data instanceof Uint8Array
        ? decoded.data
        : Uint8Array.from(decoded.data, (value) => Math.round((Math.min(most, Math.max(0, value)) * 255) / most));
    return { width, height, channels: 3, data, range: [0, 255] };
  }
  const { dataset } = slice.instance.file;
  const values = new Float32Array(width * height);
  applyModality(decoded.data, readModalityTransform(dataset, slice.instance.source.name, slice.rescaleFrom), values);
  const padding = readPadding(dataset);
  const isPadding = (i: number) =>
    padding !== undefined && decoded.data[i] >= padding.low && decoded.data[i] <= padding.high;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    if (isPadding(i) || !Number.isFinite(values[i])) continue;
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  const inverted = decoded.photometric === "MONOCHROME1";
  // Padding is background: black for both photometric interpretations.
  if (padding !== undefined)
    for (let i = 0; i < values.length; i++) if (isPadding(i)) values[i] = inverted ? high : low;
  return { width, height, channels: 1, data: narrowest(values), range: [low, high], ...(inverted && { inverted }) };
}

/**
 * Grey-scale transformations (PS3.3 C.11): stored values to modality values (rescale or modality LUT), modality values to display
 * (VOI LUT, or a window: linear, linear-exact, sigmoid). None is applied implicitly.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { Samples } from "../codecs/frame.ts";
import type { DataSet } from "../parse/data-set.ts";
import { lookupTag } from "../parse/dictionary.ts";

/** A lookup table of C.11: pixel value `first` maps to `values[0]`; values outside are clamped. */
export interface Lut {
  readonly first: number;
  readonly bits: number;
  readonly values: Uint16Array;
}

/** Stored values to modality values. */
export type ModalityTransform =
  | { readonly kind: "rescale"; readonly slope: number; readonly intercept: number; readonly unit?: string }
  | { readonly kind: "lut"; readonly lut: Lut; readonly unit?: string };

/** Reads one item of a Modality or VOI LUT Sequence. Throws `dicom/lut`. */
export function readLut(item: DataSet, signed: boolean, where: string): Lut {
  const descriptor = item.numbers("LUTDescriptor");
  const element = item.element("LUTData");
  if (descriptor.length < 3 || element === undefined)
    throw new PolyclinicError("dicom/lut", "the lookup table is incomplete", {
      where: `${where}: (0028,3002) LUTDescriptor`,
      expected: "three numbers, and LUTData",
      hint: "The pixel values cannot be converted without this table; export the image again.",
    });
  const count = descriptor[0] === 0 ? 65536 : descriptor[0] & 0xffff;
  const first = signed ? (descriptor[1] << 16) >> 16 : descriptor[1] & 0xffff;
  const bits = descriptor[2];
  const view = new DataView(item.bytes.buffer, item.bytes.byteOffset + element.offset, element.length);
  const bytesEach = bits <= 8 && element.length < count * 2 ? 1 : 2;
  if (element.length < count * bytesEach)
    throw new PolyclinicError("dicom/lut", "the lookup table is shorter than its descriptor states", {
      where: `${where}: (0028,3006) LUTData`,
      expected: `${count} entries`,
      found: `${Math.floor(element.length / bytesEach)}`,
    });
  const values = Uint16Array.from({ length: count }, (_, i) =>
    bytesEach === 1 ? view.getUint8(i) : view.getUint16(i * 2, !item.bigEndian),
  );
  return { first, bits, values };
}

/**
 * The modality transform of a data set: its Modality LUT Sequence, or the rescale of `shared` (a functional group item) or of the
 * data set itself. A slope of zero or not a number is taken for one, with `note` called.
 */
export function readModalityTransform(
  dataset: DataSet,
  where: string,
  rescaleFrom: DataSet = dataset,
  note: (message: string) => void = () => {},
): ModalityTransform {
  const item = dataset.sequence("ModalityLUTSequence")[0];
  if (item !== undefined) {
    const lut = readLut(item, dataset.number("PixelRepresentation") === 1, where);
    return { kind: "lut", lut, unit: item.string("ModalityLUTType") };
  }
  let slope = rescaleFrom.number("RescaleSlope") ?? 1;
  const intercept = rescaleFrom.number("RescaleIntercept") ?? 0;
  if (slope === 0) {
    note("RescaleSlope is 0; 1 is used instead");
    slope = 1;
  }
  return { kind: "rescale", slope, intercept, unit: rescaleFrom.string("RescaleType") };
}

/** Applies a modality transform into `out` at `offset`. */
export function applyModality(stored: Samples, transform: ModalityTransform, out: Float32Array, offset = 0): void {
  const n = stored.length;
  if (transform.kind === "rescale") {
    const { slope, intercept } = transform;
    // Copying between typed arrays converts faster than a loop.
    if (slope === 1 && intercept === 0) out.set(stored, offset);
    else for (let i = 0; i < n; i++) out[offset + i] = stored[i] * slope + intercept;
    return;
  }
  const { first, values } = transform.lut;
  for (let i = 0; i < n; i++) out[offset + i] = lookup(values, stored[i] - first);
}

function lookup(values: Uint16Array, index: number): number {
  const last = values.length - 1;
  return values[Math.min(last, Math.max(0, index))];
}

export interface Window {
  readonly center: number;
  /** At least 1 for linear, above 0 for the others. */
  readonly width: number;
  readonly shape: "linear" | "linear-exact" | "sigmoid";
  readonly explanation?: string;
}

const shapes: Readonly<Record<string, Window["shape"]>> = { LINEAR_EXACT: "linear-exact", SIGMOID: "sigmoid" };

/** All valid windows of the header, in order. */
export function readWindows(dataset: DataSet): Window[] {
  const centers = dataset.numbers("WindowCenter");
  const widths = dataset.numbers("WindowWidth");
  const explanations = dataset.strings("WindowCenterWidthExplanation");
  const shape = shapes[dataset.string("VOILUTFunction") ?? ""] ?? "linear";
  return centers.flatMap((center, i) =>
    Number.isFinite(center) && widths[i] > 0 && (shape !== "linear" || widths[i] >= 1)
      ? [{ center, width: widths[i], shape, explanation: explanations[i] }]
      : [],
  );
}

/** The VOI LUTs of the header, in order. */
export function readVoiLuts(dataset: DataSet, where: string): Lut[] {
  // The table is indexed by modality values, whose signedness is that of the rescaled data.
  const signed = dataset.number("PixelRepresentation") === 1 || (dataset.number("RescaleIntercept") ?? 0) < 0;
  return dataset.sequence("VOILUTSequence").map((item) => readLut(item, signed, where));
}

/** Modality value to 0..`most` (PS3.3 C.11.2.1.2, C.11.2.1.3). */
export function windowFunction({ center, width, shape }: Window, most = 255): (value: number) => number {
  switch (shape) {
    case "sigmoid":
      return (value) => most / (1 + Math.exp((-4 * (value - center)) / width));
    case "linear-exact":
      return (value) => Math.min(1, Math.max(0, (value - center) / width + 0.5)) * most;
    case "linear":
      // A width of one is a threshold: everything at most centre - 0.5 is black, everything above is white.
      if (width <= 1) return (value) => (value <= center - 0.5 ? 0 : most);
      return (value) => Math.min(1, Math.max(0, (value - (center - 0.5)) / (width - 1) + 0.5)) * most;
  }
}

/** Modality values through a window to bytes, rounded to the nearest. */
export function applyWindow(values: Float32Array, window: Window): Uint8Array {
  const at = windowFunction(window);
  const out = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = Math.round(at(values[i]));
  return out;
}

/** Modality values through a VOI LUT to bytes. */
export function applyVoiLut(values: Float32Array, { first, bits, values: table }: Lut): Uint8Array {
  const scale = 255 / (2 ** bits - 1);
  const out = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = Math.round(lookup(table, Math.round(values[i]) - first) * scale);
  return out;
}

/** `(0028,0120)` and its range limit: stored values that mean "no measurement here". */
export interface Padding {
  readonly low: number;
  readonly high: number;
}

/** The padding of a data set in stored values; undefined when none is stated. */
export function readPadding(dataset: DataSet): Padding | undefined {
  const signed = dataset.number("PixelRepresentation") === 1;
  const read = (keyword: string) => {
    const value = dataset.number(keyword);
    if (value === undefined) return undefined;
    // US or SS: the pixel representation decides, whatever the VR of the element is.
    const isWord = lookupTag(dataset.element(keyword)!.tag)?.vr === "US";
    return isWord ? (signed ? (value << 16) >> 16 : value & 0xffff) : value;
  };
  const value = read("PixelPaddingValue");
  if (value === undefined) return undefined;
  const limit = read("PixelPaddingRangeLimit") ?? value;
  return { low: Math.min(value, limit), high: Math.max(value, limit) };
}

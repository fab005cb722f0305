/**
 * Renders single images to 8 bits as in MedGemma's serving code: radiographs through their modality LUT, MONOCHROME1
 * inverted, scaled from their own minimum and maximum to the full range, ignoring the header's windows; colour as RGB.
 */
import { budgetOf, defaultLimits, type Image, type Limits, type Warning } from "../../types.ts";
import type { Slice } from "../series/instance.ts";
import { nameOf } from "../series/place.ts";
import { applyPalette, readPalette, toRgb } from "./color.ts";
import { type DecodedFrame, decodeFrame } from "./decode.ts";
import { locateFrames, readFrameBytes } from "./frames.ts";
import {
  applyModality,
  applyVoiLut,
  applyWindow,
  type Lut,
  readModalityTransform,
  readPadding,
  type Window,
} from "./lut.ts";

/**
 * Decodes one frame; palettes and YBR become RGB, grey values remain as stored.
 *
 * @param note called when the pixels contradict the header, with how they are read instead.
 */
export async function readFrame(
  { instance, frame }: Slice,
  note: (message: string) => void = () => {},
): Promise<DecodedFrame> {
  const where = instance.source.name;
  const frames = await locateFrames(instance.file, instance.source);
  for (const message of frames.notes) note(message);
  const decoded = await decodeFrame(
    await readFrameBytes(frames, frame),
    frames.format,
    where,
    frames.ranges[frame].bit,
    note,
  );
  if (decoded.photometric === "PALETTE COLOR") return applyPalette(decoded, readPalette(instance.file.dataset, where));
  return decoded.samples >= 3 ? toRgb(decoded, where) : decoded;
}

/** A frame as 8-bit display pixels, with warnings about its conversion. */
export interface Rendered {
  readonly image: Image;
  readonly warnings: readonly Warning[];
}

/**
 * One frame as an 8-bit image of one or three channels.
 *
 * @param display `full-range` (the default, what the model was trained with for radiographs), or a window or VOI LUT of `lut.ts` to
 * show the image as a viewer would.
 */
export async function renderFrame(
  slice: Slice,
  display: "full-range" | Window | Lut = "full-range",
  limits: Partial<Limits> = {},
): Promise<Rendered> {
  const { rows, columns, samplesPerPixel } = slice.instance.format!;
  const budget = budgetOf({ ...defaultLimits, ...limits }, slice.instance.source.size);
  const outputBytes = rows * columns * (samplesPerPixel === 1 ? 1 : 3);
  // Stored and modality values exist only while the image is rendered: up to 4 bytes each, and the decoder's own copy.
  const passing = rows * columns * samplesPerPixel * 10;
  budget.take(outputBytes, nameOf(slice), `the image of ${columns} x ${rows} pixels`);
  return budget.during(passing, nameOf(slice), "decoding the image", () => render(slice, display));
}

async function render(slice: Slice, display: "full-range" | Window | Lut): Promise<Rendered> {
  const warnings: Warning[] = [];
  const decoded = await readFrame(slice, (message) =>
    warnings.push({ code: "dicom/contradiction", message, where: nameOf(slice) }),
  );
  const { rows: height, columns: width } = decoded;
  if (decoded.samples === 3) {
    const data = decoded.bits <= 8 && decoded.data instanceof Uint8Array ? decoded.data : toBytes(decoded);
    return { image: { kind: "image", width, height, channels: 3, data }, warnings };
  }
  const { dataset } = slice.instance.file;
  const values = new Float32Array(width * height);
  const transform = readModalityTransform(dataset, nameOf(slice), slice.rescaleFrom, (message) =>
    warnings.push({ code: "dicom/rescale", message, where: nameOf(slice) }),
  );
  applyModality(decoded.data, transform, values);
  let data: Uint8Array;
  if (display === "full-range") {
    const padding = readPadding(dataset);
    const { data: stored } = decoded;
    data = stretch(values, padding && ((i) => stored[i] >= padding.low && stored[i] <= padding.high));
  } else data = "center" in display ? applyWindow(values, display) : applyVoiLut(values, display);
  if (decoded.photometric === "MONOCHROME1") for (let i = 0; i < data.length; i++) data[i] = 255 - data[i];
  if (display === "full-range") blacken(data, decoded, slice);
  return { image: { kind: "image", width, height, channels: 1, data }, warnings };
}

/** Padding is background: black for both photometric interpretations. */
function blacken(data: Uint8Array, { data: stored }: DecodedFrame, slice: Slice): void {
  const padding = readPadding(slice.instance.file.dataset);
  if (padding === undefined) return;
  for (let i = 0; i < data.length; i++) if (stored[i] >= padding.low && stored[i] <= padding.high) data[i] = 0;
}

/** Maps the image's minimum to 0 and its maximum to 255, rounded; a constant image is black. */
function stretch(values: Float32Array, isPadding?: (i: number) => boolean): Uint8Array {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (isPadding?.(i) || !(Math.abs(value) < Number.POSITIVE_INFINITY)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const data = new Uint8Array(values.length);
  const range = high > low ? high - low : Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = ((values[i] - low) * 255) / range;
    data[i] = value > 0 ? Math.min(255, Math.round(value)) : 0;
  }
  return data;
}

/** Colour of more or fewer than eight bits, scaled. */
function toBytes({ data, bits }: DecodedFrame): Uint8Array {
  const most = 2 ** bits - 1;
  return Uint8Array.from(data, (value) => Math.round((Math.min(most, Math.max(0, value)) * 255) / most));
}

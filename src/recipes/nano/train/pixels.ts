/**
 * All images nano is trained on, decoded once, prepared as the model's input (padded to a square, resized) and stored
 * in one packed file, so that training is not limited by decoding. The file is made again when the list of files or the
 * image size changes.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import sharp from "sharp";
import { throwIfAborted } from "../../../base/errors.ts";
import { writeWhole } from "../../../base/files.ts";
import type { Work } from "../../../base/progress.ts";
import { readNifti } from "../../../imaging/nifti/index.ts";
import { fromSource, SquareResizer, squareFit } from "../../../imaging/resize/index.ts";
import type { Image, Volume } from "../../../imaging/types.ts";
import type { LungEntry, NanoFile, NanoSet, Split } from "./splits.ts";

/** One image in the packed file. */
export interface NanoImage {
  readonly set: NanoSet;
  readonly path: string;
  readonly split: Split;
  readonly label: string;
  readonly group: string;
  /** 1 or 3, planar: all of the first channel, then the second. */
  readonly channels: 1 | 3;
  /** Byte offset of its pixels. */
  readonly offset: number;
  /** `[x0, y0, x1, y1]` of the right and of the left lung, in fractions of the square. */
  readonly lungs?: readonly (readonly number[])[];
  /**
   * Slice of a volume; its pixels are followed by two planes with the fraction of anterior and of posterior hippocampus
   * (0 to 255).
   */
  readonly slice?: { readonly volume: number; readonly index: number };
}

/** A volume's slices in the packed file, inferior first. */
export interface NanoVolume {
  readonly path: string;
  readonly split: Split;
  /** Index of its first image, and number of images. */
  readonly first: number;
  readonly slices: number;
  /** Side of the square that each slice is padded to, and slice spacing, mm. */
  readonly sideMm: number;
  readonly spacingMm: number;
  /** Volumes of the structures, mm3. */
  readonly anterior: number;
  readonly posterior: number;
}

export interface NanoPixels {
  readonly size: number;
  readonly images: readonly NanoImage[];
  readonly volumes: readonly NanoVolume[];
  readonly bytes: Uint8Array;
}

const layoutVersion = 1;

/** Opens the packed file in `cache`; makes it if it does not exist or was made from other input. */
export async function openNanoPixels(
  data: string,
  files: readonly NanoFile[],
  { cache, size, ...work }: { cache: string; size: number } & Work,
): Promise<NanoPixels> {
  const key = createHash("sha256")
    .update(JSON.stringify([layoutVersion, size, files.map(({ path, split, label }) => [path, split, label])]))
    .digest("hex");
  const paths = [join(cache, `${key.slice(0, 16)}.json`), join(cache, `${key.slice(0, 16)}.bin`)];
  const [index, bytes] = await Promise.all([
    readFile(paths[0], "utf8").catch(() => undefined),
    readFile(paths[1]).catch(() => undefined),
  ]);
  if (index !== undefined && bytes !== undefined) {
    const { images, volumes } = JSON.parse(index) as Pick<NanoPixels, "images" | "volumes">;
    return { size, images, volumes, bytes };
  }
  const made = await packNanoPixels(data, files, { size, ...work });
  await writeWhole(paths[1], made.bytes, { overwrite: true });
  await writeWhole(paths[0], JSON.stringify({ images: made.images, volumes: made.volumes }), { overwrite: true });
  return made;
}

async function packNanoPixels(
  data: string,
  files: readonly NanoFile[],
  { size, signal, onProgress }: { size: number } & Work,
): Promise<NanoPixels> {
  const entries = JSON.parse(await readFile(join(data, "cxr-lung-boxes/boxes.json"), "utf8")) as LungEntry[];
  const images: NanoImage[] = [];
  const volumes: NanoVolume[] = [];
  const planes: Uint8Array[] = [];
  let offset = 0;
  const keep = (parts: readonly Uint8Array[]) => {
    const at = offset;
    for (const part of parts) {
      planes.push(part);
      offset += part.length;
    }
    return at;
  };
  for (const [i, file] of files.entries()) {
    throwIfAborted(signal);
    onProgress?.({ stage: "decoding the training images", done: i, total: files.length, unit: "files" });
    const { set, path, split, label, group } = file;
    const common = { set, path, split, label, group };
    if (set === "hippocampus") {
      const slices = await hippocampusSlices(data, path, size);
      const volume = volumes.length;
      volumes.push({ path, split, first: images.length, ...slices.measures });
      for (const [index, parts] of slices.planes.entries())
        images.push({ ...common, channels: 1, offset: keep(parts), slice: { volume, index } });
      continue;
    }
    const { planes: square, source } = await readSquare(join(data, path), size);
    const entry = set === "lungs" ? entries.find((e) => basename(e.file) === basename(path)) : undefined;
    images.push({
      ...common,
      channels: square.length === 3 ? 3 : 1,
      offset: keep(square),
      ...(entry && { lungs: lungShares(entry, source) }),
    });
  }
  const bytes = new Uint8Array(offset);
  let at = 0;
  for (const plane of planes) {
    bytes.set(plane, at);
    at += plane.length;
  }
  return { size, images, volumes, bytes };
}

/** An image file as planes of the model's square: one if the image is grey, otherwise three. */
export async function readSquare(
  path: string,
  size: number,
): Promise<{ planes: Uint8Array[]; source: { width: number; height: number } }> {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const square = new SquareResizer(width, height, size).image({
    kind: "image",
    width,
    height,
    channels: channels === 3 || channels === 4 ? channels : 1,
    data: channels === 2 ? data.filter((_, i) => i % 2 === 0) : data,
  });
  const planes = Array.from({ length: isGrey(data, channels) ? 1 : 3 }, (_, c) => planeOf(square, c));
  return { planes, source: { width, height } };
}

/** One channel of an interleaved `[size, size, 3]` image. */
function planeOf({ data }: Image, channel: number): Uint8Array {
  const plane = new Uint8Array(data.length / 3);
  for (let i = 0; i < plane.length; i++) plane[i] = data[3 * i + channel];
  return plane;
}

/** In grey images stored as colour, JPEG rounding makes the channels differ by a few levels at most. */
function isGrey(data: Uint8Array, channels: number): boolean {
  if (channels < 3) return true;
  for (let i = 0; i < data.length; i += channels)
    if (Math.abs(data[i] - data[i + 1]) > 6 || Math.abs(data[i + 1] - data[i + 2]) > 6) return false;
  return true;
}

/**
 * The boxes in fractions of the padded square; `boxes.json` uses pixels of the original image, and the file may be
 * smaller.
 */
function lungShares({ boxes, width, height }: LungEntry, source: { width: number; height: number }): number[][] {
  const fit = squareFit(source.width, source.height, 1);
  const [sx, sy] = [source.width / width, source.height / height];
  return ["right lung", "left lung"].map((label) => {
    const [x, y, w, h] = boxes.find((box) => box.label === label)!.xywh;
    return [...fromSource(fit, x * sx, y * sy), ...fromSource(fit, (x + w) * sx, (y + h) * sy)];
  });
}

async function hippocampusSlices(data: string, path: string, size: number) {
  const { volume } = await readNifti(await readFile(join(data, path)), { name: path });
  const labelPath = path.replace("/images/", "/labels/");
  const labels = (await readNifti(await readFile(join(data, labelPath)), { name: labelPath })).volume;
  const [depth, height, width] = volume.shape;
  const grey = stretched(volume);
  const count = (structure: number) => labels.data.reduce((sum, v) => sum + (Math.round(v) === structure ? 1 : 0), 0);
  const [dx, dy, dz] = [0, 1, 2].map((axis) =>
    Math.hypot(volume.affine[axis], volume.affine[4 + axis], volume.affine[8 + axis]),
  );
  const voxel = dx * dy * dz;
  const plane = width * height;
  const resizer = new SquareResizer(width, height, size);
  const square = (pixels: Uint8Array) =>
    planeOf(resizer.image({ kind: "image", width, height, channels: 1, data: pixels }), 0);
  const planes = Array.from({ length: depth }, (_, z) => {
    const own = labels.data.subarray(z * plane, (z + 1) * plane);
    const mask = (structure: number) => square(Uint8Array.from(own, (v) => (Math.round(v) === structure ? 255 : 0)));
    return [square(grey.subarray(z * plane, (z + 1) * plane)), mask(1), mask(2)];
  });
  const measures = {
    slices: depth,
    sideMm: Math.max(width * dx, height * dy),
    spacingMm: dz,
    anterior: count(1) * voxel,
    posterior: count(2) * voxel,
  };
  return { planes, measures };
}

/**
 * MRI as in MedGemma: minimum to maximum of the whole volume mapped to 0 to 255 (MedGemma 1.5 report, section 2.3.1).
 */
function stretched({ data }: Volume): Uint8Array {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const scale = high > low ? 255 / (high - low) : 0;
  return Uint8Array.from(data, (value) => Math.round((value - low) * scale));
}

/**
 * Siemens mosaics: the slices of one EPI volume tiled into a single image, row by row, in a square of tiles. The tiles are cut out again and
 * get the positions of slices, as nibabel's documentation of the format derives them.
 *
 * ImagePositionPatient of a mosaic belongs to the corner of an image of the mosaic's size around the middle of the first slice; the slice's own
 * corner lies half the difference of the two sizes further in.
 */

import { toLatin1 } from "../../../../base/host/octets.ts";
import { cross, dot, scale, type Vector } from "../../../geometry/index.ts";
import type { Samples } from "../../codecs/frame.ts";
import type { DataSet } from "../../parse/data-set.ts";

/** A rectangle of a frame, in pixels. */
export interface Cut {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function cutOut(frame: Samples, columns: number, { x, y, width, height }: Cut): Samples {
  const out = new (frame.constructor as new (length: number) => Samples)(width * height);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * columns + x;
    out.set(frame.subarray(from, from + width), row * width);
  }
  return out;
}

export interface Mosaic {
  readonly slices: number;
  /** Tiles side by side. */
  readonly across: number;
  readonly width: number;
  readonly height: number;
  /** Direction from slice to slice; undefined if the header does not state it. */
  readonly normal: Vector | undefined;
}

/** Undefined for an image that is not a mosaic; `unknown` for one whose tiling cannot be determined from its header. */
export function mosaicOf(dataset: DataSet, rows: number, columns: number): Mosaic | "unknown" | undefined {
  if (!dataset.strings("ImageType").some((type) => type.toUpperCase() === "MOSAIC")) return undefined;
  const csa = csaText(dataset);
  const stated = siemensNumber(dataset, 0x0a) ?? csaNumber(csa, "NumberOfImagesInMosaic");
  const slices = stated ?? slicesByMatrix(dataset, rows, columns);
  if (slices === undefined || !Number.isInteger(slices) || slices < 1) return "unknown";
  const across = Math.ceil(Math.sqrt(slices));
  if (columns % across !== 0 || rows % across !== 0) return "unknown";
  return {
    slices,
    across,
    width: columns / across,
    height: rows / across,
    normal: csaVector(csa, "SliceNormalVector"),
  };
}

export function tileOf({ across, width, height }: Mosaic, slice: number): Cut {
  return { x: (slice % across) * width, y: Math.floor(slice / across) * height, width, height };
}

/** The position of one slice of a mosaic at `position`, LPS millimetres. */
export function tilePosition(
  mosaic: Mosaic,
  slice: number,
  columns: number,
  rows: number,
  position: Vector,
  [row, column]: readonly [Vector, Vector],
  [rowSpacing, columnSpacing]: readonly [number, number],
  step: number,
): Vector {
  const right = scale(row, ((columns - mosaic.width) / 2) * columnSpacing);
  const down = scale(column, ((rows - mosaic.height) / 2) * rowSpacing);
  const across = cross(row, column);
  const towards = mosaic.normal !== undefined && dot(across, mosaic.normal) < 0 ? -1 : 1;
  const away = scale(across, step * slice * towards);
  return [0, 1, 2].map((i) => position[i] + right[i] + down[i] + away[i]) as unknown as Vector;
}

/** Without a stated number: as many tiles of the acquisition matrix as fit, of which the last may be empty. */
function slicesByMatrix(dataset: DataSet, rows: number, columns: number): number | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = dataset.numbers("AcquisitionMatrix");
  // Frequency rows and columns, then phase rows and columns; two of the four are zero.
  const [height, width] = [Math.max(a, c), Math.max(b, d)];
  if (!(height > 0 && width > 0) || rows % height !== 0 || columns % width !== 0) return undefined;
  return rows / height === columns / width && rows > height ? (rows / height) * (columns / width) : undefined;
}

function siemensNumber(dataset: DataSet, element: number): number | undefined {
  for (let block = 0x10; block <= 0xff; block++) {
    if (dataset.string((0x0019 << 16) | block) !== "SIEMENS MR HEADER") continue;
    const tag = (0x0019 << 16) | (block << 8) | element;
    if (dataset.element(tag)?.vr !== "UN") return dataset.number(tag);
    const bytes = dataset.valueBytes(tag);
    return bytes.length >= 2 ? bytes[dataset.bigEndian ? 1 : 0] + 256 * bytes[dataset.bigEndian ? 0 : 1] : undefined;
  }
  return undefined;
}

/** The CSA image header (0029,xx10) of the block that `SIEMENS CSA HEADER` has reserved, as Latin-1. */
function csaText(dataset: DataSet): string {
  for (let block = 0x10; block <= 0xff; block++)
    if (dataset.string((0x0029 << 16) | block) === "SIEMENS CSA HEADER")
      return toLatin1(dataset.valueBytes((0x0029 << 16) | (block << 8) | 0x10));
  return "";
}

/**
 * The values of a CSA element: a name of 64 bytes, then its multiplicity, type and items, each with a header of 16
 * bytes and a text padded to four bytes. For both versions of the header, the texts that look like numbers are taken.
 */
function csaValues(csa: string, name: string): number[] {
  const at = csa.indexOf(`${name}\0`);
  if (at < 0) return [];
  const values: number[] = [];
  // Name 64, multiplicity 4, VR 4, syngo type 4, number of items 4, a check word 4.
  const start = at + 84;
  const count = csa.charCodeAt(at + 76) | (csa.charCodeAt(at + 77) << 8);
  for (let item = 0, from = start; item < Math.min(count, 16) && from + 16 <= csa.length; item++) {
    const length = csa.charCodeAt(from + 4) | (csa.charCodeAt(from + 5) << 8);
    const text = csa
      .slice(from + 16, from + 16 + length)
      .replace(/\0[\s\S]*$/, "")
      .trim();
    if (/^-?[\d.]+(e[-+]?\d+)?$/i.test(text)) values.push(Number(text));
    from += 16 + 4 * Math.ceil(length / 4);
  }
  return values;
}

function csaNumber(csa: string, name: string): number | undefined {
  return csaValues(csa, name)[0];
}

function csaVector(csa: string, name: string): Vector | undefined {
  const [x, y, z] = csaValues(csa, name);
  return z === undefined ? undefined : [x, y, z];
}

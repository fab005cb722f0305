/** Photographs and scanned images: JPEG, PNG, TIFF, WebP, GIF and AVIF, as 8-bit pixels the right way up. */
import sharp, { type Metadata, type SharpOptions } from "sharp";
import { PolyclinicError } from "../../base/errors.ts";
import { allBytes, diskSource } from "../../bytes/index.ts";
import { budgetOf, defaultLimits, type Image, type Limits, type Warning } from "../types.ts";
import { heicHint, isHeic, type PhotoFormat, photoFormat } from "./format.ts";
import { furtherPictures, pixelAspect } from "./hints.ts";
import { repairJpeg } from "./repair-jpeg.ts";

export interface PhotoOptions {
  /** Which pages of a TIFF, from 0; the first unless given. */
  readonly pages?: readonly number[];
  readonly limits?: Partial<Limits>;
  /** The file, for messages. */
  readonly name?: string;
}

export interface PhotoPages {
  /** `[height, width, 1 or 3]` bytes each, in the order asked for. */
  readonly images: readonly Image[];
  /** Pages or frames the file has, read or not. */
  readonly pageCount: number;
  /** Height over width of a pixel, when the file states it. */
  readonly pixelAspect?: number;
  readonly warnings: readonly Warning[];
}

/** The first page of `readPhotoPages`. */
export async function readPhoto(input: string | Uint8Array, limits: Partial<Limits> = {}): Promise<Image> {
  return (await readPhotoPages(input, { limits })).images[0];
}

/**
 * Reads a photograph, or pages of a TIFF.
 *
 * - JPEG pixels are libjpeg-turbo's accurate integer decode with smooth chroma, as Pillow gives them. Departures from the standard that cost
 *   no pixel are put right and said.
 * - 16-bit samples become 8-bit by the ratio of the ranges, rounded: `round(v / 257)` (MedGemma's serving code, medgemma.md 6.4).
 * - Alpha is dropped, not composited, as the same code does: a transparent pixel keeps the colour stored under it.
 * - EXIF orientation is applied. Grey stays one channel. Embedded profiles are not applied, as in that code and in Pillow's plain decode;
 *   CMYK is multiplied out as Pillow's `convert("RGB")` does.
 *
 * @param input a path, or the file's bytes.
 * @throws `photo/...`: not an image that is known, truncated, damaged, or beyond `limits`; `file/unreadable`, `limit/bytes`.
 */
export async function readPhotoPages(input: string | Uint8Array, options: PhotoOptions = {}): Promise<PhotoPages> {
  const bounds = { ...defaultLimits, ...options.limits };
  const where = options.name ?? (typeof input === "string" ? input : "the picture");
  const bytes = typeof input === "string" ? await allBytes(diskSource(input), bounds.maxBytes) : input;
  const format = photoFormat(bytes.subarray(0, 256));
  if (format === undefined) throw unrecognised(bytes, where);
  const warnings: Warning[] = [];
  const decoding: Decoding = { bytes, format, where, limits: bounds };
  const images: Image[] = [];
  let meta: Metadata | undefined;
  for (const page of options.pages ?? [0]) {
    const read = await strictOrRepaired({ ...decoding, page }, warnings);
    images.push(read.image);
    meta ??= read.meta;
  }
  const pageCount = meta?.pages ?? 1;
  const further = furtherPictures(bytes, format, pageCount);
  if (further !== undefined) warnings.push({ code: "photo/left-out", message: further, where });
  const aspect = pixelAspect(bytes, format);
  return { images, pageCount, warnings, ...(aspect !== undefined && { pixelAspect: aspect }) };
}

interface Decoding {
  readonly bytes: Uint8Array;
  readonly format: PhotoFormat;
  readonly where: string;
  readonly limits: Limits;
  readonly page?: number;
}

interface Decoded {
  readonly image: Image;
  readonly meta: Metadata;
}

async function strictOrRepaired(decoding: Decoding, warnings: Warning[]): Promise<Decoded> {
  const { bytes, format, where, limits } = decoding;
  const warn = (message: string) => warnings.push({ code: "photo/repaired", message, where });
  try {
    return await decode(decoding, "warning");
  } catch (cause) {
    if (PolyclinicError.is(cause)) throw cause;
    let failure = cause;
    if (format === "jpeg") {
      const repaired = repairJpeg(bytes);
      if (repaired !== undefined && repaired.done.length > 0) {
        try {
          const read = await decode({ ...decoding, bytes: repaired.bytes }, "warning");
          warn(`the file departs from the JPEG standard and was put right: ${repaired.done.join(", ")}`);
          return read;
        } catch (again) {
          failure = again;
        }
      }
      // Stray bytes at the end of a scan: libjpeg skips them and nothing is lost. Every other remark is damage.
      const every = reason(failure).split("\n").filter(Boolean);
      if (!every.every((line) => /extraneous bytes before marker/.test(line)))
        throw unreadable(where, format, failure, limits);
      const tolerant = { ...decoding, bytes: repaired?.bytes ?? bytes };
      return decode(tolerant, "error").catch((again: unknown) => {
        throw unreadable(where, format, again, limits);
      });
    }
    try {
      const read = await decode(decoding, "error");
      warn(`the decoder remarks: ${reason(cause).split("\n")[0]}`);
      return read;
    } catch {
      throw unreadable(where, format, cause, limits);
    }
  }
}

async function decode(decoding: Decoding, failOn: "warning" | "error"): Promise<Decoded> {
  const { bytes, where, limits, page = 0 } = decoding;
  const options: SharpOptions = { limitInputPixels: limits.maxPixels, failOn, ignoreIcc: true, page };
  const meta = await sharp(bytes, options).metadata();
  const deep = meta.depth === "ushort";
  if (!deep && meta.depth !== "uchar")
    throw new PolyclinicError("photo/depth", "does not hold 8 or 16-bit samples", { where, found: meta.depth });
  const pixels = meta.width * meta.height;
  const cmyk = meta.space === "cmyk";
  const grey = meta.channels <= 2;
  const kept = pixels * (grey ? 1 : 3);
  // An image that is turned is decoded whole, with all its samples; others pass through a few rows at a time.
  const turned = (meta.orientation ?? 1) > 1;
  const passing = (turned ? pixels * meta.channels * (deep ? 2 : 1) : 0) + (cmyk ? pixels * 4 : 0);
  const budget = budgetOf(limits, bytes.length);
  budget.take(kept, where, `the picture of ${meta.width} x ${meta.height} pixels`);
  try {
    const image = await budget.during(passing, where, "decoding the picture", () =>
      cmyk ? multiplied(decoding, options) : pixelsOf(bytes, options, { grey, deep, where }),
    );
    return { image, meta };
  } catch (error) {
    budget.give(kept);
    throw error;
  }
}

async function pixelsOf(
  bytes: Uint8Array,
  options: SharpOptions,
  { grey, deep, where }: { grey: boolean; deep: boolean; where: string },
): Promise<Image> {
  let picture = sharp(bytes, options).autoOrient().removeAlpha();
  // 65535 = 255 * 257, so the ratio of the ranges is exact; the half makes the cast to bytes a rounding.
  if (deep) picture = picture.linear(1 / 257, 0.5);
  const { data, info } = await picture
    .toColourspace(grey ? (deep ? "grey16" : "b-w") : deep ? "rgb16" : "srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 1 && channels !== 3)
    throw new PolyclinicError("photo/channels", "is neither grey nor colour", { where, found: `${channels} channels` });
  return { kind: "image", width, height, channels, data: asBytes(data) };
}

/** CMYK to RGB by Pillow's integers. Both it and libvips take every CMYK JPEG for inverted, as Adobe writes them. */
async function multiplied({ bytes, where }: Decoding, options: SharpOptions): Promise<Image> {
  const { data, info } = await sharp(bytes, options)
    .pipelineColourspace("cmyk")
    .autoOrient()
    .toColourspace("cmyk")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels < 4)
    throw new PolyclinicError("photo/channels", "is no CMYK picture", { where, found: `${channels} channels` });
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0, from = 0; i < rgb.length; i += 3, from += channels) {
    const light = 255 - data[from + 3];
    for (let c = 0; c < 3; c++) {
      // Pillow's MULDIV255: the product over 255, rounded.
      const product = data[from + c] * light + 128;
      rgb[i + c] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
  return { kind: "image", width, height, channels: 3, data: rgb };
}

function asBytes(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function unrecognised(bytes: Uint8Array, where: string): PolyclinicError {
  if (isHeic(bytes))
    return new PolyclinicError("photo/heic", "is a HEIC photograph, whose codec cannot be read", {
      where,
      hint: heicHint,
    });
  return new PolyclinicError("photo/unrecognised", "is not a picture that is known", {
    where,
    expected: "JPEG, PNG, TIFF, WebP, GIF or AVIF",
    found:
      bytes.length === 0 ? "no bytes" : `bytes that begin with ${Buffer.from(bytes.subarray(0, 8)).toString("hex")}`,
  });
}

function unreadable(where: string, format: PhotoFormat, cause: unknown, { maxPixels }: Limits): PolyclinicError {
  if (PolyclinicError.is(cause)) return cause as PolyclinicError;
  const found = reason(cause);
  if (/pixel limit/i.test(found))
    return new PolyclinicError("photo/too-large", "has more pixels than the limit", {
      where,
      expected: `at most ${maxPixels}`,
      hint: "Raise limits.maxPixels if the file is trusted.",
      cause,
    });
  return new PolyclinicError("photo/damaged", `cannot be decoded as ${format.toUpperCase()}`, {
    where,
    found: found.split("\n")[0],
    hint: "The file is incomplete or damaged: copy it again.",
    cause,
  });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.trim() : String(cause);
}

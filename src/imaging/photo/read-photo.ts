/** Photographs and scanned images: JPEG, PNG, TIFF, WebP, GIF and AVIF, as 8-bit pixels the right way up. */
import { PolyclinicError } from "../../base/errors.ts";
import { toHex } from "../../base/host/octets.ts";
import { allBytes, diskSource } from "../../bytes/index.ts";
import { defaultLimits, type Image, type Limits, type Warning } from "../types.ts";
import { type Decoded, type Decoding, decode } from "./decode.ts";
import { heicHint, isHeic, type PhotoFormat, photoFormat } from "./format.ts";
import { furtherPictures, pixelAspect } from "./hints.ts";
import { repairJpeg } from "./repair-jpeg.ts";

/** Pages and limits for reading a JPEG, PNG, WebP, AVIF or TIFF file. */
export interface PhotoOptions {
  /** Pages of a TIFF to read, 0-based; default: the first. */
  readonly pages?: readonly number[];
  readonly limits?: Partial<Limits>;
  /** The file, for messages. */
  readonly name?: string;
}

/** The decoded pages of an image file that is not DICOM. */
export interface PhotoPages {
  /** `[height, width, 1 or 3]` bytes each, in the requested order. */
  readonly images: readonly Image[];
  /** Number of pages or frames of the file, read or not. */
  readonly pageCount: number;
  /** Pixel height over width, if the file states it. */
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
 * - Transparent pixels are put on white, with a warning. The same code drops alpha and shows a model the colours stored under it, which no
 *   viewer shows: its user would be answered about another picture.
 * - EXIF orientation is applied. Grey stays one channel. Embedded profiles are not applied, as in that code and in Pillow's plain decode;
 *   CMYK is multiplied out as Pillow's `convert("RGB")` does.
 *
 * @param input a path, or the file's bytes.
 * @throws `photo/...`: not an image that is known, truncated, damaged, or beyond `limits`; `file/unreadable`, `limit/bytes`.
 */
export async function readPhotoPages(input: string | Uint8Array, options: PhotoOptions = {}): Promise<PhotoPages> {
  const bounds = { ...defaultLimits, ...options.limits };
  const where = options.name ?? (typeof input === "string" ? input : "the image");
  const bytes = typeof input === "string" ? await allBytes(diskSource(input), bounds.maxBytes) : input;
  const format = photoFormat(bytes.subarray(0, 256));
  if (format === undefined) throw unrecognised(bytes, where);
  const warnings: Warning[] = [];
  const decoding: Decoding = { bytes, format, where, limits: bounds };
  const images: Image[] = [];
  let pageCount: number | undefined;
  for (const page of options.pages ?? [0]) {
    const read = await strictOrRepaired({ ...decoding, page }, warnings);
    images.push(read.image);
    if (read.transparent !== undefined)
      warnings.push({
        code: "photo/transparent",
        message: `${percent(read.transparent)} of the image is transparent and is shown on white; another viewer may use another background`,
        where,
      });
    pageCount ??= read.pageCount;
  }
  const further = furtherPictures(bytes, format, pageCount ?? 1);
  if (further !== undefined) warnings.push({ code: "photo/left-out", message: further, where });
  const aspect = pixelAspect(bytes, format);
  return { images, pageCount: pageCount ?? 1, warnings, ...(aspect !== undefined && { pixelAspect: aspect }) };
}

/** Rounded to whole per cent, but at least 1 %, because some pixels are transparent. */
const percent = (share: number) => `${Math.max(1, Math.round(100 * share))} %`;

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
          warn(`the file deviates from the JPEG standard and was repaired: ${repaired.done.join(", ")}`);
          return read;
        } catch (again) {
          failure = again;
        }
      }
      // Stray bytes at the end of a scan are skipped by libjpeg without loss. Every other warning means damage.
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
      warn(`warning of the decoder: ${reason(cause).split("\n")[0]}`);
      return read;
    } catch {
      throw unreadable(where, format, cause, limits);
    }
  }
}

function unrecognised(bytes: Uint8Array, where: string): PolyclinicError {
  if (isHeic(bytes))
    return new PolyclinicError("photo/heic", "is a HEIC photograph; its codec is not supported", {
      where,
      hint: heicHint,
    });
  return new PolyclinicError("photo/unrecognised", "is not an image of a supported format", {
    where,
    expected: "JPEG, PNG, TIFF, WebP, GIF or AVIF",
    found: bytes.length === 0 ? "no bytes" : `bytes that begin with ${toHex(bytes.subarray(0, 8))}`,
  });
}

function unreadable(where: string, format: PhotoFormat, cause: unknown, { maxPixels }: Limits): PolyclinicError {
  if (PolyclinicError.is(cause)) return cause as PolyclinicError;
  const found = reason(cause);
  if (/pixel limit/i.test(found))
    return new PolyclinicError("photo/too-large", "has more pixels than the limit", {
      where,
      expected: `at most ${maxPixels}`,
      hint: "If you trust the file, raise limits.maxPixels.",
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

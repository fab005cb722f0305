/** Photographs and scanned pictures: JPEG, PNG, TIFF, WebP and GIF, as 8-bit pixels the right way up. */
import { open } from "node:fs/promises";
import sharp, { type SharpOptions } from "sharp";
import { PolyclinicError } from "../../base/errors.ts";
import { defaultLimits, type Image, type Limits } from "../types.ts";
import { type PhotoFormat, photoFormat } from "./format.ts";

/**
 * Reads a photograph.
 *
 * - JPEG pixels are libjpeg-turbo's accurate integer decode with smooth chroma, as Pillow gives them.
 * - 16-bit samples become 8-bit by the ratio of the ranges, rounded: `round(v / 257)` (MedGemma's serving code, medgemma.md 6.4).
 * - Alpha is dropped, not composited, as the same code does: a transparent pixel keeps the colour stored under it.
 * - EXIF orientation is applied. Grey stays one channel. Embedded profiles are not applied, as in
 *   that code and in Pillow's plain decode.
 * - Of a file with several pages or frames the first is read.
 *
 * @param input a path, or the file's bytes.
 * @returns `[height, width, 1 or 3]` bytes.
 * @throws `photo/...`: not a picture that is known, truncated, damaged, or beyond `limits`.
 */
export async function readPhoto(
  input: string | Uint8Array,
  limits: Partial<Pick<Limits, "maxPixels" | "maxBytes">> = {},
): Promise<Image> {
  const bounds = { ...defaultLimits, ...limits };
  const where = typeof input === "string" ? input : "the picture";
  const bytes = typeof input === "string" ? await fileBytes(input, bounds.maxBytes) : input;
  const format = photoFormat(bytes);
  if (format === undefined)
    throw new PolyclinicError("photo/unrecognised", "is not a picture that is known", {
      where,
      expected: "JPEG, PNG, TIFF, WebP or GIF",
      found: bytes.length === 0 ? "no bytes" : `bytes that begin with ${hex(bytes.subarray(0, 8))}`,
    });
  const options: SharpOptions = { limitInputPixels: bounds.maxPixels, failOn: "warning", ignoreIcc: true };
  try {
    return await decode(bytes, options, where);
  } catch (cause) {
    // Some cameras leave stray bytes between segments; libjpeg skips them and nothing is lost. Every other remark is damage.
    if (format === "jpeg" && /^[^\n]*extraneous bytes before marker[^\n]*$/.test(reason(cause)))
      return decode(bytes, { ...options, failOn: "error" }, where).catch((again: unknown) => {
        throw unreadable(where, format, again, bounds.maxPixels);
      });
    throw unreadable(where, format, cause, bounds.maxPixels);
  }
}

async function decode(bytes: Uint8Array, options: SharpOptions, where: string): Promise<Image> {
  const meta = await sharp(bytes, options).metadata();
  const deep = meta.depth === "ushort";
  if (!deep && meta.depth !== "uchar")
    throw new PolyclinicError("photo/depth", "does not hold 8 or 16-bit samples", { where, found: meta.depth });
  const grey = meta.channels <= 2;
  const { data, info } = await sharp(bytes, options)
    .autoOrient()
    .removeAlpha()
    .toColourspace(grey ? (deep ? "grey16" : "b-w") : deep ? "rgb16" : "srgb")
    .raw({ depth: deep ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 1 && channels !== 3)
    throw new PolyclinicError("photo/channels", "is neither grey nor colour", { where, found: `${channels} channels` });
  return { kind: "image", width, height, channels, data: deep ? eightBits(data) : asBytes(data) };
}

function asBytes(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** 65535 = 255 * 257, so the ratio of the ranges is exact. */
function eightBits(data: Buffer): Uint8Array {
  const out = new Uint8Array(data.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Math.round((data[2 * i] | (data[2 * i + 1] << 8)) / 257);
  return out;
}

async function fileBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw new PolyclinicError("photo/open", "cannot be opened", { where: path, cause });
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new PolyclinicError("photo/open", "is not a file", { where: path });
    if (stat.size > maxBytes)
      throw new PolyclinicError("photo/too-large", "is larger than the limit", {
        where: path,
        expected: `at most ${maxBytes} bytes`,
        found: `${stat.size}`,
        hint: "Raise limits.maxBytes if the file is trusted.",
      });
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function unreadable(where: string, format: PhotoFormat, cause: unknown, maxPixels: number): PolyclinicError {
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

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

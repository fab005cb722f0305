/**
 * Decodes image files with libvips (sharp); `decode.web.ts` is the browser's version. The resulting pixels are
 * specified at `readPhotoPages`.
 */
import sharp, { type SharpOptions } from "sharp";
import { PolyclinicError } from "../../base/errors.ts";
import { budgetOf, type Image, type Limits } from "../types.ts";
import type { PhotoFormat } from "./format.ts";
import { onWhite } from "./transparency.ts";

export interface Decoding {
  readonly bytes: Uint8Array;
  readonly format: PhotoFormat;
  readonly where: string;
  readonly limits: Limits;
  readonly page?: number;
}

export interface Decoded {
  readonly image: Image;
  /** Number of pages or frames of the file. */
  readonly pageCount: number;
  /** Fraction of pixels that are not opaque and were composited on white; absent if all are opaque. */
  readonly transparent?: number;
}

export async function decode(decoding: Decoding, failOn: "warning" | "error"): Promise<Decoded> {
  const { bytes, where, limits, page = 0 } = decoding;
  const options: SharpOptions = { limitInputPixels: limits.maxPixels, failOn, ignoreIcc: true, page };
  const meta = await sharp(bytes, options).metadata();
  const deep = meta.depth === "ushort";
  if (!deep && meta.depth !== "uchar")
    throw new PolyclinicError("photo/depth", "does not have 8-bit or 16-bit samples", { where, found: meta.depth });
  const pixels = meta.width * meta.height;
  const cmyk = meta.space === "cmyk";
  const grey = meta.channels <= 2;
  const outputBytes = pixels * (grey ? 1 : 3);
  // A rotated image is decoded as a whole; others are streamed a few rows at a time.
  const turned = (meta.orientation ?? 1) > 1;
  const passing = (turned ? pixels * meta.channels * (deep ? 2 : 1) : 0) + (cmyk ? pixels * 4 : 0);
  const budget = budgetOf(limits, bytes.length);
  budget.take(outputBytes, where, `the image of ${meta.width} x ${meta.height} pixels`);
  try {
    const image = await budget.during(passing, where, "decoding the image", () =>
      cmyk ? multiplied(decoding, options) : pixelsOf(bytes, options, { grey, deep, where }),
    );
    const transparent =
      meta.hasAlpha && !cmyk
        ? await budget.during(deep ? 3 * pixels : pixels, where, "decoding the image's transparency", async () =>
            onWhite(image, await alphaOf(bytes, options, deep)),
          )
        : 0;
    return { image, pageCount: meta.pages ?? 1, ...(transparent > 0 && { transparent }) };
  } catch (error) {
    budget.give(outputBytes);
    throw error;
  }
}

async function pixelsOf(
  bytes: Uint8Array,
  options: SharpOptions,
  { grey, deep, where }: { grey: boolean; deep: boolean; where: string },
): Promise<Image> {
  let picture = sharp(bytes, options).autoOrient().removeAlpha();
  // 65535 = 255 * 257, so the ratio of the ranges is exact; adding 0.5 makes the cast to bytes round.
  if (deep) picture = picture.linear(1 / 257, 0.5);
  const { data, info } = await picture
    .toColourspace(grey ? (deep ? "grey16" : "b-w") : deep ? "rgb16" : "srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 1 && channels !== 3)
    throw new PolyclinicError("photo/channels", "is neither a greyscale nor a colour image", {
      where,
      found: `${channels} channels`,
    });
  return { kind: "image", width, height, channels, data: asBytes(data) };
}

/** The alpha channel, 0 to 255. */
async function alphaOf(bytes: Uint8Array, options: SharpOptions, deep: boolean): Promise<Uint8Array> {
  const plane = sharp(bytes, options)
    .autoOrient()
    .extractChannel("alpha")
    .toColourspace(deep ? "grey16" : "b-w");
  const data = await plane.raw({ depth: deep ? "ushort" : "uchar" }).toBuffer();
  if (!deep) return asBytes(data);
  // Scaled here, because sharp extracts a channel after all other operations, which apply only to the colours.
  const samples = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  return Uint8Array.from(samples, (value) => Math.floor(value / 257 + 0.5));
}

/**
 * CMYK to RGB in Pillow's integer arithmetic. Both Pillow and libvips treat every CMYK JPEG as inverted, as Adobe
 * writes them.
 */
async function multiplied({ bytes, where }: Decoding, options: SharpOptions): Promise<Image> {
  const { data, info } = await sharp(bytes, options)
    .pipelineColourspace("cmyk")
    .autoOrient()
    .toColourspace("cmyk")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels < 4)
    throw new PolyclinicError("photo/channels", "is not a CMYK image", { where, found: `${channels} channels` });
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

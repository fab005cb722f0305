/** Photographs and rendered radiographs as image parts. */
import sharp from "sharp";
import { PolyclinicError } from "../base/errors.ts";
import type { Image, Limits } from "../imaging/types.ts";
import { hashOfBytes, labelOf, type OpenStudyOptions } from "./read-part.ts";
import type { Source } from "./source.ts";
import type { ImagePart } from "./types.ts";

/** @throws `photo/damaged`, `limit/pixels`, `limit/bytes`. */
export async function readPhotoPart(source: Source, options: OpenStudyOptions, limits: Limits): Promise<ImagePart> {
  const bytes = await source.bytes();
  return {
    kind: "image",
    label: labelOf(source.name),
    modality: options.modality ?? "OT",
    origin: { files: [source.name], sha256: hashOfBytes(bytes) },
    warnings: [],
    image: await decode(bytes, source.name, limits),
  };
}

async function decode(bytes: Uint8Array, where: string, limits: Limits): Promise<Image> {
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: limits.maxPixels })
      .rotate()
      .flatten({ background: "black" })
      .toColourspace("srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    const channels = info.channels as 1 | 3;
    return { kind: "image", width: info.width, height: info.height, channels, data: new Uint8Array(data) };
  } catch (cause) {
    throw new PolyclinicError("photo/damaged", "the picture cannot be decoded", {
      where,
      found: cause instanceof Error ? cause.message : String(cause),
      hint: "It is damaged, cut short or too large.",
      cause,
    });
  }
}

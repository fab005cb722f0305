/** Photographs and rendered radiographs as image parts. */
import { PolyclinicError } from "../base/errors.ts";
import { readPhoto } from "../imaging/photo/index.ts";
import type { Image, Limits } from "../imaging/types.ts";
import { hashOfBytes, labelOf, type OpenStudyOptions } from "./read-part.ts";
import type { Source } from "./source.ts";
import type { ImagePart } from "./types.ts";

/** @throws the errors of `readPhoto`, naming the file. */
export async function readPhotoPart(source: Source, options: OpenStudyOptions, limits: Limits): Promise<ImagePart> {
  const bytes = await source.bytes();
  return {
    kind: "image",
    label: labelOf(source.name),
    modality: options.modality ?? "OT",
    origin: { files: [source.name], sha256: hashOfBytes(bytes) },
    warnings: [],
    image: await named(source.name, readPhoto(bytes, limits)),
  };
}

/** The reader was given bytes and cannot name the file; this does. */
async function named(where: string, reading: Promise<Image>): Promise<Image> {
  return reading.catch((error) => {
    if (!PolyclinicError.is(error)) throw error;
    const { code, summary, expected, found, hint } = error;
    throw new PolyclinicError(code, summary, {
      where,
      cause: error,
      ...(expected !== undefined && { expected }),
      ...(found !== undefined && { found }),
      ...(hint !== undefined && { hint }),
    });
  });
}

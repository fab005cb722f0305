/** Photographs, rendered radiographs and pages of TIFF files as image parts. */
import { allBytes, type ByteSource } from "../../bytes/index.ts";
import { readPhotoPages } from "../../imaging/photo/index.ts";
import type { Limits } from "../../imaging/types.ts";
import type { ImagePart } from "../types.ts";
import { hashOf, labelOf, type OpenStudyOptions, pixelShapeWarnings, type Reading, readNamed } from "./read-part.ts";

export interface PagesOfTiff {
  /** 0-based, in the order of the file. */
  readonly pages: readonly number[];
  /** Height and width of a pixel of each page, if stated. */
  readonly spacing: readonly (readonly [row: number, column: number] | undefined)[];
}

/** @throws the errors of `readPhotoPages`, naming the file. */
export async function readPhotoPart(
  source: ByteSource,
  options: OpenStudyOptions,
  limits: Limits,
  tiff?: PagesOfTiff,
): Promise<Reading> {
  const bytes = await allBytes(source, limits.maxBytes);
  const { name } = source;
  const reading = readPhotoPages(bytes, { name, limits, ...(tiff && { pages: tiff.pages }) });
  const { images, warnings, pixelAspect } = await readNamed(name, reading);
  const sha256 = await hashOf([source]);
  const parts = images.map(
    (image, i): ImagePart => ({
      kind: "image",
      label: images.length === 1 ? labelOf(name) : `${labelOf(name)}, page ${(tiff?.pages[i] ?? i) + 1}`,
      modality: options.modality ?? "OT",
      origin: { files: [name], sha256 },
      warnings: [
        ...(i === 0 ? warnings : []),
        ...pixelShapeWarnings(tiff?.spacing[i] ?? (pixelAspect === undefined ? undefined : [pixelAspect, 1]), name),
      ],
      image,
    }),
  );
  return { parts, leftOut: [], warnings: [] };
}

/** TIFF files: whole slides where they are tiled, pyramidal, a vendor's, or too large to be a picture; photographs otherwise. */
import { PolyclinicError } from "../../base/errors.ts";
import { type OpenedSlide, openSlide } from "../../imaging/slide/index.ts";
import type { Limits } from "../../imaging/types.ts";
import type { ImagePart, SlidePart } from "../types.ts";
import { hashOf, labelOf, type OpenStudyOptions } from "./read-part.ts";
import { readPhotoPart } from "./read-photo.ts";
import { type Source, slideNeedsFile } from "./source.ts";

/** A single untiled image up to this many pixels, without a resolution of microscopy, is a picture. */
const largestPicture = 25_000_000;
/** Finer than this is microscopy; scanners and cameras write 72 to 600 dots an inch (353 to 42 microns). */
const coarsestSlide = 8;

/** @throws the errors of `openSlide` or `readPhoto`; `study/slide-needs-file`. */
export async function readTiffPart(
  source: Source,
  options: OpenStudyOptions,
  limits: Limits,
): Promise<ImagePart | SlidePart> {
  if (source.path === undefined) {
    return readPhotoPart(source, options, limits).catch(() => {
      throw slideNeedsFile(source.name);
    });
  }
  let slide: OpenedSlide;
  try {
    slide = await openSlide(source.path, { limits, ...(options.mpp !== undefined && { mpp: options.mpp }) });
  } catch (error) {
    if (PolyclinicError.is(error) && ["slide/unsupported", "slide/multichannel"].includes(error.code)) throw error;
    return readPhotoPart(source, options, limits).catch(() => {
      throw error;
    });
  }
  if (isPicture(slide)) {
    await slide.close();
    return readPhotoPart(source, options, limits);
  }
  return {
    kind: "slide",
    label: labelOf(source.name),
    modality: "SM",
    origin: { files: [source.name], sha256: await hashOf([source]) },
    warnings: slide.warnings,
    slide,
  };
}

function isPicture({ levels, mpp, vendor }: OpenedSlide): boolean {
  const [{ width, height }] = levels;
  const microscopy = mpp !== undefined && mpp <= coarsestSlide;
  return vendor.startsWith("generic") && levels.length === 1 && !microscopy && width * height <= largestPicture;
}

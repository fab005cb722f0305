/**
 * TIFF files: a whole slide if tiled, pyramidal, from a scanner vendor, or too large for an image; otherwise images,
 * one per page.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { ByteSource } from "../../bytes/index.ts";
import { openSlide, type TiffPage, tiffPages } from "../../imaging/slide/index.ts";
import type { Limits } from "../../imaging/types.ts";
import { hashOf, labelOf, type OpenStudyOptions, type Reading } from "./read-part.ts";
import { readPhotoPart } from "./read-photo.ts";

/** Maximum number of pixels of a single untiled image without a microscopy resolution that counts as an image. */
const largestPicture = 25_000_000;
/**
 * Microns per pixel; finer resolutions are microscopy. Scanners and cameras write 72 to 600 dpi (353 to 42 microns).
 */
const coarsestSlide = 8;
/** Number of pages read from the start, as for a PDF. */
const maxPages = 40;

/** @throws the errors of `openSlide` or `readPhotoPages`. */
export async function readTiffPart(source: ByteSource, options: OpenStudyOptions, limits: Limits): Promise<Reading> {
  const mpp = options.mpp !== undefined && { mpp: options.mpp };
  let pages: readonly TiffPage[] = [];
  try {
    pages = await tiffPages(source);
    if (!isPicture(pages)) {
      const slide = await openSlide(source, { limits, ...mpp });
      const { levels, vendor } = slide;
      const [{ width, height }] = levels;
      const microscopy = slide.mpp !== undefined && slide.mpp <= coarsestSlide;
      const single = vendor.startsWith("generic") && levels.length === 1 && !microscopy;
      if (!single || width * height > largestPicture) {
        const part = {
          kind: "slide",
          label: labelOf(source.name),
          modality: "SM",
          origin: { files: [source.name], sha256: await hashOf([source]) },
          warnings: slide.warnings,
          slide,
        } as const;
        return { parts: [part], leftOut: [], warnings: [] };
      }
      await slide.close();
    }
  } catch (error) {
    if (PolyclinicError.is(error) && ["slide/unsupported", "slide/multichannel"].includes(error.code)) throw error;
    return pictures(source, options, limits, []).catch(() => {
      throw error;
    });
  }
  return pictures(source, options, limits, pages);
}

/**
 * Several untiled pages of an image's size are a document or a set of images, not a pyramid: a scanner's reductions are
 * tiled, marked as reductions, or accompanied by a microscopy resolution.
 */
function isPicture(pages: readonly TiffPage[]): boolean {
  const full = pages.filter((page) => !page.reduced && !page.nested);
  return (
    full.length > 1 &&
    pages.every(
      ({ vendor, tiled, width, height, mpp }) =>
        vendor === "generic-tiff" &&
        !tiled &&
        width * height <= largestPicture &&
        !(mpp !== undefined && mpp <= coarsestSlide),
    )
  );
}

/** Every page except reductions and masks, which are reported as left out. */
async function pictures(
  source: ByteSource,
  options: OpenStudyOptions,
  limits: Limits,
  pages: readonly TiffPage[],
): Promise<Reading> {
  const chain = pages.filter(({ nested }) => !nested);
  const full = chain.filter(({ reduced, mask }) => !reduced && !mask);
  const chosen = (full.length > 0 ? full : chain).slice(0, maxPages);
  const reading = await readPhotoPart(
    source,
    options,
    limits,
    chosen.length === 0
      ? undefined
      : { pages: chosen.map(({ index }) => index), spacing: chosen.map((p) => p.spacing) },
  );
  const leftOut: { file: string; reason: string }[] = [];
  const left = (count: number, what: string) => {
    if (count > 0)
      leftOut.push({
        file: source.name,
        reason: `${count} ${count === 1 ? "page" : "pages"} of ${chain.length}: ${what}`,
      });
  };
  left(full.length - Math.min(full.length, maxPages), `more than ${maxPages}, of which the first are read`);
  if (full.length > 0) left(chain.length - full.length, "reduced copies or masks of others");
  return { ...reading, leftOut };
}

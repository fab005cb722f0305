/** Slides in TIFF files: Aperio SVS, PerkinElmer, Philips, OME and generic pyramids and tiled images, classic and BigTIFF. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Limits, Warning } from "../types.ts";
import type { ByteSource } from "./byte-source.ts";
import { aperioMicrons, imageJMicrons, omeMicrons, philipsMicrons, tiffMicrons } from "./microns.ts";
import type { SlideContent } from "./slide-content.ts";
import { associatedName, type Page, readPages, type Vendor, vendorOf } from "./tiff/pages.ts";
import { Tag } from "./tiff/tags.ts";
import { tiffGrid } from "./tiff/tiff-grid.ts";
import type { TileGrid } from "./tile-grid.ts";

/** A level's two downsamples may differ by its rounding to whole pixels, or whole tiles, and this share. */
const aspectTolerance = 0.02;

/** Reads the structure of a TIFF slide; no pixel is decoded yet. */
export async function readTiffSlide(source: ByteSource, limits: Limits): Promise<SlideContent> {
  const pages = await readPages(source);
  await refuseUnsupported(source, pages);
  const vendor = vendorOf(pages);
  const warnings: Warning[] = [];
  const associated = new Map<string, Page>();
  const images: Page[] = [];
  for (const page of pages) {
    if (page.subfileType & 4) continue; // a transparency mask
    const name = associatedName(page, vendor);
    if (name === undefined) images.push(page);
    else if (!associated.has(name)) associated.set(name, page);
  }
  const levels = await pyramid(source, images, limits, warnings);
  const properties: Record<string, string> = {};
  const power = /\bAppMag\s*=\s*([\d.]+)/.exec(pages[0].description)?.[1];
  if (power !== undefined) properties.objectivePower = power;
  return {
    vendor,
    levels,
    mpp: await microns(images[0], vendor),
    associated: new Map(
      [...associated].map(([name, page]) => [name, () => tiffGrid(source, page.directory, limits)] as const),
    ),
    properties,
    warnings,
  };
}

/** Formats that are TIFF on the outside and would be read wrongly as one are refused by name. */
async function refuseUnsupported(source: ByteSource, pages: readonly Page[]): Promise<void> {
  const [first] = pages;
  if (first === undefined)
    throw new PolyclinicError("tiff/damaged", "holds no image with a size", { where: source.name });
  const refuse = (format: string, why: string) =>
    new PolyclinicError("slide/unsupported", `is a ${format} slide, which is not supported`, {
      where: source.name,
      found: why,
      hint: "Convert it to a tiled TIFF or to DICOM first.",
    });
  if (first.directory.has(Tag.NdpiFormat)) throw refuse("Hamamatsu NDPI", "levels stored as single giant JPEG images");
  const xmp = await first.directory.text(Tag.Xmp);
  if (xmp?.includes("<iScan")) throw refuse("Ventana BIF", "tiles that overlap each other");
}

/** The full resolution and its reductions, largest first; the rest is reported. */
async function pyramid(
  source: ByteSource,
  images: Page[],
  limits: Limits,
  warnings: Warning[],
): Promise<SlideContent["levels"]> {
  // Where any image is tiled, the untiled ones beside it are previews.
  const candidates = images.some((page) => page.tiled) ? images.filter((page) => page.tiled) : images;
  candidates.sort((a, b) => b.width * b.height - a.width * a.height);
  const [base] = candidates;
  if (base === undefined)
    throw new PolyclinicError("slide/no-image", "holds no slide image, only associated images", { where: source.name });
  const same = candidates.filter((page) => page.width === base.width && page.height === base.height);
  if (same.length > 1 && base.samples < 3)
    throw new PolyclinicError("slide/multichannel", "holds separate channels instead of a colour image", {
      where: source.name,
      expected: "one RGB image per resolution",
      found: `${same.length} images of ${base.width} x ${base.height} with ${base.samples} sample each`,
      hint: "Export an RGB composite of the channels first (for example with QuPath).",
    });
  const levels: { grid: TileGrid; downsample: number }[] = [];
  for (const page of candidates) {
    const previous = levels.at(-1);
    const [across, down] = [base.width / page.width, base.height / page.height];
    const slack = aspectTolerance + 1 / Math.min(page.width, page.height);
    const isReduction =
      previous === undefined || (page.width < previous.grid.width && Math.abs(across / down - 1) <= slack);
    if (!isReduction || page.samples !== base.samples) {
      warnings.push({
        code: "slide/page-left-out",
        message: `an image of ${page.width} x ${page.height} is not a reduction of the slide and was left out`,
        where: page.directory.where,
      });
      continue;
    }
    levels.push({ grid: await tiffGrid(source, page.directory, limits), downsample: (across + down) / 2 });
  }
  return levels;
}

async function microns(base: Page, vendor: Vendor): Promise<number | undefined> {
  const { directory, description } = base;
  const pixelsPerUnit = await directory.number(Tag.XResolution, undefined);
  if (vendor === "aperio") return aperioMicrons(description);
  return (
    (vendor === "ome" ? omeMicrons(description) : undefined) ??
    (vendor === "philips" ? philipsMicrons(description) : undefined) ??
    imageJMicrons(description, pixelsPerUnit) ??
    tiffMicrons(pixelsPerUnit, await directory.number(Tag.ResolutionUnit, 2))
  );
}

/** Slides in TIFF files: Aperio SVS, PerkinElmer, Philips, Leica SCN, OME and generic pyramids and tiled images, classic and BigTIFF. */
import { PolyclinicError } from "../../base/errors.ts";
import type { ByteSource } from "../../bytes/index.ts";
import type { Limits, Warning } from "../types.ts";
import { aperioMicrons, imageJMicrons, omeMicrons, philipsMicrons, philipsSpacings, tiffMicrons } from "./microns.ts";
import type { SlideContent } from "./slide-content.ts";
import { readScn } from "./tiff/leica.ts";
import { associatedName, type Page, readPages, type Vendor, vendorOf } from "./tiff/pages.ts";
import { Tag } from "./tiff/tags.ts";
import { tiffGrid } from "./tiff/tiff-grid.ts";
import type { TileGrid } from "./tile-grid.ts";

/** The two downsample factors of a level may differ by rounding to whole pixels or whole tiles, plus this fraction. */
const aspectTolerance = 0.02;

/** Reads the structure of a TIFF slide; no pixel is decoded yet. */
export async function readTiffSlide(source: ByteSource, limits: Limits): Promise<SlideContent> {
  const pages = await readPages(source);
  await refuseUnsupported(source, pages);
  const vendor = vendorOf(pages);
  if (vendor === "leica") return leicaSlide(source, pages, limits);
  const warnings: Warning[] = [];
  const associated = new Map<string, Page>();
  const images: Page[] = [];
  for (const page of pages) {
    if (page.subfileType & 4) continue; // a transparency mask
    const name = associatedName(page, vendor);
    if (name === undefined) images.push(page);
    else if (!associated.has(name)) associated.set(name, page);
  }
  const spacings = vendor === "philips" ? philipsSpacings(pages[0].description) : undefined;
  const levels = await pyramid(source, images, limits, warnings, spacings);
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

async function leicaSlide(source: ByteSource, pages: readonly Page[], limits: Limits): Promise<SlideContent> {
  const { levels: found, macro, mpp, objective, warnings } = readScn(pages, source.name);
  const [base] = found;
  const levels: { grid: TileGrid; downsample: number }[] = [];
  for (const page of found)
    levels.push({
      grid: await tiffGrid(source, page.directory, limits),
      downsample: (base.width / page.width + base.height / page.height) / 2,
    });
  const associated = macro === undefined ? [] : [["macro", () => tiffGrid(source, macro.directory, limits)] as const];
  return {
    vendor: "leica",
    levels,
    mpp,
    associated: new Map(associated),
    properties: objective === undefined ? {} : { objectivePower: objective },
    warnings,
  };
}

/** Rejects formats that look like TIFF but would be read wrongly. */
async function refuseUnsupported(source: ByteSource, pages: readonly Page[]): Promise<void> {
  const [first] = pages;
  if (first === undefined)
    throw new PolyclinicError("tiff/damaged", "contains no image with a valid size", { where: source.name });
  const refuse = (format: string, why: string) =>
    new PolyclinicError("slide/unsupported", `is a ${format} slide, which is not supported`, {
      where: source.name,
      found: why,
      hint: "Convert it to a tiled TIFF or to DICOM first.",
    });
  if (first.directory.has(Tag.NdpiFormat))
    throw refuse("Hamamatsu NDPI", "pyramid levels stored as single very large JPEG images");
  const xmp = await first.directory.text(Tag.Xmp);
  if (xmp?.includes("<iScan")) throw refuse("Ventana BIF", "tiles that overlap each other");
}

/** The full resolution and its reductions, largest first; other pages are reported. */
async function pyramid(
  source: ByteSource,
  images: Page[],
  limits: Limits,
  warnings: Warning[],
  spacings: readonly number[] | undefined,
): Promise<SlideContent["levels"]> {
  // If any image is tiled, untiled ones are previews.
  const candidates = images.some((page) => page.tiled) ? images.filter((page) => page.tiled) : images;
  candidates.sort((a, b) => b.width * b.height - a.width * a.height);
  const [base] = candidates;
  if (base === undefined)
    throw new PolyclinicError("slide/no-image", "contains no slide image, only associated images", {
      where: source.name,
    });
  const same = candidates.filter((page) => page.width === base.width && page.height === base.height);
  if (same.length > 1 && base.samples < 3)
    throw new PolyclinicError("slide/multichannel", "contains separate channels instead of a colour image", {
      where: source.name,
      expected: "one RGB image per resolution",
      found: `${same.length} images of ${base.width} x ${base.height} with ${base.samples} sample each`,
      hint: "Export an RGB composite of the channels first (for example with QuPath).",
    });
  const levels: { grid: TileGrid; downsample: number }[] = [];
  for (const page of candidates) {
    const previous = levels.at(-1);
    const [across, down] = [base.width / page.width, base.height / page.height];
    const padded = spacings !== undefined;
    const tile = padded ? Math.max(...(await tileSides(page))) : 1;
    const slack = aspectTolerance + tile / Math.min(page.width, page.height);
    const isReduction =
      previous === undefined || (page.width < previous.grid.width && Math.abs(across / down - 1) <= slack);
    if (!isReduction || page.samples !== base.samples) {
      warnings.push({
        code: "slide/page-left-out",
        message: `an image of ${page.width} x ${page.height} is not a pyramid level of the slide and was left out`,
        where: page.directory.where,
      });
      continue;
    }
    const grid = await tiffGrid(source, page.directory, limits);
    levels.push(padded ? unpadded(grid, base, levels.length, spacings) : { grid, downsample: (across + down) / 2 });
  }
  return levels;
}

async function tileSides({ directory }: Page): Promise<[number, number]> {
  return [await directory.number(Tag.TileWidth, 1), await directory.number(Tag.TileLength, 1)];
}

/**
 * Philips pads every resolution to whole tiles, so the stored sizes do not give the scale: the description's pixel
 * spacings do, or the nearest power of two.
 */
function unpadded(
  grid: TileGrid,
  base: Page,
  level: number,
  spacings: readonly number[],
): { grid: TileGrid; downsample: number } {
  if (level === 0) return { grid, downsample: 1 };
  const stated = spacings[level] / spacings[0];
  const measured = (base.width / grid.width + base.height / grid.height) / 2;
  // Padding only enlarges a level: a stated scale that implies more than the stored size is wrong.
  const fits = (scale: number) =>
    scale > 1 && base.width / scale <= grid.width + 1 && base.height / scale <= grid.height + 1;
  const power = 2 ** Math.max(1, Math.ceil(Math.log2(measured) - 0.01));
  const downsample = fits(stated) ? stated : fits(power) ? power : measured;
  return {
    grid: {
      ...grid,
      columns: Math.ceil(grid.width / grid.tileWidth),
      rows: Math.ceil(grid.height / grid.tileHeight),
      width: Math.min(grid.width, Math.ceil(base.width / downsample)),
      height: Math.min(grid.height, Math.ceil(base.height / downsample)),
    },
    downsample,
  };
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

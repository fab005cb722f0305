/** The pages of a TIFF, for deciding whether it is a slide or images. */
import type { ByteSource } from "../../bytes/index.ts";
import { tiffMicrons } from "./microns.ts";
import { readPages, type Vendor, vendorOf } from "./tiff/pages.ts";
import { Tag } from "./tiff/tags.ts";

export interface TiffPage {
  /** Position in the chain of directories, from 0. */
  readonly index: number;
  /** Sub-directory of another page (SubIFDs). */
  readonly nested: boolean;
  readonly width: number;
  readonly height: number;
  readonly tiled: boolean;
  /** A reduced copy of another page, or a transparency mask, as NewSubfileType says. */
  readonly reduced: boolean;
  readonly mask: boolean;
  /** Vendor of the file. */
  readonly vendor: Vendor;
  /** Microns per pixel from the resolution tags, if plausible for a microscope. */
  readonly mpp: number | undefined;
  /** Height and width of a pixel in the unit of the resolution tags. */
  readonly spacing: readonly [row: number, column: number] | undefined;
}

/** @throws `tiff/...`, `file/...`. */
export async function tiffPages(source: ByteSource): Promise<TiffPage[]> {
  const pages = await readPages(source);
  const vendor = vendorOf(pages);
  const found: TiffPage[] = [];
  for (const { directory, width, height, tiled, subfileType } of pages) {
    const [across, down] = [
      await directory.number(Tag.XResolution, undefined),
      await directory.number(Tag.YResolution, undefined),
    ];
    found.push({
      index: directory.index,
      nested: directory.nested,
      width,
      height,
      tiled,
      reduced: (subfileType & 1) !== 0,
      mask: (subfileType & 4) !== 0,
      vendor,
      mpp: tiffMicrons(across, await directory.number(Tag.ResolutionUnit, 2)),
      spacing:
        across !== undefined && down !== undefined && across > 0 && down > 0 ? [1 / down, 1 / across] : undefined,
    });
  }
  return found;
}

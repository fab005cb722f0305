/**
 * The role of each directory of a slide's TIFF: a resolution of the slide, an associated image (label, macro,
 * thumbnail), or neither.
 */

import type { ByteSource } from "../../../bytes/index.ts";
import { readDirectories, type TiffDirectory } from "./directories.ts";
import { Tag } from "./tags.ts";

export interface Page {
  readonly directory: TiffDirectory;
  readonly width: number;
  readonly height: number;
  readonly tiled: boolean;
  readonly samples: number;
  /** NewSubfileType: bit 0 reduced resolution, bit 2 a mask. */
  readonly subfileType: number;
  readonly description: string;
}

export type Vendor = "aperio" | "philips" | "leica" | "perkin-elmer" | "ome" | "generic-tiff";

export async function readPages(source: ByteSource): Promise<Page[]> {
  const pages: Page[] = [];
  for (const directory of await readDirectories(source)) {
    const width = await directory.number(Tag.ImageWidth, 0);
    const height = await directory.number(Tag.ImageLength, 0);
    if (!(width > 0 && height > 0)) continue;
    pages.push({
      directory,
      width,
      height,
      tiled: directory.has(Tag.TileWidth),
      samples: await directory.number(Tag.SamplesPerPixel, 1),
      subfileType: await directory.number(Tag.NewSubfileType, 0),
      description: decodeDescription(await directory.bytes(Tag.ImageDescription, undefined, 1 << 25)),
    });
  }
  return pages;
}

/**
 * Descriptions are UTF-8, some with an XML header that wrongly declares UTF-16 (PerkinElmer), or real UTF-16; all are
 * decoded.
 */
function decodeDescription(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "";
  const utf16 = bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || bytes[1] === 0);
  return new TextDecoder(utf16 ? "utf-16le" : "utf-8").decode(bytes).replace(/\0+$/, "");
}

export function vendorOf(pages: readonly Page[]): Vendor {
  const first = pages[0]?.description ?? "";
  if (first.startsWith("Aperio")) return "aperio";
  if (/<scn\b[^>]*leica-microsystems/.test(first)) return "leica";
  if (first.includes("<PerkinElmer-QPI-ImageDescription")) return "perkin-elmer";
  if (/<(?:\w+:)?OME\b/.test(first)) return "ome";
  if (first.includes('<DataObject ObjectType="DPUfsImport"')) return "philips";
  return "generic-tiff";
}

/**
 * The name of an associated image, or undefined for a resolution of the slide.
 *
 * Aperio: second line of the description starts with `label` or `macro`; the one untiled page without either is the thumbnail.
 * PerkinElmer: ImageType. Philips: the description is the bare word. Others: the bare word too.
 */
export function associatedName(page: Page, vendor: Vendor): string | undefined {
  const text = page.description;
  if (vendor === "aperio") {
    const word = /\n\s*(label|macro)\b/.exec(text)?.[1];
    if (word !== undefined) return word;
    if (!page.tiled && page.subfileType === 1) return "label";
    if (!page.tiled && page.subfileType === 9) return "macro";
    return page.tiled ? undefined : "thumbnail";
  }
  if (vendor === "perkin-elmer") {
    const type = /<ImageType>(\w+)<\/ImageType>/.exec(text)?.[1];
    if (type === "Label") return "label";
    if (type === "Overview") return "macro";
    if (type === "Thumbnail") return "thumbnail";
    return undefined;
  }
  return /^\s*(label|macro|thumbnail)\b/i.exec(text)?.[1].toLowerCase();
}

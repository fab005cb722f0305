/** Opening a slide: the format is recognised by content, never by the file's name. */
import { basename } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { defaultLimits, type Limits, type Slide, type SlideLevel, type Warning } from "../types.ts";
import { type ByteSource, openByteSource } from "./byte-source.ts";
import { readGridRegion } from "./region.ts";
import type { SlideContent } from "./slide-content.ts";
import { looksLikeTiff } from "./tiff/directories.ts";
import { readTiffSlide } from "./tiff-slide.ts";

export interface SlideOptions {
  /** Microns per pixel of level 0, for slides without a tag; overrides the tag where there is one. */
  mpp?: number;
  limits?: Partial<Limits>;
}

/** A slide with what its reader noticed. */
export interface OpenedSlide extends Slide {
  readonly warnings: readonly Warning[];
  /** What else the tags say: `objectivePower` (the lens, as text). */
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * Opens a whole-slide image: Aperio SVS, tiled or pyramidal TIFF and BigTIFF (JPEG, JPEG 2000, deflate, LZW, PackBits or plain).
 * Only the structure is read; pixels come from `readRegion`.
 *
 * @throws `slide/...`, `tiff/...`: not a slide, damaged, or of an unsupported kind.
 */
export async function openSlide(path: string, { mpp, limits }: SlideOptions = {}): Promise<OpenedSlide> {
  if (mpp !== undefined && !(Number.isFinite(mpp) && mpp > 0))
    throw new PolyclinicError("slide/mpp", "mpp is not a positive number of microns", { found: `${mpp}` });
  const bounds = { ...defaultLimits, ...limits };
  const source = await openByteSource(path);
  try {
    const content = await readContent(source, bounds);
    return slideOf(content, source, bounds, mpp);
  } catch (error) {
    await source.close();
    if (PolyclinicError.is(error)) throw error;
    throw new PolyclinicError("slide/damaged", "cannot be read as a slide", { where: path, cause: error });
  }
}

async function readContent(source: ByteSource, limits: Limits): Promise<SlideContent> {
  const head = await source.read(0, Math.min(16, source.size));
  if (looksLikeTiff(head)) return readTiffSlide(source, limits);
  throw new PolyclinicError("slide/unrecognised", "is no slide format that is known", {
    where: source.name,
    expected: "TIFF, SVS or DICOM",
    found: `a file that begins with ${Buffer.from(head.subarray(0, 8)).toString("hex")}`,
  });
}

function slideOf(content: SlideContent, source: ByteSource, limits: Limits, mpp: number | undefined): OpenedSlide {
  const levels: SlideLevel[] = content.levels.map(({ grid, downsample }) => ({
    width: grid.width,
    height: grid.height,
    downsample,
  }));
  const name = basename(source.name);
  return {
    kind: "slide",
    vendor: content.vendor,
    levels,
    mpp: mpp ?? content.mpp,
    associated: [...content.associated.keys()],
    properties: content.properties,
    warnings: content.warnings,
    async readRegion(level, x, y, width, height) {
      const found = content.levels[level];
      if (found === undefined)
        throw new PolyclinicError("slide/level", "has no such level", {
          where: name,
          expected: `0 to ${levels.length - 1}`,
          found: `${level}`,
        });
      return readGridRegion(found.grid, { x, y, width, height }, limits, `${name}, level ${level}`);
    },
    async readAssociated(which) {
      const grid = await content.associated.get(which)?.();
      if (grid === undefined)
        throw new PolyclinicError("slide/associated", "has no such associated image", {
          where: name,
          expected: [...content.associated.keys()].join(", ") || "none",
          found: which,
        });
      const whole = { x: 0, y: 0, width: grid.width, height: grid.height };
      return readGridRegion(grid, whole, limits, `${name}, ${which} image`);
    },
    close: () => source.close(),
  };
}

/** Opening a slide: the format is recognised by content, never by the file's name. */
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { isDicom } from "../dicom/parse/parse.ts";
import { defaultLimits, type Limits, type Slide, type SlideLevel, type Warning } from "../types.ts";
import { type ByteSource, openByteSource } from "./byte-source.ts";
import { readDicomSlide } from "./dicom/dicom-slide.ts";
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

/** Frames of a slide are tiles and never in memory together, so that far more of them are let through than of a volume. */
const maxTiles = 10_000_000;

/**
 * Opens a whole-slide image: Aperio SVS, tiled or pyramidal TIFF and BigTIFF (JPEG, JPEG 2000, deflate, LZW, PackBits or plain), or
 * DICOM whole-slide instances. Only the structure is read; pixels come from `readRegion`.
 *
 * @param path the file; for DICOM also the folder of the series, or its files. One DICOM file stands for its series: the other
 *   instances beside it are its other levels.
 * @throws `slide/...`, `tiff/...`, `dicom/...`: not a slide, damaged, or of an unsupported kind.
 */
export async function openSlide(path: string | readonly string[], options: SlideOptions = {}): Promise<OpenedSlide> {
  const { mpp, limits } = options;
  if (mpp !== undefined && !(Number.isFinite(mpp) && mpp > 0))
    throw new PolyclinicError("slide/mpp", "mpp is not a positive number of microns", { found: `${mpp}` });
  const bounds = { ...defaultLimits, ...limits };
  const paths = typeof path === "string" ? await filesOf(path) : path;
  const [first] = paths;
  if (first === undefined) throw new PolyclinicError("slide/open", "no slide file was named");
  const source = await openByteSource(first);
  let keep = false;
  try {
    const head = await source.read(0, Math.min(1024, source.size));
    // A file can be both, DICOM with a TIFF structure in its preamble: the DICOM side knows more.
    if (isDicom(head)) {
      const content = await readDicomSlide(paths, { ...bounds, maxFrames: limits?.maxFrames ?? maxTiles });
      return slideOf(content, first, bounds, mpp);
    }
    if (!looksLikeTiff(head)) throw unrecognised(first, head);
    if (paths.length > 1)
      throw new PolyclinicError("slide/several-slides", "is a slide of its own", {
        where: first,
        found: `${paths.length} files`,
        hint: "Open each slide by itself.",
      });
    const slide = slideOf(await readTiffSlide(source, bounds), first, bounds, mpp, source);
    keep = true;
    return slide;
  } catch (error) {
    if (PolyclinicError.is(error)) throw error;
    throw new PolyclinicError("slide/damaged", "cannot be read as a slide", { where: first, cause: error });
  } finally {
    if (!keep) await source.close();
  }
}

async function filesOf(path: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(path, entry.name));
  if (files.length === 0) throw new PolyclinicError("slide/open", "is a folder without files", { where: path });
  return files.sort();
}

function unrecognised(where: string, head: Uint8Array): PolyclinicError {
  return new PolyclinicError("slide/unrecognised", "is no slide format that is known", {
    where,
    expected: "TIFF, SVS or DICOM",
    found: `a file that begins with ${Buffer.from(head.subarray(0, 8)).toString("hex")}`,
  });
}

function slideOf(
  content: SlideContent,
  path: string,
  limits: Limits,
  mpp: number | undefined,
  source?: ByteSource,
): OpenedSlide {
  const levels: SlideLevel[] = content.levels.map(({ grid, downsample }) => ({
    width: grid.width,
    height: grid.height,
    downsample,
  }));
  const name = basename(path);
  let closed = false;
  const checkOpen = () => {
    if (closed) throw new PolyclinicError("slide/closed", "has been closed", { where: name });
  };
  return {
    kind: "slide",
    vendor: content.vendor,
    levels,
    mpp: mpp ?? content.mpp,
    associated: [...content.associated.keys()],
    properties: content.properties,
    warnings: content.warnings,
    async readRegion(level, x, y, width, height) {
      checkOpen();
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
      checkOpen();
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
    async close() {
      closed = true;
      await source?.close();
    },
  };
}

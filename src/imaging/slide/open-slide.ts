/** Opens a slide; the format is recognised by content, never by the file name. */
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { type ByteSource, diskSource, headOf } from "../../bytes/index.ts";
import { isDicom } from "../dicom/parse/parse.ts";
import { defaultLimits, type Limits, type Slide, type SlideLevel, type Warning } from "../types.ts";
import { readDicomSlide } from "./dicom/dicom-slide.ts";
import { missingTileWarnings, readLevelRegion } from "./level-region.ts";
import { readGridRegion } from "./region.ts";
import type { SlideContent } from "./slide-content.ts";
import { looksLikeTiff } from "./tiff/directories.ts";
import { readTiffSlide } from "./tiff-slide.ts";

/** Physical resolution and limits for opening a whole slide. */
export interface SlideOptions {
  /** Microns per pixel of level 0; overrides the slide's metadata. */
  mpp?: number;
  limits?: Partial<Limits>;
}

/** A slide with the warnings of its reader. */
export interface OpenedSlide extends Slide {
  readonly warnings: readonly Warning[];
  /** Further metadata: `objectivePower` (of the lens, as text). */
  readonly properties: Readonly<Record<string, string>>;
}

/** Frames of a slide are tiles and never in memory together, so the limit is far higher than for a volume. */
const maxTiles = 10_000_000;

/**
 * Opens a whole-slide image: Aperio SVS, tiled or pyramidal TIFF and BigTIFF (JPEG, JPEG 2000, deflate, LZW, PackBits or plain), or
 * DICOM whole-slide instances. Only the structure is read; pixels come from `readRegion`.
 *
 * @param input the file, by path or as a source of bytes; for DICOM also the folder of the series, or its files. One DICOM file named by path
 *   stands for its series: the other instances beside it are its other levels.
 * @throws `slide/...`, `tiff/...`, `dicom/...`: not a slide, damaged, or of an unsupported kind.
 */
export async function openSlide(
  input: string | ByteSource | readonly (string | ByteSource)[],
  options: SlideOptions = {},
): Promise<OpenedSlide> {
  const { mpp, limits } = options;
  if (mpp !== undefined && !(Number.isFinite(mpp) && mpp > 0))
    throw new PolyclinicError("slide/mpp", "mpp is not a positive number (micrometres per pixel)", { found: `${mpp}` });
  const bounds = { ...defaultLimits, ...limits };
  const inputs =
    typeof input === "string" ? await filesOf(input) : Array.isArray(input) ? input : [input as ByteSource];
  const sources = inputs.map((one: string | ByteSource) => (typeof one === "string" ? diskSource(one) : one));
  const [first] = sources;
  if (first === undefined) throw new PolyclinicError("slide/open", "no slide file was given");
  if (first.size === 0) throw new PolyclinicError("slide/empty", "is empty", { where: first.name });
  try {
    const head = await headOf(first, 1024);
    // A file can be both, DICOM with a TIFF structure in its preamble: DICOM has more metadata.
    if (isDicom(head)) {
      const content = await readDicomSlide(sources, { ...bounds, maxFrames: limits?.maxFrames ?? maxTiles });
      return slideOf(content, first.name, bounds, mpp);
    }
    if (!looksLikeTiff(head)) throw unrecognised(first.name, head);
    if (sources.length > 1)
      throw new PolyclinicError("slide/several-slides", "is a separate slide", {
        where: first.name,
        found: `${sources.length} files`,
        hint: "Open each slide separately.",
      });
    return slideOf(await readTiffSlide(first, bounds), first.name, bounds, mpp);
  } catch (error) {
    if (PolyclinicError.is(error)) throw error;
    throw new PolyclinicError("slide/damaged", "cannot be read as a slide", { where: first.name, cause: error });
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
  return new PolyclinicError("slide/unrecognised", "is not a supported slide format", {
    where,
    expected: "TIFF, SVS or DICOM",
    found: `a file that begins with ${Buffer.from(head.subarray(0, 8)).toString("hex")}`,
  });
}

function slideOf(content: SlideContent, path: string, limits: Limits, mpp: number | undefined): OpenedSlide {
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
    warnings: [...content.warnings, ...missingTileWarnings(content.levels, path)],
    async readRegion(level, x, y, width, height) {
      checkOpen();
      if (content.levels[level] === undefined)
        throw new PolyclinicError("slide/level", "has no such level", {
          where: name,
          expected: `0 to ${levels.length - 1}`,
          found: `${level}`,
        });
      const region = { x, y, width, height };
      return readLevelRegion(content.levels, level, region, limits, (which) => `${name}, level ${which}`);
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
      return (await readGridRegion(grid, whole, limits, `${name}, ${which} image`)).image;
    },
    async close() {
      closed = true;
    },
  };
}

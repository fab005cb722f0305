/**
 * Leica SCN: a BigTIFF whose first directory describes, in XML, which directories are resolutions of which image of the slide. The first image is
 * usually a macro photograph of the whole slide; the scanned areas follow, each with its own size in nanometres.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { Warning } from "../../types.ts";
import type { Page } from "./pages.ts";

interface ScnImage {
  readonly name: string;
  /** Directories by resolution, full resolution first. */
  readonly directories: readonly number[];
  readonly width: number;
  /** Size of the area, nanometres. */
  readonly view: { readonly width: number; readonly height: number };
  readonly objective: string | undefined;
  readonly channels: number;
}

export interface ScnSlide {
  readonly levels: readonly Page[];
  readonly macro: Page | undefined;
  readonly mpp: number;
  readonly objective: string | undefined;
  readonly warnings: readonly Warning[];
}

/**
 * @throws PolyclinicError `slide/unsupported` when the description names no image, `slide/multichannel` for
 * fluorescence.
 */
export function readScn(pages: readonly Page[], where: string): ScnSlide {
  const xml = pages[0].description;
  const [, collection = ""] = /<collection\b([^>]*)>/.exec(xml) ?? [];
  const whole = { width: attribute(collection, "sizeX"), height: attribute(collection, "sizeY") };
  const images = [...xml.matchAll(/<image\b[^>]*>[\s\S]*?<\/image>/g)].flatMap(([text]) => imageOf(text) ?? []);
  const isMacro = ({ view }: ScnImage) => view.width === whole.width && view.height === whole.height;
  const scans = images.filter((image) => !isMacro(image));
  scans.sort((a, b) => b.view.width * b.view.height - a.view.width * a.view.height);
  const [scan, ...rest] = scans;
  const byIndex = new Map(
    pages.filter(({ directory }) => !directory.nested).map((page) => [page.directory.index, page]),
  );
  const levels = (scan?.directories ?? []).flatMap((index) => byIndex.get(index) ?? []);
  if (scan === undefined || levels.length === 0 || !(scan.view.width > 0))
    throw new PolyclinicError("slide/unsupported", "is a Leica SCN slide whose description lists no scanned area", {
      where,
      hint: "Convert it to a tiled TIFF or to DICOM first.",
    });
  if (scan.channels > 1)
    throw new PolyclinicError("slide/multichannel", "contains separate channels instead of a colour image", {
      where,
      found: `${scan.channels} channels`,
      hint: "Export an RGB composite of the channels first (for example with QuPath).",
    });
  const macro = images.find(isMacro);
  return {
    levels,
    macro: macro && byIndex.get(macro.directories[0]),
    mpp: scan.view.width / 1000 / scan.width,
    objective: scan.objective,
    warnings: rest.map(({ name }) => ({
      code: "slide/area-left-out",
      message: `another scanned area (${name || "unnamed"}) was left out; only the largest is read`,
      where,
    })),
  };
}

function imageOf(text: string): ScnImage | undefined {
  const [, pixels = ""] = /<pixels\b([^>]*)>/.exec(text) ?? [];
  const [, view = ""] = /<view\b([^>]*)>/.exec(text) ?? [];
  const dimensions = [...text.matchAll(/<dimension\b([^>]*)>/g)].map(([, own]) => ({
    directory: attribute(own, "ifd"),
    resolution: attribute(own, "r") || 0,
    width: attribute(own, "sizeX"),
    channel: attribute(own, "c") || 0,
    plane: attribute(own, "z") || 0,
  }));
  const first = dimensions.filter(({ channel, plane, directory }) => channel === 0 && plane === 0 && directory >= 0);
  first.sort((a, b) => a.resolution - b.resolution);
  if (first.length === 0) return undefined;
  return {
    name: /^<image\b[^>]*\bname="([^"]*)"/.exec(text)?.[1] ?? "",
    directories: first.map(({ directory }) => directory),
    width: attribute(pixels, "sizeX") || first[0].width,
    view: { width: attribute(view, "sizeX"), height: attribute(view, "sizeY") },
    objective: /<objective>([\d.]+)<\/objective>/.exec(text)?.[1],
    channels: new Set(dimensions.map(({ channel }) => channel)).size,
  };
}

function attribute(text: string, name: string): number {
  return Number(new RegExp(`\\b${name}="([\\d.]+)"`).exec(text)?.[1] ?? Number.NaN);
}

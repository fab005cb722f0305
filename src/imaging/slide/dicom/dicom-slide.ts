/** DICOM whole-slide images: tiled full and sparse, levels in several instances, concatenations joined. */
import { PolyclinicError } from "../../../base/errors.ts";
import type { ByteSource } from "../../../bytes/index.ts";
import type { DataSet } from "../../dicom/parse/data-set.ts";
import { toRgb } from "../../dicom/pixels/color.ts";
import { decodeFrame } from "../../dicom/pixels/decode.ts";
import { type Frames, locateFrames, readFrameBytes } from "../../dicom/pixels/frames.ts";
import type { Limits, Warning } from "../../types.ts";
import { plausibleMicrons } from "../microns.ts";
import type { SlideContent } from "../slide-content.ts";
import { Compression, Photometric, Tag } from "../tiff/tags.ts";
import { rgbFields } from "../tiff/tiff-grid.ts";
import type { ExcerptField, TileGrid } from "../tile-grid.ts";
import { placeFrames } from "./frame-places.ts";
import { type Instance, readInstances } from "./instances.ts";
import { jpegColour } from "./jpeg-colour.ts";

/** Reads the structure of a DICOM slide; `limits.maxFrames` should allow for its tiles. */
export async function readDicomSlide(sources: readonly ByteSource[], limits: Limits): Promise<SlideContent> {
  const instances = await readInstances(sources, limits);
  const warnings: Warning[] = [];
  const images = groupConcatenations(instances);
  const volumes = images.filter(([first]) => first.flavour === "volume");
  volumes.sort(([a], [b]) => b.width * b.height - a.width * a.height);
  if (volumes.length === 0)
    throw new PolyclinicError("slide/no-image", "contains no slide image, only a label, overview or thumbnail", {
      where: sources[0].name,
      hint: "Open the instance with the slide image, or its folder.",
    });
  const [[base]] = volumes;
  const levels: { grid: TileGrid; downsample: number }[] = [];
  for (const image of volumes) {
    const [{ width, height, file }] = image;
    if (levels.some(({ grid }) => grid.width === width && grid.height === height)) {
      warnings.push({
        code: "slide/page-left-out",
        message: "repeats a pyramid level and was left out",
        where: file.name,
      });
      continue;
    }
    const grid = await dicomGrid(image, limits, warnings);
    levels.push({ grid, downsample: (base.width / width + base.height / height) / 2 });
  }
  const associated = new Map<string, () => Promise<TileGrid>>();
  for (const image of images)
    if (image[0].flavour !== "volume" && !associated.has(image[0].flavour))
      associated.set(image[0].flavour, () => dicomGrid(image, limits, []));
  const power = base.file.dataset.sequence("OpticalPathSequence")[0]?.number("ObjectiveLensPower");
  return {
    vendor: "dicom",
    levels,
    mpp: microns(base),
    associated,
    properties: power === undefined ? {} : { objectivePower: String(power) },
    warnings,
  };
}

/** Groups the instances of one image, in the order of their frames. */
function groupConcatenations(instances: readonly Instance[]): [Instance, ...Instance[]][] {
  const groups = new Map<string, [Instance, ...Instance[]]>();
  instances.forEach((instance, i) => {
    const key = instance.concatenation ?? `alone ${i}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [instance]);
    else group.push(instance);
  });
  for (const group of groups.values()) group.sort((a, b) => a.firstFrame - b.firstFrame);
  return [...groups.values()];
}

/**
 * Microns per pixel from PixelSpacing of the pixel measures (millimetres between columns), otherwise ImagedVolumeWidth
 * over the width. The latter is used only if height and width give square pixels: converters fill it with a slide's
 * nominal 15 x 15 mm.
 */
function microns({ file: { dataset }, width, height }: Instance): number | undefined {
  const groups = [
    ...dataset.sequence("SharedFunctionalGroupsSequence"),
    ...dataset.sequence("PerFrameFunctionalGroupsSequence").slice(0, 1),
  ];
  for (const group of groups) {
    const spacing = group.sequence("PixelMeasuresSequence")[0]?.numbers("PixelSpacing");
    if (spacing !== undefined && spacing[1] > 0) return spacing[1] * 1000;
  }
  const across = ((dataset.number("ImagedVolumeWidth") ?? 0) * 1000) / width;
  const down = ((dataset.number("ImagedVolumeHeight") ?? 0) * 1000) / height;
  return Math.abs(across / down - 1) < 0.05 ? plausibleMicrons(across) : undefined;
}

/** One image, possibly spread over a concatenation, as a grid. */
async function dicomGrid(
  image: readonly [Instance, ...Instance[]],
  limits: Limits,
  warnings: Warning[],
): Promise<TileGrid> {
  const [first] = image;
  const { dataset, name } = first.file;
  const parts: { instance: Instance; frames: Frames }[] = [];
  for (const instance of image)
    parts.push({ instance, frames: await locateFrames(instance.file, instance.source, limits) });
  const { format } = parts[0].frames;
  const { width, height } = first;
  const [tileWidth, tileHeight] = [format.columns, format.rows];
  const geometry = {
    columns: Math.ceil(width / tileWidth),
    rows: Math.ceil(height / tileHeight),
    tileWidth,
    tileHeight,
  };
  if (format.bitsAllocated !== 8)
    throw new PolyclinicError("slide/bit-depth", "does not have 8-bit samples", {
      where: name,
      found: `${format.bitsAllocated} bits`,
    });
  if (geometry.columns * geometry.rows > limits.maxFrames)
    throw new PolyclinicError("slide/damaged", "has more tiles than the limit", {
      where: name,
      expected: `at most ${limits.maxFrames}`,
      found: `${geometry.columns} x ${geometry.rows}`,
      hint: "If you trust the file, raise limits.maxFrames.",
    });
  const places = new Map<number, readonly [part: number, frame: number]>();
  parts.forEach(({ instance, frames }, part) => {
    for (const [tile, frame] of placeFrames(instance, frames.ranges.length, geometry, warnings))
      places.set(tile, [part, frame]);
    for (const message of frames.notes)
      warnings.push({ code: "dicom/contradiction", message, where: instance.source.name });
  });
  if (parts[0].frames.encapsulated) dropEmptyFrames(places, parts, name, warnings);
  if (first.concatenation !== undefined && dataset.string("DimensionOrganizationType") === "TILED_FULL")
    if (places.size < geometry.columns * geometry.rows)
      throw new PolyclinicError("slide/incomplete", "is part of a concatenation whose other parts are missing", {
        where: name,
        expected: `${geometry.columns * geometry.rows} tiles`,
        found: `${places.size}`,
        hint: "Open all parts together.",
      });

  const fetch = async (tile: number): Promise<Uint8Array | undefined> => {
    const place = places.get(tile);
    if (place === undefined) return undefined;
    const bytes = await readFrameBytes(parts[place[0]].frames, place[1]);
    // Interrupted writers leave frames of zeros; no codestream begins with zeros.
    return parts[place[0]].frames.encapsulated && isBlank(bytes) ? undefined : bytes;
  };
  const profile = profileOf(dataset);
  const grid = {
    width,
    height,
    tileWidth,
    tileHeight,
    layout: "tiles",
    planes: 1,
    bigEndian: false,
    // Missing tiles of a sparse image are background by definition, and empty frames have been reported already.
    isMissing: () => false,
  } as const;
  const someTile = places.keys().next().value;
  const sample = someTile === undefined || format.codec !== "jpeg" ? undefined : await fetch(someTile);
  const colour = sample === undefined ? undefined : jpegColour(sample, format.photometric);
  if (colour !== undefined)
    return {
      ...grid,
      fields: [...jpegFields(colour), ...profile],
      tiles: (numbers) => Promise.all(numbers.map(fetch)),
    };
  return {
    ...grid,
    fields: [...rgbFields, ...profile],
    tiles: (numbers) =>
      Promise.all(
        numbers.map(async (number) => {
          const bytes = await fetch(number);
          if (bytes === undefined) return undefined;
          const place = places.get(number)!;
          const range = parts[place[0]].frames.ranges[place[1]];
          const frame = await decodeFrame(bytes, format, `${name}, tile ${number}`, range.bit);
          return frame.samples === 1 ? repeated(frame.data as Uint8Array) : (toRgb(frame, name).data as Uint8Array);
        }),
      ),
  };
}

/** The shortest JPEG, JPEG 2000 or RLE frame is far longer. */
const shortestFrame = 16;

function isBlank(bytes: Uint8Array): boolean {
  return bytes.length < shortestFrame || bytes.subarray(0, shortestFrame).every((byte) => byte === 0);
}

/** Tiles with an empty fragment are treated as never stored. */
function dropEmptyFrames(
  places: Map<number, readonly [part: number, frame: number]>,
  parts: readonly { readonly frames: Frames }[],
  where: string,
  warnings: Warning[],
): void {
  const empty = [...places].filter(([, [part, frame]]) => parts[part].frames.ranges[frame].length < 8 + shortestFrame);
  for (const [tile] of empty) places.delete(tile);
  if (empty.length > 0)
    warnings.push({
      code: "slide/empty-frames",
      message: `${empty.length} of ${places.size + empty.length} frames are empty; their tiles are white, or computed from a finer resolution`,
      where,
    });
}

function jpegFields(colour: "grey" | "rgb" | "ycbcr"): ExcerptField[] {
  const short = (tag: number, ...values: number[]): ExcerptField => ({ tag, type: "short", values });
  const samples = colour === "grey" ? 1 : 3;
  const photometric = { grey: Photometric.blackIsZero, rgb: Photometric.rgb, ycbcr: Photometric.ycbcr }[colour];
  return [
    short(Tag.BitsPerSample, ...new Array<number>(samples).fill(8)),
    short(Tag.Compression, Compression.jpeg),
    short(Tag.PhotometricInterpretation, photometric),
    short(Tag.SamplesPerPixel, samples),
    short(Tag.PlanarConfiguration, 1),
  ];
}

function profileOf(dataset: DataSet): ExcerptField[] {
  const holder = dataset.sequence("OpticalPathSequence")[0];
  const values = holder?.has("ICCProfile") ? holder.valueBytes("ICCProfile") : dataset.valueBytes("ICCProfile");
  return values.length === 0 ? [] : [{ tag: Tag.IccProfile, type: "bytes", values }];
}

function repeated(grey: Uint8Array): Uint8Array {
  const out = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) out.fill(grey[i], 3 * i, 3 * i + 3);
  return out;
}

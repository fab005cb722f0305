/**
 * A TIFF directory as a tile grid: its structure is validated, and tiles are read in as few reads as their layout in
 * the file allows.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { ByteSource } from "../../../bytes/index.ts";
import type { Limits } from "../../types.ts";
import type { Scratch } from "../scratch.ts";
import type { ExcerptField, TileGrid } from "../tile-grid.ts";
import type { TiffDirectory } from "./directories.ts";
import { decodedTiles, isJpeg2000 } from "./jpeg2000-tiles.ts";
import { Compression, Photometric, Tag } from "./tags.ts";

const nativeCodecs: readonly number[] = [
  Compression.none,
  Compression.lzw,
  Compression.jpeg,
  Compression.deflate,
  Compression.packBits,
  Compression.deflateOld,
];

/** Fields copied unchanged into the excerpt. */
const numericFields = [
  Tag.BitsPerSample,
  Tag.Compression,
  Tag.PhotometricInterpretation,
  Tag.FillOrder,
  Tag.SamplesPerPixel,
  Tag.PlanarConfiguration,
  Tag.Predictor,
  Tag.ColorMap,
  Tag.ExtraSamples,
  Tag.SampleFormat,
  Tag.YCbCrSubSampling,
  Tag.YCbCrPositioning,
];

/** Gaps up to this many bytes are read through rather than skipped. */
const mergeGap = 4096;
const maxRun = 1 << 24;

/** @throws PolyclinicError `tiff/unsupported`, `tiff/damaged`: an unreadable image is rejected when it is opened. */
export async function tiffGrid(source: ByteSource, directory: TiffDirectory, limits: Limits): Promise<TileGrid> {
  const where = directory.where;
  const width = await directory.number(Tag.ImageWidth, 0);
  const height = await directory.number(Tag.ImageLength, 0);
  const samples = await directory.number(Tag.SamplesPerPixel, 1);
  const compression = await directory.number(Tag.Compression, Compression.none);
  const tiled = directory.has(Tag.TileWidth);
  const tileWidth = tiled ? await directory.number(Tag.TileWidth, 0) : width;
  const tileHeight = tiled
    ? await directory.number(Tag.TileLength, 0)
    : Math.min(await directory.number(Tag.RowsPerStrip, height), height);
  const planes = (await directory.number(Tag.PlanarConfiguration, 1)) === 2 ? samples : 1;
  for (const [name, value] of Object.entries({ width, height, tileWidth, tileHeight }))
    if (!(Number.isInteger(value) && value >= 1 && value <= 1e7))
      throw new PolyclinicError("tiff/damaged", `has an invalid ${name}`, { where, found: `${value}` });
  if (tileWidth * tileHeight > limits.maxPixels)
    throw new PolyclinicError("slide/tile-size", "has tiles too large to decode", {
      where,
      expected: `at most ${limits.maxPixels} pixels`,
      found: `${tileWidth} x ${tileHeight}`,
      hint: "If you trust the file, raise limits.maxPixels.",
    });
  if (samples < 1 || samples > 5)
    throw new PolyclinicError("slide/multichannel", "has more channels than a colour image", {
      where,
      expected: "1 to 4 samples per pixel",
      found: `${samples}`,
      hint: "Export an RGB composite of the channels first.",
    });
  const bits = (await directory.numbers(Tag.BitsPerSample)) ?? [1];
  if (!bits.every((b) => b === 8))
    throw new PolyclinicError("slide/bit-depth", "does not have 8-bit samples", { where, found: `${bits} bits` });
  if (!nativeCodecs.includes(compression) && !isJpeg2000(compression))
    throw new PolyclinicError("tiff/unsupported", "uses a compression that is not supported", {
      where,
      expected: "none, JPEG, JPEG 2000, deflate, LZW or PackBits",
      found: `compression ${compression}`,
      hint: "Convert the file, for example with `vips tiffsave --tile --pyramid --compression jpeg`.",
    });

  const offsets = await directory.numbers(tiled ? Tag.TileOffsets : Tag.StripOffsets);
  const counts = await directory.numbers(tiled ? Tag.TileByteCounts : Tag.StripByteCounts);
  const expected = Math.ceil(width / tileWidth) * Math.ceil(height / tileHeight) * planes;
  if (offsets === undefined || counts === undefined || offsets.length < expected || counts.length < expected)
    throw new PolyclinicError("tiff/damaged", "lists fewer tiles than its size needs", {
      where,
      expected: `${expected}`,
      found: `${Math.min(offsets?.length ?? 0, counts?.length ?? 0)}`,
    });
  // No codec produces a tile much larger than its pixels; a larger byte count would only consume memory.
  const most = 4 * tileWidth * tileHeight * samples + (1 << 20);
  const oversized = counts.slice(0, expected).findIndex((count) => count > most);
  if (oversized >= 0)
    throw new PolyclinicError("tiff/damaged", "has a tile whose compressed size is too large for its pixels", {
      where: `${where}, tile ${oversized}`,
      expected: `at most ${most} bytes`,
      found: `${counts[oversized]}`,
    });
  const encoded: TileGrid["tiles"] = (numbers, scratch) => fetchTiles(source, { offsets, counts }, numbers, scratch);

  const grid = { width, height, tileWidth, tileHeight, layout: tiled ? "tiles" : "strips", planes } as const;
  const isMissing = (number: number) => !(counts[number] > 0 && offsets[number] > 0);
  const profile = await directory.bytes(Tag.IccProfile);
  const profileField: ExcerptField[] =
    profile === undefined ? [] : [{ tag: Tag.IccProfile, type: "bytes", values: profile }];
  if (isJpeg2000(compression))
    return {
      ...grid,
      isMissing,
      bigEndian: false,
      fields: [...rgbFields, ...profileField],
      tiles: decodedTiles(encoded, {
        width: tileWidth,
        height: tileHeight,
        ycbcr:
          compression === Compression.aperioJpeg2000YCbCr ||
          (compression === Compression.jpeg2000 &&
            (await directory.number(Tag.PhotometricInterpretation, Photometric.rgb)) === Photometric.ycbcr),
        where,
      }),
    };
  const fields: ExcerptField[] = [...profileField];
  for (const tag of numericFields) {
    const values = await directory.numbers(tag);
    if (values !== undefined) fields.push({ tag, type: "short", values });
  }
  const tables = await directory.bytes(Tag.JPEGTables);
  if (tables !== undefined) fields.push({ tag: Tag.JPEGTables, type: "bytes", values: tables });
  return { ...grid, isMissing, bigEndian: !directory.littleEndian, fields, tiles: encoded };
}

/** Decoded 8-bit RGB, as the excerpt describes it. */
export const rgbFields: readonly ExcerptField[] = [
  { tag: Tag.BitsPerSample, type: "short", values: [8, 8, 8] },
  { tag: Tag.Compression, type: "short", values: [Compression.none] },
  { tag: Tag.PhotometricInterpretation, type: "short", values: [Photometric.rgb] },
  { tag: Tag.SamplesPerPixel, type: "short", values: [3] },
  { tag: Tag.PlanarConfiguration, type: "short", values: [1] },
];

/** Tiles by number; adjacent ones are read together. */
async function fetchTiles(
  source: ByteSource,
  { offsets, counts }: { offsets: readonly number[]; counts: readonly number[] },
  numbers: readonly number[],
  scratch: Scratch,
): Promise<(Uint8Array | undefined)[]> {
  const stored = [...new Set(numbers)].filter((n) => counts[n] > 0 && offsets[n] > 0);
  stored.sort((a, b) => offsets[a] - offsets[b]);
  const runs: { start: number; end: number; tiles: number[] }[] = [];
  for (const n of stored) {
    const last = runs.at(-1);
    const end = offsets[n] + counts[n];
    if (last !== undefined && offsets[n] - last.end <= mergeGap && end - last.start <= maxRun) {
      last.end = Math.max(last.end, end);
      last.tiles.push(n);
    } else runs.push({ start: offsets[n], end, tiles: [n] });
  }
  const bytes = new Map<number, Uint8Array>();
  await Promise.all(
    runs.map(async ({ start, end, tiles }) => {
      const run = await source.read(start, end - start, (length) => scratch.take(length));
      for (const n of tiles) bytes.set(n, run.subarray(offsets[n] - start, offsets[n] - start + counts[n]));
    }),
  );
  return numbers.map((n) => bytes.get(n));
}

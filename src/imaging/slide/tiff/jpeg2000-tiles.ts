/**
 * JPEG 2000 tiles (Aperio compressions 33003 and 33005, and 34712), which libvips' prebuilt libtiff cannot read: each
 * is decoded to plain RGB, so that the excerpt contains uncompressed tiles.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import { readJ2kHeader } from "../../dicom/codecs/codestream.ts";
import { decodeWasm } from "../../dicom/codecs/wasm.ts";
import type { TileGrid } from "../tile-grid.ts";
import { Compression } from "./tags.ts";

export function isJpeg2000(compression: number): boolean {
  return (
    compression === Compression.jpeg2000 ||
    compression === Compression.aperioJpeg2000YCbCr ||
    compression === Compression.aperioJpeg2000Rgb
  );
}

interface Jpeg2000Tile {
  readonly width: number;
  readonly height: number;
  /** Components are Y, Cb, Cr without a colour transform in the codestream (Aperio 33003). */
  readonly ycbcr: boolean;
  readonly where: string;
}

type Fetch = TileGrid["tiles"];

/** Wraps a fetch of JPEG 2000 tiles into one of plain RGB tiles `[height, width, 3]`. */
export function decodedTiles(encoded: Fetch, tile: Jpeg2000Tile): Fetch {
  return async (numbers, scratch) => {
    const found = await encoded(numbers, scratch);
    return Promise.all(found.map((bytes) => (bytes === undefined ? undefined : decodeOrName(bytes, tile))));
  };
}

async function decodeOrName(bytes: Uint8Array, tile: Jpeg2000Tile): Promise<Uint8Array> {
  try {
    return await decodeTile(bytes, tile);
  } catch (cause) {
    if (!PolyclinicError.is(cause) || cause.code.startsWith("slide/")) throw cause;
    throw new PolyclinicError("slide/tile", "a tile cannot be decoded", {
      where: tile.where,
      found: `JPEG 2000: ${cause.summary}`,
      hint: "The tile is damaged: copy the file again.",
      cause,
    });
  }
}

async function decodeTile(bytes: Uint8Array, { width, height, ycbcr, where }: Jpeg2000Tile): Promise<Uint8Array> {
  const header = readJ2kHeader(bytes);
  if (header.width !== width || header.height !== height || ![1, 3, 4].includes(header.components))
    throw new PolyclinicError("slide/tile", "a JPEG 2000 tile does not have the slide's tile size", {
      where,
      expected: `${width} x ${height} of 1, 3 or 4 components`,
      found: `${header.width} x ${header.height} of ${header.components}`,
    });
  const { data, components, precision } = await decodeWasm("jpeg-2000", bytes);
  if (precision !== 8 || !(data instanceof Uint8Array))
    throw new PolyclinicError("slide/bit-depth", "does not have 8-bit samples", { where, found: `${precision} bits` });
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0, at = 0; i < rgb.length; i += 3, at += components) {
    rgb[i] = data[at];
    rgb[i + 1] = data[components === 1 ? at : at + 1];
    rgb[i + 2] = data[components === 1 ? at : at + 2];
  }
  // OpenJPEG treats subsampled components as YCbCr and has converted them already.
  if (ycbcr && components >= 3 && !header.colourTransform && !header.subsampled) toRgb(rgb);
  return rgb;
}

/** JFIF's YCbCr to RGB (ITU-R BT.601, full range), in place. */
function toRgb(pixels: Uint8Array): void {
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  for (let i = 0; i < clamped.length; i += 3) {
    const [y, cb, cr] = [clamped[i], clamped[i + 1] - 128, clamped[i + 2] - 128];
    clamped[i] = y + 1.402 * cr;
    clamped[i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    clamped[i + 2] = y + 1.772 * cb;
  }
}

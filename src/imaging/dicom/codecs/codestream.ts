/** Reads an image's size from the header of its codestream, before a codec is called with it. */
import { codecError } from "./frame.ts";

export interface CodestreamHeader {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly precision: number;
  readonly signed: boolean;
  /** JPEG: the number of the SOF marker (0 baseline, 1 extended, 2 progressive, 3 lossless, 55 JPEG-LS). */
  readonly process?: number;
  /** JPEG: whether an Adobe or JFIF marker, or component letters, define the colour encoding. */
  readonly statesColour?: boolean;
  /** JPEG 2000: the components are decorrelated by the codestream's own colour transform. */
  readonly colourTransform?: boolean;
  /** A sample of some component spans more than one pixel (JPEG sampling factors; XRsiz and YRsiz of JPEG 2000). */
  readonly subsampled?: boolean;
  /** JPEG 2000: coded with the high-throughput block coder (part 15). */
  readonly highThroughput?: boolean;
}

/** JPEG and JPEG-LS (ITU T.81 annex B, T.87 annex C). */
export function readJpegHeader(bytes: Uint8Array): CodestreamHeader {
  let at = 0;
  // Some writers put bytes before the start of image.
  while (at + 1 < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] === 0xd8)) at++;
  at += 2;
  let statesColour = false;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) throw codecError("JPEG", "a marker is missing", `byte ${bytes[at]} at ${at}`);
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xd8 || marker === 0x01) {
      at += 2;
      continue;
    }
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    const body = at + 4;
    if (marker === 0xe0 && bytes[body] === 0x4a && bytes[body + 1] === 0x46) statesColour = true;
    if (marker === 0xee && length >= 14 && bytes[body] === 0x41 && bytes[body + 1] === 0x64) statesColour = true;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame || marker === 0xf7) {
      if (body + 6 > bytes.length) break;
      const components = bytes[body + 5];
      if (bytes[body + 6] === 0x52 && bytes[body + 9] === 0x47) statesColour = true;
      const factors = Array.from({ length: components }, (_, i) => bytes[body + 7 + 3 * i]);
      return {
        precision: bytes[body],
        height: (bytes[body + 1] << 8) | bytes[body + 2],
        width: (bytes[body + 3] << 8) | bytes[body + 4],
        components,
        signed: false,
        process: marker === 0xf7 ? 55 : marker - 0xc0,
        statesColour,
        subsampled: factors.some((factor) => factor !== factors[0]),
      };
    }
    if (marker === 0xda || marker === 0xd9 || length < 2) break;
    at = at + 2 + length;
  }
  throw codecError("JPEG", "the frame header is missing");
}

/** JPEG 2000 and HTJ2K (ITU T.800 annex A), bare or inside JP2 boxes. */
export function readJ2kHeader(bytes: Uint8Array): CodestreamHeader {
  const start = findCodestream(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (start < 0 || start + 46 > bytes.length) throw codecError("JPEG 2000", "the SIZ marker segment is missing");
  const siz = start + 4;
  const components = view.getUint16(siz + 36);
  const depth = bytes[siz + 38];
  if (siz + 38 + 3 * components > bytes.length) throw codecError("JPEG 2000", "the SIZ marker segment is truncated");
  const spans = Array.from({ length: 3 * components }, (_, i) => (i % 3 === 0 ? 1 : bytes[siz + 38 + i]));
  // COD is in the main header after SIZ; its MCT byte tells whether components were transformed.
  let at = siz + view.getUint16(siz);
  let colourTransform = false;
  while (at + 8 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0x90) {
    if (bytes[at + 1] === 0x52) {
      colourTransform = bytes[at + 8] === 1;
      break;
    }
    at += 2 + view.getUint16(at + 2);
  }
  return {
    width: view.getUint32(siz + 4) - view.getUint32(siz + 12),
    height: view.getUint32(siz + 8) - view.getUint32(siz + 16),
    components,
    precision: (depth & 0x7f) + 1,
    signed: (depth & 0x80) !== 0,
    colourTransform,
    subsampled: spans.some((span) => span !== 1),
    // Bit 14 of Rsiz announces extended capabilities (T.800 table A.10, T.814 A.2).
    highThroughput: (view.getUint16(siz + 2) & 0x4000) !== 0,
  };
}

export type StreamKind = "rle" | "jpeg" | "jpeg-ls" | "jpeg-2000" | "htj2k";

/**
 * Detects the codec of a frame from its first bytes; undefined if none matches. The transfer syntax is not relied on, because files often
 * state that of another frame.
 */
export function streamKind(bytes: Uint8Array): StreamKind | undefined {
  if (bytes.length < 8) return undefined;
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff)
    return readJpegHeader(bytes).process === 55 ? "jpeg-ls" : "jpeg";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const bare = view.getUint32(0) === 0xff4fff51;
  const boxed = view.getUint32(0) === 12 && view.getUint32(4) === 0x6a502020;
  if (bare || boxed) return readJ2kHeader(bytes).highThroughput ? "htj2k" : "jpeg-2000";
  if (bytes.length < 64) return undefined;
  // PS3.5 G.5: the number of segments, the first of which follows the header of 64 bytes, and zeros for the unused ones.
  const segments = view.getUint32(0, true);
  if (segments < 1 || segments > 15 || view.getUint32(4, true) !== 64) return undefined;
  for (let i = segments + 1; i < 16; i++) if (view.getUint32(4 * i, true) !== 0) return undefined;
  return "rle";
}

/**
 * Walks the tile-parts (T.800 A.4.2) and throws when the last one is cut off: the HTJ2K decoder fills what is missing silently.
 */
export function checkTileParts(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = findCodestream(bytes);
  let at = start + 2;
  // Marker segments of the main header up to the first tile-part.
  while (at + 4 <= bytes.length && view.getUint16(at) !== 0xff90) {
    if (bytes[at] !== 0xff || view.getUint16(at + 2) < 2) throw codecError("JPEG 2000", "the main header is damaged");
    at += 2 + view.getUint16(at + 2);
  }
  while (at + 12 <= bytes.length && view.getUint16(at) === 0xff90) {
    const length = view.getUint32(at + 6);
    // Zero: this tile-part extends to the end.
    if (length === 0) return;
    if (length < 14 || at + length > bytes.length)
      throw codecError("JPEG 2000", "a tile is truncated", `${bytes.length - at} of ${length} bytes`);
    at += length;
  }
  if (at === start + 2 || at > bytes.length) throw codecError("JPEG 2000", "there is no tile-part");
}

function findCodestream(bytes: Uint8Array): number {
  const limit = Math.min(bytes.length - 4, 65536);
  for (let i = 0; i <= limit; i++)
    if (bytes[i] === 0xff && bytes[i + 1] === 0x4f && bytes[i + 2] === 0xff && bytes[i + 3] === 0x51) return i;
  return -1;
}

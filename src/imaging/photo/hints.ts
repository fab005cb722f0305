/** Information in an image file besides its pixels: further images, and the pixel aspect ratio. */
import { toLatin1 } from "../../base/host/octets.ts";
import type { PhotoFormat } from "./format.ts";

/** A description of unread content in the file; undefined if there is none. `frames` is the decoder's frame count. */
export function furtherPictures(bytes: Uint8Array, format: PhotoFormat, frames: number): string | undefined {
  const rest = frames - 1;
  if (rest > 0 && format !== "tiff")
    return `the first of ${frames} ${format === "avif" ? "images" : "frames of an animation"} is read`;
  if (format === "png" && pngChunk(bytes, "acTL") !== undefined) return "the first frame of an animation is read";
  if (format === "jpeg" && hasSegment(bytes, 0xe2, "MPF\0"))
    return "the first of several images in the file is read (the others may be a depth map, a gain map or a burst)";
  return undefined;
}

/** Pixel height over width from JFIF or pHYs; undefined if not stated. */
export function pixelAspect(bytes: Uint8Array, format: PhotoFormat): number | undefined {
  let across = 0;
  let down = 0;
  if (format === "jpeg" && toLatin1(bytes.subarray(6, 11)) === "JFIF\0") {
    across = (bytes[14] << 8) | bytes[15];
    down = (bytes[16] << 8) | bytes[17];
  } else if (format === "png") {
    const at = pngChunk(bytes, "pHYs");
    if (at === undefined) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    across = view.getUint32(at);
    down = view.getUint32(at + 4);
  }
  return across > 0 && down > 0 ? across / down : undefined;
}

/** Offset of the data of a chunk that precedes the pixels. */
function pngChunk(bytes: Uint8Array, name: string): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 16 <= bytes.length; ) {
    const type = toLatin1(bytes.subarray(at + 4, at + 8));
    if (type === name) return at + 8;
    if (type === "IDAT" || type === "IEND") return undefined;
    at += 12 + view.getUint32(at);
  }
  return undefined;
}

/** Whether a segment before the first scan has this marker and initial text. */
function hasSegment(bytes: Uint8Array, marker: number, text: string): boolean {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3])) {
    if (bytes[at + 1] === 0xda) return false;
    const found = toLatin1(bytes.subarray(at + 4, at + 4 + text.length));
    if (bytes[at + 1] === marker && found === text) return true;
  }
  return false;
}

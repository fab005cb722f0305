/** The EXIF orientation of a JPEG or PNG, and the rotation of pixels according to it. */
import { toLatin1 } from "../../base/host/octets.ts";
import type { Image } from "../types.ts";

/** 1 to 8 as in EXIF 2.32 (4.6.4); 1 if the file states none. */
export function orientationOf(bytes: Uint8Array, format: "jpeg" | "png"): number {
  return (format === "jpeg" ? fromJpeg(bytes) : fromPng(bytes)) ?? 1;
}

function fromJpeg(bytes: Uint8Array): number | undefined {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3])) {
    if (bytes[at + 1] === 0xda) return undefined;
    if (bytes[at + 1] === 0xe1 && toLatin1(bytes.subarray(at + 4, at + 10)) === "Exif\0\0")
      return fromTiff(bytes.subarray(at + 10, at + 2 + ((bytes[at + 2] << 8) | bytes[at + 3])));
  }
  return undefined;
}

function fromPng(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (toLatin1(bytes.subarray(at + 4, at + 8)) === "eXIf") return fromTiff(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return undefined;
}

const orientationTag = 0x0112;

function fromTiff(exif: Uint8Array): number | undefined {
  const mark = toLatin1(exif.subarray(0, 4));
  const little = mark === "II*\0";
  if (!little && mark !== "MM\0*") return undefined;
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const first = view.getUint32(4, little);
  if (first + 2 > exif.length) return undefined;
  const count = view.getUint16(first, little);
  for (let i = 0, at = first + 2; i < count && at + 12 <= exif.length; i++, at += 12) {
    if (view.getUint16(at, little) !== orientationTag) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}

/** The image rotated and mirrored upright. */
export function upright(image: Image, orientation: number): Image {
  if (orientation === 1) return image;
  const { width, height, channels, data } = image;
  const swapped = orientation >= 5;
  const [w, h] = swapped ? [height, width] : [width, height];
  const out = new Uint8Array(data.length);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      // Source position of the upright pixel: 2 and 4 mirror, 3 rotates by 180 degrees, 5 to 8 swap the axes.
      const [a, b] = swapped ? [y, x] : [x, y];
      const sx = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8 ? width - 1 - a : a;
      const sy = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7 ? height - 1 - b : b;
      const from = (sy * width + sx) * channels;
      for (let c = 0; c < channels; c++) out[(y * w + x) * channels + c] = data[from + c];
    }
  return { ...image, width: w, height: h, data: out };
}

/**
 * The browser's version of `decode.ts`: JPEG by the same WebAssembly build of libjpeg-turbo as for DICOM, PNG by
 * `png.ts`. A browser's own decoders give different pixels (chroma upsampling, colour profiles), and therefore
 * different answers. Other formats are rejected with a hint.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { decodeWasm } from "../dicom/codecs/wasm.ts";
import { budgetOf, type Image } from "../types.ts";
import type { Decoded, Decoding } from "./decode.ts";
import { orientationOf, upright } from "./orientation.ts";
import { pngHeader, pngSamples } from "./png.ts";
import { onWhite } from "./transparency.ts";

export type { Decoded, Decoding } from "./decode.ts";

export async function decode(decoding: Decoding, failOn: "warning" | "error"): Promise<Decoded> {
  const { bytes, format, where, limits } = decoding;
  if (format !== "jpeg" && format !== "png")
    throw new PolyclinicError(
      "photo/not-in-a-browser",
      `is a ${format.toUpperCase()} image, which cannot be read in the browser`,
      {
        where,
        expected: "JPEG or PNG",
        found: format.toUpperCase(),
        hint: "Save it as PNG, or use the package in Node.js.",
      },
    );
  const { width, height, channels } = format === "jpeg" ? jpegHeader(bytes) : pngHeader(bytes);
  if (width * height > limits.maxPixels) throw new Error("Input image exceeds pixel limit");
  if (channels === 4 && format === "jpeg")
    throw new PolyclinicError("photo/not-in-a-browser", "is a CMYK image, which cannot be read in the browser", {
      where,
      expected: "a greyscale or RGB JPEG",
      hint: "Save it as PNG, or use the package in Node.js.",
    });
  const budget = budgetOf(limits, bytes.length);
  const outputBytes = width * height * (channels <= 2 ? 1 : 3);
  budget.take(outputBytes, where, `the image of ${width} x ${height} pixels`);
  try {
    const { image, transparent } = await budget.during(
      width * height * channels,
      where,
      "decoding the image",
      async () => (format === "jpeg" ? { image: await jpegPixels(bytes, failOn), transparent: 0 } : pngPixels(bytes)),
    );
    const turned = upright(image, orientationOf(bytes, format));
    return { image: turned, pageCount: 1, ...(transparent > 0 && { transparent }) };
  } catch (error) {
    budget.give(outputBytes);
    throw error;
  }
}

/** Size and components of the frame header (ITU T.81 B.2.2). */
function jpegHeader(bytes: Uint8Array): { width: number; height: number; channels: number } {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const u16 = (i: number) => (bytes[at + i] << 8) | bytes[at + i + 1];
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return { height: u16(5), width: u16(7), channels: bytes[at + 9] };
    at += 2 + u16(2);
  }
  throw new Error("has no frame header");
}

async function jpegPixels(bytes: Uint8Array, failOn: "warning" | "error"): Promise<Image> {
  // The codec continues when data is missing; a file without its end marker is incomplete.
  if (failOn === "warning" && !endsWhole(bytes)) throw new Error("premature end of JPEG image");
  const { width, height, components, data } = await decodeWasm("jpeg", bytes);
  if (components !== 1 && components !== 3) throw new Error(`has ${components} channels`);
  return { kind: "image", width, height, channels: components, data: new Uint8Array(data.buffer, 0, data.length) };
}

function endsWhole(bytes: Uint8Array): boolean {
  for (let at = bytes.length - 2; at > 1; at--) if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  return false;
}

function pngPixels(bytes: Uint8Array): { image: Image; transparent: number } {
  const { header, samples, alpha } = pngSamples(bytes);
  const { width, height, channels: stored } = header;
  const channels = stored <= 2 ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  const deep = samples instanceof Uint16Array;
  // 65535 = 255 * 257: rounded as specified at `readPhotoPages`.
  const byteAt = (i: number) => (deep ? Math.floor(samples[i] / 257 + 0.5) : samples[i]);
  for (let i = 0, from = 0, to = 0; i < width * height; i++, from += stored)
    for (let c = 0; c < channels; c++, to++) data[to] = byteAt(from + c);
  const image: Image = { kind: "image", width, height, channels, data };
  const opacity =
    stored === channels ? alpha : Uint8Array.from({ length: width * height }, (_, i) => byteAt((i + 1) * stored - 1));
  return { image, transparent: opacity === undefined ? 0 : onWhite(image, opacity) };
}

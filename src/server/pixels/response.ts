/** Pixels as a response: raw values, their shape and type in the headers. */
import { gunzipSync } from "node:zlib";
import type { Pixels } from "../../study/display/pixels.ts";

/** Raw little-endian values; the headers describe their type. */
export function pixelResponse(pixels: Pixels, headers: Record<string, string> = {}): Response {
  const { data } = pixels;
  const type = data instanceof Uint8Array ? "u8" : data instanceof Int16Array ? "i16" : "f32";
  return new Response(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength), {
    headers: { ...described({ ...pixels, type }), ...headers },
  });
}

/** A tile as it is stored: gzip, which browsers unpack. */
export function tileResponse(bytes: Uint8Array, pixels: Described, accepted: string): Response {
  const packed = /\bgzip\b/.test(accepted);
  return new Response(new Uint8Array(packed ? bytes : gunzipSync(bytes)), {
    headers: { ...described(pixels), ...(packed && { "Content-Encoding": "gzip" }), Vary: "Accept-Encoding" },
  });
}

type Described = Omit<Pixels, "data"> & { readonly type: "u8" | "i16" | "f32" };

const described = ({ type, width, height, channels, range, inverted }: Described): Record<string, string> => ({
  "Content-Type": "application/octet-stream",
  "X-Pixels": [type, width, height, channels].join(" "),
  ...(range && { "X-Pixel-Range": range.join(" ") }),
  ...(inverted && { "X-Pixel-Inverted": "1" }),
});

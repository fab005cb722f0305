/** Pixels as a response: raw values, their shape and type in the headers. */
import type { Pixels } from "../../study/display/pixels.ts";

/** Raw little-endian values; the headers describe their type. */
export function pixelResponse(pixels: Pixels, headers: Record<string, string> = {}): Response {
  const { width, height, channels, data, range, inverted } = pixels;
  const type = data instanceof Uint8Array ? "u8" : data instanceof Int16Array ? "i16" : "f32";
  return new Response(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength), {
    headers: {
      "Content-Type": "application/octet-stream",
      "X-Pixels": [type, width, height, channels].join(" "),
      ...(range && { "X-Pixel-Range": range.join(" ") }),
      ...(inverted && { "X-Pixel-Inverted": "1" }),
      ...headers,
    },
  });
}

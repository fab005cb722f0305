import type { Image } from "./types.ts";

/** An image with three channels. */
export type Rgb = Image & { readonly channels: 3 };

/** The image with three channels: grey is repeated, alpha is dropped (as in Google's published container). */
export function rgb(image: Image): Rgb {
  const { width, height, channels, data } = image;
  if (channels === 3) return image as Rgb;
  const out = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) out[3 * i + c] = data[i * channels + (channels === 1 ? 0 : c)];
  return { ...image, channels: 3, data: out };
}

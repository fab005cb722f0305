import type { Image } from "../../imaging/types.ts";

/** The image with three channels: grey is repeated, alpha is dropped (as in Google's published container). */
export function rgb(image: Image): Image {
  if (image.channels === 3) return image;
  const data = new Uint8Array(image.width * image.height * 3);
  const step = image.channels;
  for (let i = 0, o = 0; o < data.length; i += step, o += 3) {
    data[o] = image.data[i];
    data[o + 1] = image.data[step === 1 ? i : i + 1];
    data[o + 2] = image.data[step === 1 ? i : i + 2];
  }
  return { ...image, channels: 3, data };
}

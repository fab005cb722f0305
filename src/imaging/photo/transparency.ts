/** Compositing of transparent pixels, whose stored colours no viewer shows. */
import type { Image } from "../types.ts";

/**
 * Composites an image on white, in place, as a page or a report would show it. Colours stored under transparent pixels
 * are invisible to the user, so the model must not see them either.
 *
 * @param alpha `[height, width]`, 255 is opaque.
 * @returns the fraction of pixels that are not opaque.
 */
export function onWhite({ channels, data }: Image, alpha: Uint8Array): number {
  let transparent = 0;
  for (let i = 0; i < alpha.length; i++) {
    const opacity = alpha[i];
    if (opacity === 255) continue;
    transparent++;
    for (let at = i * channels, end = at + channels; at < end; at++)
      data[at] = Math.round((data[at] * opacity + 255 * (255 - opacity)) / 255);
  }
  return transparent / alpha.length;
}

/** Transparent pixels, whose colours no viewer shows. */
import type { Image } from "../types.ts";

/**
 * Puts an image on white, in place: what a page or a report shows of it. The colour stored under a transparent pixel is not to be
 * seen, and a model that reads it answers about another picture than the one its user sees.
 *
 * @param alpha `[height, width]`, 255 opaque. @returns the share of pixels that are not opaque.
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

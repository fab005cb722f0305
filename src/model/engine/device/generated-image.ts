/** The image on which a device is compared with the CPU. */
import { Random } from "../../../base/random.ts";
import type { Image } from "../../../imaging/types.ts";

/** Smooth shapes over noise, so that low and high frequencies occur. Reproducible from `seed`. */
export function generatedImage(side: number, seed: number): Image {
  const random = new Random(seed);
  const data = new Uint8Array(side * side * 3);
  for (let y = 0, at = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < 3; c++) {
        const wave = Math.sin((x * seed + y * (c + 1)) / 9) + Math.cos((y * seed - x) / (17 + c));
        data[at++] = Math.max(0, Math.min(255, Math.round(128 + 45 * wave + 25 * (random.next() - 0.5))));
      }
  return { kind: "image", width: side, height: side, channels: 3, data };
}

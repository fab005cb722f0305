/**
 * Films whose content is removed or hidden, so that an answer would be meaningless: cut off, covered, covered by noise.
 * Used like `changes.ts`. Two blended films and text over a film were also tried (measured on validation films): with
 * the first as negatives, 53 of 56 were still accepted, and more children's films were taken for adults'; the second
 * are rejected equally often without being trained on.
 */
import type { Random } from "../../base/random.ts";
import type { Rgb } from "../../imaging/rgb.ts";
import { anyColour, between, blank, type Colour, remap } from "./changes.ts";

/** Cut off: 25 to 60 % of the image is removed at one side. The remainder fills the image. */
export function halved(image: Rgb, random: Random): Rgb {
  const left = 1 - between(random, 0.25, 0.6);
  const [across, first] = [random.next() < 0.65, random.next() < 0.5];
  const from = first ? 0 : 1 - left;
  return across
    ? remap(image, blank(Math.round(image.width * left), image.height), (x, y) => [from + left * x, y])
    : remap(image, blank(image.width, Math.round(image.height * left)), (x, y) => [x, from + left * y]);
}

/** One side, or a rectangle of at least a fifth of the image, replaced by a colour, a gradient or noise. */
export function covered(image: Rgb, random: Random): Rgb {
  const draw = random.next();
  const share = between(random, 0.35, 0.6);
  const near = random.next() < 0.5 ? 0 : 1 - share;
  const [w, h] = [between(random, 0.4, 0.75), between(random, 0.5, 0.8)];
  const [x0, y0] = [between(random, 0, 1 - w), between(random, 0, 1 - h)];
  const box =
    draw < 0.4
      ? { x0: near, y0: 0, x1: near + share, y1: 1 }
      : draw < 0.7
        ? { x0: 0, y0: near, x1: 1, y1: near + share }
        : { x0, y0, x1: x0 + w, y1: y0 + h };
  const grey = random.next() < 0.3 ? 0 : random.next() < 0.2 ? 255 : random.below(256);
  const colour: Colour = random.next() < 0.85 ? [grey, grey, grey] : anyColour(random);
  const [grain, slope] = [random.next() < 0.25 ? between(random, 5, 50) : 0, random.next() < 0.2 ? 80 : 0];
  const data = image.data.slice();
  const { width, height } = image;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = [(x + 0.5) / width, (y + 0.5) / height];
      if (u < box.x0 || u > box.x1 || v < box.y0 || v > box.y1) continue;
      const more = (grain > 0 ? grain * random.normal() : 0) + slope * (u - 0.5);
      for (let c = 0; c < 3; c++) data[(y * width + x) * 3 + c] = Math.max(0, Math.min(255, colour[c] + more));
    }
  return { ...image, data };
}

/** Noise so strong and coarse that the content is unrecognisable, or salt-and-pepper noise. */
export function noised(image: Rgb, random: Random): Rgb {
  const { width, height } = image;
  const [lost, spread] = [random.next() < 0.3 ? between(random, 0.15, 0.6) : 0, between(random, 40, 120)];
  const coloured = lost === 0 && random.next() < 0.2;
  // In a large image finer grain would disappear when it is reduced to the tower's resolution.
  const cell = (1 + random.below(6)) * Math.max(1, Math.round(width / 160));
  const columns = Math.ceil(width / cell);
  const grains = Float32Array.from({ length: 3 * columns * Math.ceil(height / cell) }, () =>
    lost === 0 ? spread * random.normal() : random.next() < lost ? (random.next() < 0.5 ? -255 : 255) : 0,
  );
  const data = new Uint8Array(image.data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const grain = 3 * (Math.floor(y / cell) * columns + Math.floor(x / cell));
      for (let c = 0; c < 3; c++) {
        const i = (y * width + x) * 3 + c;
        data[i] = Math.max(0, Math.min(255, image.data[i] + grains[grain + (coloured ? c : 0)]));
      }
    }
  return { ...image, data };
}

/**
 * A detector's second set of features, taken from the pixels: contrast at four scales, thin strokes, edge directions, grey
 * values, symmetry. The soft tokens of a vision tower hardly show them: writing over an image, a tilt, grain, a second
 * image blended in.
 */
import type { Image } from "../../imaging/types.ts";
import { symmetry } from "./symmetry.ts";

const scales = [1, 2, 4, 8] as const;
const cells = 4;
const directions = 12;
const greys = 16;

/** Length of a texture. */
export const textureSize = scales.length * 6 + 4 * cells * cells + 2 * directions + greys + 4 + 8 + 4;

/**
 * @param image as preprocessed for the model, a square of any side.
 * @returns `[textureSize]`, of the order of 1: logarithms of contrasts in units of the image's standard deviation, and
 * fractions.
 */
export function textureOf(image: Image): Float32Array {
  const side = Math.min(image.width, image.height);
  const [plane, across, smoothed, smoothedAgain, light, dark, ...bands] = planesFor(side);
  const counts = brightness(image, side, plane);
  const out = new Float32Array(textureSize);
  let at = 0;
  const put = (value: number) => {
    out[at++] = value;
  };
  const [mean, deviation] = momentsOf(counts, plane.length);
  const unit = Math.max(1, deviation);

  // Contrast at each scale: the image minus itself, smoothed.
  let smooth = plane;
  for (const [s, scale] of scales.entries()) {
    const next = s % 2 === 0 ? smoothed : smoothedAgain;
    boxed(smooth, side, scale, across, next);
    // Only the two finest bands are needed again.
    const band = bands[Math.min(s, 2)];
    for (let i = 0; i < band.length; i++) band[i] = (smooth[i] - next[i]) / unit;
    for (const value of spreadOf(band)) put(value);
    smooth = next;
  }

  // By cells: the two finest contrasts, and thin strokes lighter and darker than what is around them.
  strokes(plane, side, unit, light, dark);
  const [finest, fine] = bands;
  for (const [map, most] of [
    [finest, false],
    [fine, false],
    [light, true],
    [dark, true],
  ] as const)
    for (const value of cellsOf(map, side, most)) put(Math.log(value + 0.01));

  // Directions of edges, fine and coarse, in shares.
  for (const step of [1, 3]) for (const share of directionsOf(plane, side, step)) put(4 * share);

  const shareOf = (from: number, to: number) => {
    let sum = 0;
    for (let value = from; value < to; value++) sum += counts[value];
    return sum / plane.length;
  };
  for (let grey = 0; grey < greys; grey++)
    put(4 * Math.sqrt(shareOf((grey * 256) / greys, ((grey + 1) * 256) / greys)));
  let flat = 0;
  for (let i = 0; i < finest.length; i++) if (Math.abs(finest[i]) * unit < 0.3) flat++;
  for (const share of [shareOf(0, 3), shareOf(253, 256), flat / plane.length]) put(4 * Math.sqrt(share));
  put(unit / 64);

  // Corners and edges of the image: what a tilt leaves empty.
  const reach = Math.max(1, side >> 3);
  const patch = (x0: number, y0: number, x1: number, y1: number) => {
    let sum = 0;
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) sum += plane[y * side + x];
    return (sum / ((x1 - x0) * (y1 - y0)) - mean) / unit;
  };
  const far = side - reach;
  for (const [x, y] of [
    [0, 0],
    [far, 0],
    [0, far],
    [far, far],
  ])
    put(patch(x, y, x + reach, y + reach));
  put(patch(0, 0, side, reach));
  put(patch(0, far, side, side));
  put(patch(0, 0, reach, side));
  put(patch(far, 0, side, side));

  for (const value of symmetry(smooth, side)) put(value);
  return out;
}

/**
 * Nine planes to work in, kept between calls: a fresh allocation costs more, by the page faults of its first writes, than
 * what is computed in it. Those of a large image are not kept.
 */
function planesFor(side: number): readonly Float32Array[] {
  if (usedPlanes?.[0].length === side * side) return usedPlanes;
  const planes = Array.from({ length: 9 }, () => new Float32Array(side * side));
  if (side <= largestKept) usedPlanes = planes;
  return planes;
}

const largestKept = 256;
let usedPlanes: readonly Float32Array[] | undefined;

/** Fills `out` and returns how often each of its 256 values occurs. Green approximates brightness. */
function brightness({ width, channels, data }: Image, side: number, out: Float32Array): Uint32Array {
  const counts = new Uint32Array(256);
  const channel = channels === 1 ? 0 : 1;
  for (let y = 0, to = 0; y < side; y++)
    for (let x = 0, from = y * width * channels + channel; x < side; x++, from += channels) {
      out[to++] = data[from];
      counts[data[from]]++;
    }
  return counts;
}

function momentsOf(counts: Uint32Array, total: number): readonly [mean: number, deviation: number] {
  let [sum, squares] = [0, 0];
  for (let value = 0; value < counts.length; value++) {
    sum += value * counts[value];
    squares += value * value * counts[value];
  }
  const mean = sum / total;
  return [mean, Math.sqrt(Math.max(0, squares / total - mean * mean))];
}

/** Mean over windows of `2 * radius + 1`, by running sums along rows (into `across`), then columns; the border repeats. */
function boxed(plane: Float32Array, side: number, radius: number, across: Float32Array, out: Float32Array): void {
  const width = 2 * radius + 1;
  const last = side - 1;
  for (let start = 0; start < plane.length; start += side) {
    let sum = 0;
    for (let k = -radius; k <= radius; k++) sum += plane[start + (k < 0 ? 0 : k > last ? last : k)];
    for (let x = 0; x < side; x++) {
      across[start + x] = sum / width;
      const next = x + radius + 1;
      const gone = x - radius;
      sum += plane[start + (next > last ? last : next)] - plane[start + (gone < 0 ? 0 : gone)];
    }
  }
  // All columns at once, so that memory is read in order.
  const sums = new Float64Array(side);
  for (let k = -radius; k <= radius; k++) {
    const row = Math.max(0, Math.min(last, k)) * side;
    for (let x = 0; x < side; x++) sums[x] += across[row + x];
  }
  for (let y = 0; y < side; y++) {
    const start = y * side;
    const next = Math.min(last, y + radius + 1) * side;
    const gone = Math.max(0, y - radius) * side;
    for (let x = 0; x < side; x++) {
      out[start + x] = sums[x] / width;
      sums[x] += across[next + x] - across[gone + x];
    }
  }
}

const levels = 512;
const perUnit = 128;

/** The value that `few` of those counted exceed; a histogram is faster than sorting. */
function exceededBy(counts: Uint32Array, few: number): number {
  let [level, left] = [levels - 1, few];
  while (level > 0 && counts[level] < left) left -= counts[level--];
  return level / perUnit;
}

/** Mean size, root mean square, share of strong values, largest up and down (99.8 %), and how far the mean of cubes leans, of a band. */
function spreadOf(band: Float32Array): number[] {
  let [sizes, squares, cubes, strong] = [0, 0, 0, 0];
  for (let i = 0; i < band.length; i++) {
    const value = band[i];
    sizes += Math.abs(value);
    squares += value * value;
    cubes += value * value * value;
  }
  const size = sizes / band.length;
  const root = Math.sqrt(squares / band.length);
  const [up, down] = [new Uint32Array(levels), new Uint32Array(levels)];
  const limit = 4 * size;
  for (let i = 0; i < band.length; i++) {
    const value = band[i];
    const absolute = value < 0 ? -value : value;
    if (absolute > limit) strong++;
    // Bitwise: no level is large, and truncation is faster than Math.floor.
    const level = (absolute * perUnit) | 0;
    const counts = value > 0 ? up : down;
    counts[level < levels ? level : levels - 1]++;
  }
  const few = Math.max(1, Math.floor(band.length / 500));
  return [
    Math.log(size + 0.003),
    Math.log((root + 0.003) / (size + 0.003)),
    4 * Math.sqrt(strong / band.length),
    Math.log(exceededBy(up, few) + 0.01),
    Math.log(exceededBy(down, few) + 0.01),
    Math.cbrt(cubes / band.length) / (root + 0.003),
  ];
}

/**
 * How much lighter (and darker) a pixel is than both its neighbours at three pixels' distance, in the direction in which that is least ambiguous: across a stroke both differ, on
 * an edge one does not.
 */
function strokes(plane: Float32Array, side: number, unit: number, light: Float32Array, dark: Float32Array): void {
  light.fill(0);
  dark.fill(0);
  const reach = 3;
  const steps = [reach, reach * side, 2 * side + 2, 2 * side - 2];
  for (let y = reach; y < side - reach; y++)
    for (let i = y * side + reach; i < (y + 1) * side - reach; i++) {
      // Integers, and the greater of two without a branch, which no processor predicts in an image.
      const value = plane[i] | 0;
      let up = 0;
      let down = 0;
      for (let s = 0; s < steps.length; s++) {
        const p = plane[i - steps[s]] | 0;
        const q = plane[i + steps[s]] | 0;
        const less = (p - q) & ((p - q) >> 31);
        const least = value - (p - less);
        const most = q + less - value;
        up = least - ((least - up) & ((least - up) >> 31));
        down = most - ((most - down) & ((most - down) >> 31));
      }
      light[i] = up / unit;
      dark[i] = down / unit;
    }
}

/** Of each cell of a grid the mean size, or the fourth root of the mean fourth power, which few strong values raise. */
function cellsOf(map: Float32Array, side: number, most: boolean): number[] {
  const out: number[] = [];
  for (let row = 0; row < cells; row++)
    for (let column = 0; column < cells; column++) {
      const [y0, y1] = [Math.floor((row * side) / cells), Math.floor(((row + 1) * side) / cells)];
      const [x0, x1] = [Math.floor((column * side) / cells), Math.floor(((column + 1) * side) / cells)];
      let sum = 0;
      for (let y = y0; y < y1; y++)
        for (let i = y * side + x0; i < y * side + x1; i++) sum += most ? (map[i] * map[i]) ** 2 : Math.abs(map[i]);
      const mean = sum / ((y1 - y0) * (x1 - x0));
      out.push(most ? Math.sqrt(Math.sqrt(mean)) : mean);
    }
  return out;
}

/** Shares of the edges' strength by direction, from 0 to 180 degrees. */
function directionsOf(plane: Float32Array, side: number, step: number): Float32Array {
  const out = new Float32Array(directions);
  let total = 1e-6;
  const down = step * side;
  for (let y = step; y < side - step; y++)
    for (let i = y * side + step; i < (y + 1) * side - step; i++) {
      const dx = (plane[i + step] | 0) - (plane[i - step] | 0);
      const dy = (plane[i + down] | 0) - (plane[i - down] | 0);
      const near = dx >= -tabled && dx < tabled && dy >= -tabled && dy < tabled;
      const direction = near ? directionTable[(dx + tabled) * 2 * tabled + dy + tabled] : directionOf(dx, dy);
      const size = Math.sqrt(dx * dx + dy * dy);
      out[direction] += size;
      total += size;
    }
  return out.map((size) => size / total);
}

/** Of a difference in brightness to the right and downwards, whole numbers; 0 for none. */
function directionOf(dx: number, dy: number): number {
  if (dx === 0 && dy === 0) return 0;
  // The angle in eighths of a full turn, 0 to 4, within a hundredth: several times faster than the arc tangent.
  const flat = Math.abs(dx) >= Math.abs(dy);
  const ratio = flat ? dy / dx : dx / dy;
  const part = ratio * (1 + 0.3476 * (1 - Math.abs(ratio)));
  const eighth = flat ? (part < 0 ? part + 4 : part) : 2 - part;
  return Math.min(directions - 1, Math.floor((eighth * directions) / 4));
}

/** Directions of differences below this are looked up; few are larger. */
const tabled = 64;
const directionTable = Uint8Array.from({ length: 4 * tabled * tabled }, (_, i) =>
  directionOf(Math.floor(i / (2 * tabled)) - tabled, (i % (2 * tabled)) - tabled),
);

/**
 * A detector's second set of features, taken from the pixels: contrast at four scales, thin strokes, edge directions, grey
 * values, symmetry. The soft tokens of a vision tower hardly show them: writing over an image, a tilt, grain, a second
 * image blended in.
 */
import type { Image } from "../../imaging/types.ts";

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
  const plane = brightness(image, side);
  const out = new Float32Array(textureSize);
  let at = 0;
  const put = (value: number) => {
    out[at++] = value;
  };
  const [mean, deviation] = momentsOf(plane);
  const unit = Math.max(1, deviation);

  // Contrast at each scale: the image minus itself, smoothed.
  let smooth = plane;
  const fine: Float32Array[] = [];
  for (const scale of scales) {
    const next = boxed(smooth, side, scale);
    const band = new Float32Array(plane.length);
    for (let i = 0; i < band.length; i++) band[i] = (smooth[i] - next[i]) / unit;
    fine.push(band);
    for (const value of spreadOf(band)) put(value);
    smooth = next;
  }

  // By cells: the two finest contrasts, and thin strokes lighter and darker than what is around them.
  const [light, dark] = strokes(plane, side, unit);
  for (const [map, most] of [
    [fine[0], false],
    [fine[1], false],
    [light, true],
    [dark, true],
  ] as const)
    for (const value of cellsOf(map, side, most)) put(Math.log(value + 0.01));

  // Directions of edges, fine and coarse, in shares.
  for (const step of [1, 3]) for (const share of directionsOf(plane, side, step)) put(4 * share);

  const histogram = new Float32Array(greys);
  let [lowest, highest, flat] = [0, 0, 0];
  for (let i = 0; i < plane.length; i++) {
    histogram[Math.min(greys - 1, (plane[i] * greys) >> 8)] += 1 / plane.length;
    if (plane[i] <= 2) lowest++;
    if (plane[i] >= 253) highest++;
    if (Math.abs(fine[0][i]) * unit < 0.3) flat++;
  }
  for (const share of histogram) put(4 * Math.sqrt(share));
  for (const count of [lowest, highest, flat]) put(4 * Math.sqrt(count / plane.length));
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

/** Green approximates brightness. */
function brightness({ width, channels, data }: Image, side: number): Float32Array {
  const plane = new Float32Array(side * side);
  const channel = channels === 1 ? 0 : 1;
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) plane[y * side + x] = data[(y * width + x) * channels + channel];
  return plane;
}

function momentsOf(plane: Float32Array): readonly [mean: number, deviation: number] {
  let [sum, squares] = [0, 0];
  for (const value of plane) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / plane.length;
  return [mean, Math.sqrt(Math.max(0, squares / plane.length - mean * mean))];
}

/** Mean over windows of `2 * radius + 1`, by running sums along rows, then columns; the border repeats. */
function boxed(plane: Float32Array, side: number, radius: number): Float32Array {
  const along = (from: Float32Array, stride: number, across: number) => {
    const to = new Float32Array(from.length);
    const width = 2 * radius + 1;
    for (let line = 0; line < side; line++) {
      const start = line * across;
      let sum = 0;
      for (let k = -radius; k <= radius; k++) sum += from[start + Math.max(0, Math.min(side - 1, k)) * stride];
      for (let k = 0; k < side; k++) {
        to[start + k * stride] = sum / width;
        sum +=
          from[start + Math.min(side - 1, k + radius + 1) * stride] - from[start + Math.max(0, k - radius) * stride];
      }
    }
    return to;
  };
  return along(along(plane, 1, side), side, 1);
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
  for (const value of band) {
    sizes += Math.abs(value);
    squares += value * value;
    cubes += value * value * value;
  }
  const size = sizes / band.length;
  const root = Math.sqrt(squares / band.length);
  const [up, down] = [new Uint32Array(levels), new Uint32Array(levels)];
  for (let i = 0; i < band.length; i++) {
    const value = band[i];
    if (value > 4 * size || value < -4 * size) strong++;
    // Bitwise: no level is large, and truncation is faster than Math.floor.
    if (value > 0) up[Math.min(levels - 1, (value * perUnit) | 0)]++;
    else down[Math.min(levels - 1, (-value * perUnit) | 0)]++;
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
function strokes(plane: Float32Array, side: number, unit: number): readonly [light: Float32Array, dark: Float32Array] {
  const light = new Float32Array(plane.length);
  const dark = new Float32Array(plane.length);
  const reach = 3;
  const steps = [reach, reach * side, 2 * side + 2, 2 * side - 2];
  for (let y = reach; y < side - reach; y++)
    for (let x = reach; x < side - reach; x++) {
      const i = y * side + x;
      const value = plane[i];
      let up = 0;
      let down = 0;
      for (let s = 0; s < steps.length; s++) {
        const a = value - plane[i - steps[s]];
        const b = value - plane[i + steps[s]];
        const least = a < b ? a : b;
        const most = a < b ? b : a;
        if (least > up) up = least;
        if (-most > down) down = -most;
      }
      light[i] = up / unit;
      dark[i] = down / unit;
    }
  return [light, dark];
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
  for (let y = step; y < side - step; y++)
    for (let x = step; x < side - step; x++) {
      const i = y * side + x;
      const dx = plane[i + step] - plane[i - step];
      const dy = plane[i + step * side] - plane[i - step * side];
      const size = Math.sqrt(dx * dx + dy * dy);
      if (size === 0) continue;
      // The angle in eighths of a full turn, 0 to 4, within a hundredth: several times faster than the arc tangent.
      const flat = Math.abs(dx) >= Math.abs(dy);
      const ratio = flat ? dy / dx : dx / dy;
      const part = ratio * (1 + 0.3476 * (1 - Math.abs(ratio)));
      const eighth = flat ? (part < 0 ? part + 4 : part) : 2 - part;
      out[Math.min(directions - 1, Math.floor((eighth * directions) / 4))] += size;
      total += size;
    }
  return out.map((size) => size / total);
}

/** Correlation of the smoothed image with its mirror images, left to right with the axis where it is highest, and where that is; top to bottom; by half a turn. */
function symmetry(plane: Float32Array, side: number): number[] {
  const count = 32;
  const small = new Float32Array(count * count);
  for (let y = 0; y < count; y++)
    for (let x = 0; x < count; x++)
      small[y * count + x] =
        plane[Math.floor(((y + 0.5) * side) / count) * side + Math.floor(((x + 0.5) * side) / count)];
  /** @param shift columns by which the axis of a mirror image left to right is moved. */
  const correlation = (leftRight: boolean, topBottom: boolean, shift = 0) => {
    let [n, a, b, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
    for (let y = 0; y < count; y++)
      for (let x = 0; x < count; x++) {
        const u = leftRight ? count - 1 - x + shift : x;
        const v = topBottom ? count - 1 - y : y;
        if (u < 0 || u >= count) continue;
        const p = small[y * count + x];
        const q = small[v * count + u];
        n++;
        a += p;
        b += q;
        aa += p * p;
        bb += q * q;
        ab += p * q;
      }
    const spread = Math.sqrt(Math.max(0, aa / n - (a / n) ** 2) * Math.max(0, bb / n - (b / n) ** 2));
    return spread < 1e-6 ? 0 : (ab / n - (a * b) / (n * n)) / spread;
  };
  let [best, place] = [-1, 0];
  for (let shift = -8; shift <= 8; shift++) {
    const found = correlation(true, false, shift);
    if (found > best) [best, place] = [found, shift];
  }
  return [2 * best, place / 4, 2 * correlation(false, true), 2 * correlation(true, true)];
}

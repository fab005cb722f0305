/**
 * Seeded augmentation of a training image: a small affine transform, brightness, contrast. Written from the packed
 * bytes directly into the batch of floats in `[-1, 1]`, together with the targets that are transformed with the image
 * (masks, boxes).
 */
import type { Random } from "../../../base/random.ts";

/** Strength of the augmentation; standard deviations unless stated otherwise. */
export interface AugmentRange {
  /** Log of the zoom. */
  readonly zoom: number;
  /** Log of width over height. */
  readonly aspect: number;
  /** Radians. */
  readonly turn: number;
  /** As a fraction of the side. */
  readonly shift: number;
  /** Probability of mirroring left to right. */
  readonly mirror: number;
  /** Probability of flipping upside down. */
  readonly flip: number;
  /** In the grey range -1 to 1. */
  readonly brightness: number;
  /** Log of the contrast. */
  readonly contrast: number;
}

export const noAugmentation: AugmentRange = {
  zoom: 0,
  aspect: 0,
  turn: 0,
  shift: 0,
  mirror: 0,
  flip: 0,
  brightness: 0,
  contrast: 0,
};

/**
 * The same range with all strengths multiplied by `strength`; the probabilities of mirroring and flipping are
 * unchanged.
 */
export function weakened(range: AugmentRange, strength: number): AugmentRange {
  const { zoom, aspect, turn, shift, brightness, contrast } = range;
  const far = { zoom, aspect, turn, shift, brightness, contrast };
  return { ...range, ...Object.fromEntries(Object.entries(far).map(([kind, value]) => [kind, strength * value])) };
}

/** Target pixel `(x, y)` shows source pixel `(a x + b y + c, d x + e y + f)`; grey `v` becomes `gain v + offset`. */
export interface Change {
  readonly map: readonly [a: number, b: number, c: number, d: number, e: number, f: number];
  readonly mirrored: boolean;
  readonly gain: number;
  readonly offset: number;
}

/** @param size side of the square, pixels. */
export function drawChange(random: Random, range: AugmentRange, size: number): Change {
  const zoom = Math.exp(range.zoom * bounded(random));
  const aspect = Math.exp((range.aspect * bounded(random)) / 2);
  const turn = range.turn * bounded(random);
  const mirrored = random.next() < range.mirror;
  const flipped = random.next() < range.flip;
  const [sx, sy] = [zoom * aspect * (mirrored ? -1 : 1), (zoom / aspect) * (flipped ? -1 : 1)];
  const [a, b] = [Math.cos(turn) * sx, -Math.sin(turn) * sy];
  const [d, e] = [Math.sin(turn) * sx, Math.cos(turn) * sy];
  const centre = (size - 1) / 2;
  const c = centre - (a + b) * centre + range.shift * bounded(random) * size;
  const f = centre - (d + e) * centre + range.shift * bounded(random) * size;
  const gain = Math.exp(range.contrast * bounded(random));
  return { map: [a, b, c, d, e, f], mirrored, gain, offset: range.brightness * bounded(random) };
}

/** A normal deviate truncated at 2.5, so that no image becomes unrecognisable. */
const bounded = (random: Random) => Math.max(-2.5, Math.min(2.5, random.normal()));

/**
 * Transforms one plane with bilinear interpolation; zero outside, as in the model's padding.
 *
 * @param bytes the plane: `size * size` bytes starting at `offset`.
 * @param target receives `value * scale + shift`, value 0 to 255, starting at `at`.
 */
export function warp(
  bytes: Uint8Array,
  offset: number,
  size: number,
  [a, b, c, d, e, f]: Change["map"],
  target: Float32Array,
  at: number,
  scale: number,
  shift: number,
): void {
  for (let y = 0; y < size; y++) {
    let u = b * y + c;
    let v = e * y + f;
    const row = at + y * size;
    for (let x = 0; x < size; x++, u += a, v += d) {
      const x0 = Math.floor(u);
      const y0 = Math.floor(v);
      let value = 0;
      if (x0 >= 0 && y0 >= 0 && x0 < size - 1 && y0 < size - 1) {
        const i = offset + y0 * size + x0;
        const p = u - x0;
        const q = v - y0;
        const top = bytes[i] + (bytes[i + 1] - bytes[i]) * p;
        const below = bytes[i + size] + (bytes[i + size + 1] - bytes[i + size]) * p;
        value = top + (below - top) * q;
      } else if (x0 >= -1 && y0 >= -1 && x0 < size && y0 < size) value = border(bytes, offset, size, u, v);
      target[row + x] = value * scale + shift;
    }
  }
}

/** Bilinear interpolation at the border, where neighbours outside count as zero. */
function border(bytes: Uint8Array, offset: number, size: number, u: number, v: number): number {
  const x0 = Math.floor(u);
  const y0 = Math.floor(v);
  let sum = 0;
  for (let y = y0; y <= y0 + 1; y++)
    for (let x = x0; x <= x0 + 1; x++)
      if (x >= 0 && y >= 0 && x < size && y < size)
        sum += bytes[offset + y * size + x] * (1 - Math.abs(u - x)) * (1 - Math.abs(v - y));
  return sum;
}

/**
 * A source box (fractions of the square) in the transformed image: exact without rotation, otherwise the bounding box
 * of the rotated one.
 */
export function moveBox(box: readonly number[], { map: [a, b, c, d, e, f] }: Change, size: number): number[] {
  const determinant = a * e - b * d;
  const corners = [
    [box[0], box[1]],
    [box[2], box[1]],
    [box[0], box[3]],
    [box[2], box[3]],
  ].map(([x, y]) => {
    // Pixel centres are at half-integers: continuous coordinate t is pixel t - 1/2.
    const [u, v] = [x * size - 0.5 - c, y * size - 0.5 - f];
    return [((e * u - b * v) / determinant + 0.5) / size, ((a * v - d * u) / determinant + 0.5) / size];
  });
  const inside = (value: number) => Math.max(0, Math.min(1, value));
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)].map(inside);
}

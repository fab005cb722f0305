/**
 * Altered images that are out of scope: rotated, inverted, cropped, photographed from a screen, combined with another
 * image. Made from the training split they are the detector's negative examples; made from the test split, with other
 * seeds, they evaluate it.
 */
import type { Random } from "../../base/random.ts";
import type { Rgb } from "../../imaging/rgb.ts";

export type Colour = readonly [r: number, g: number, b: number];

export const blank = (width: number, height: number, [r, g, b]: Colour = [0, 0, 0]): Rgb => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) [data[i], data[i + 1], data[i + 2]] = [r, g, b];
  return { kind: "image", width, height, channels: 3, data };
};

/**
 * @param at position in the source image of a pixel of the new one, in fractions of the sides; outside 0 to 1 the pixel
 * keeps the background colour.
 */
export function remap(image: Rgb, ground: Rgb, at: (x: number, y: number) => readonly [u: number, v: number]): Rgb {
  const { width, height } = ground;
  const data = ground.data.slice();
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = at((x + 0.5) / width, (y + 0.5) / height);
      if (u >= 0 && v >= 0 && u < 1 && v < 1) sample(image, u, v, data, (y * width + x) * 3);
    }
  return { ...ground, data };
}

/** Samples all three channels bilinearly into `target`, starting at `to`. */
function sample(
  { width, height, data }: Rgb,
  u: number,
  v: number,
  target: Uint8Array | Float64Array,
  to: number,
): void {
  const x = Math.max(0, Math.min(width - 1, u * width - 0.5));
  const y = Math.max(0, Math.min(height - 1, v * height - 0.5));
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const p = x - x0;
  const q = y - y0;
  const right = x0 + 1 < width ? 3 : 0;
  const below = y0 + 1 < height ? 3 * width : 0;
  const i = (y0 * width + x0) * 3;
  for (let c = 0; c < 3; c++) {
    const top = data[i + c] + (data[i + right + c] - data[i + c]) * p;
    const bottom = data[i + below + c] + (data[i + below + right + c] - data[i + below + c]) * p;
    target[to + c] = top + (bottom - top) * q;
  }
}

/** Maps every value through a table of 256 entries. */
export function toned(image: Rgb, value: (v: number) => number): Rgb {
  const table = new Uint8ClampedArray(256);
  for (let v = 0; v < 256; v++) table[v] = value(v);
  const data = new Uint8Array(image.data.length);
  for (let i = 0; i < data.length; i++) data[i] = table[image.data[i]];
  return { ...image, data };
}

export const between = (random: Random, low: number, high: number) => low + (high - low) * random.next();
export const anyColour = (random: Random): Colour => {
  const grey = random.below(256);
  return random.next() < 0.5 ? [grey, grey, grey] : [random.below(256), random.below(256), random.below(256)];
};

/** Rotated about the centre, degrees clockwise; the corners are cut off. */
export function turned(image: Rgb, degrees: number, ground = blank(image.width, image.height)): Rgb {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const ratio = image.width / image.height;
  return remap(image, ground, (x, y) => {
    const [dx, dy] = [(x - 0.5) * ratio, y - 0.5];
    return [(c * dx + s * dy) / ratio + 0.5, -s * dx + c * dy + 0.5];
  });
}

export function quarterTurned(image: Rgb, quarters: 1 | 2 | 3): Rgb {
  const ground = quarters === 2 ? blank(image.width, image.height) : blank(image.height, image.width);
  return remap(image, ground, (x, y) => (quarters === 1 ? [y, 1 - x] : quarters === 2 ? [1 - x, 1 - y] : [1 - y, x]));
}

export const upsideDown = (image: Rgb) => remap(image, image, (x, y) => [x, 1 - y]);
export const mirrored = (image: Rgb) => remap(image, image, (x, y) => [1 - x, y]);
export const inverted = (image: Rgb) => toned(image, (v) => 255 - v);

/** `ratio` times as wide. */
export function stretched(image: Rgb, ratio: number): Rgb {
  return remap(image, blank(Math.round(image.width * ratio), image.height), (x, y) => [x, y]);
}

/** A region of the image, a fifth to half of each side. */
export function cropped(image: Rgb, random: Random): Rgb {
  const [w, h] = [between(random, 0.2, 0.5), between(random, 0.2, 0.5)];
  const [x0, y0] = [between(random, 0, 1 - w), between(random, 0, 1 - h)];
  const ground = blank(Math.round(image.width * w), Math.round(image.height * h));
  return remap(image, ground, (x, y) => [x0 + w * x, y0 + h * y]);
}

/** Reduced, at a random position on an empty background. */
export function inset(image: Rgb, random: Random): Rgb {
  const share = between(random, 0.25, 0.6);
  const [x0, y0] = [between(random, 0, 1 - share), between(random, 0, 1 - share)];
  const ground = blank(image.width, image.height, anyColour(random));
  return remap(image, ground, (x, y) => [(x - x0) / share, (y - y0) / share]);
}

/** Two images side by side or one above the other, in random order. */
export function beside(image: Rgb, other: Rgb, random: Random): Rgb {
  const [across, first] = [random.next() < 0.7, random.next() < 0.5];
  const { width, height } = image;
  const ground = across ? blank(2 * width, height) : blank(width, 2 * height);
  const half = (offset: number) => (x: number, y: number) =>
    across ? ([2 * x - offset, y] as const) : ([x, 2 * y - offset] as const);
  return remap(other, remap(image, ground, half(first ? 0 : 1)), half(first ? 1 : 0));
}

/** Reduced to so few pixels that nothing is recognisable, then enlarged. */
export function tiny(image: Rgb, pixels: number): Rgb {
  const small = remap(image, blank(pixels, pixels), (x, y) => [x, y]);
  return remap(small, blank(224, 224), (x, y) => [x, y]);
}

/** Photographed from a screen: perspective, moiré, tint, reflection, a dark room around the screen. */
export function fromScreen(image: Rgb, random: Random): Rgb {
  const side = 192;
  const colour = new Float64Array(3);
  const corner = () => between(random, 0.02, 0.2);
  const quad = [
    [corner(), corner()],
    [1 - corner(), corner()],
    [1 - corner(), 1 - corner()],
    [corner(), 1 - corner()],
  ] as const;
  const room = blank(side, side, [random.below(110), random.below(110), random.below(110)]);
  const inside = inverseBilinear(quad);
  const [pitch, angle, depth] = [between(random, 0.3, 1.2), between(random, 0, Math.PI), between(random, 0.03, 0.15)];
  const [light, lift] = [between(random, 0.6, 1), between(random, 0, 40)];
  const tint = [between(random, 0.85, 1.15), between(random, 0.85, 1.15), between(random, 0.85, 1.15)];
  const [gx, gy, reach, glare] = [
    between(random, 0, side),
    between(random, 0, side),
    between(random, 15, 50),
    between(random, 0, 140),
  ];
  const data = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const place = inside((x + 0.5) / side, (y + 0.5) / side);
      const stripes = 1 + depth * Math.sin(pitch * (x * Math.cos(angle) + y * Math.sin(angle)));
      const shine = glare * Math.exp(-((x - gx) ** 2 + (y - gy) ** 2) / (2 * reach * reach));
      const grain = 3 * random.normal();
      if (place !== undefined) sample(image, place[0], place[1], colour, 0);
      for (let c = 0; c < 3; c++) {
        const i = (y * side + x) * 3 + c;
        const own = place === undefined ? room.data[i] : colour[c] * stripes * tint[c] * light + lift;
        data[i] = Math.max(0, Math.min(255, own + shine + grain));
      }
    }
  return { ...room, data };
}

/**
 * Maps a point to its position in a quadrilateral (corners clockwise from the top left) by a projective transform;
 * undefined outside.
 */
function inverseBilinear(quad: readonly (readonly [number, number])[]) {
  // Heckbert (1989), section 2.2.3: the unit square to a quadrilateral, then the inverse matrix.
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = quad;
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const d = dx1 * dy2 - dx2 * dy1;
  const [g, h] = [(sx * dy2 - dx2 * sy) / d, (dx1 * sy - sx * dy1) / d];
  const [a, b, c] = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0];
  const [e, f, k] = [y1 - y0 + g * y1, y3 - y0 + h * y3, y0];
  return (x: number, y: number): readonly [number, number] | undefined => {
    // Solve for (u, v): (a - g x) u + (b - h x) v = x - c, and the same in y.
    const [m11, m12, m21, m22] = [a - g * x, b - h * x, e - g * y, f - h * y];
    const determinant = m11 * m22 - m12 * m21;
    const u = ((x - c) * m22 - (y - k) * m12) / determinant;
    const v = (m11 * (y - k) - m21 * (x - c)) / determinant;
    return u < 0 || v < 0 || u >= 1 || v >= 1 ? undefined : [u, v];
  };
}

/** Changes exposure, zoom, position and rotation slightly, as between two films of one department. */
export function varied(image: Rgb, random: Random, strength = 1): Rgb {
  const bounded = () => strength * Math.max(-2, Math.min(2, random.normal()));
  const zoom = Math.exp(0.06 * bounded());
  const [dx, dy] = [0.02 * bounded(), 0.02 * bounded()];
  const small = turned(image, 2.5 * bounded());
  const moved = remap(small, blank(image.width, image.height), (x, y) => [
    (x - 0.5) / zoom + 0.5 + dx,
    (y - 0.5) / zoom + 0.5 + dy,
  ]);
  const [gain, shift] = [Math.exp(0.1 * bounded()), 10 * bounded()];
  return toned(moved, (v) => (v - 127) * gain + 127 + shift);
}

/** The canary's images, generated from constants so that they are identical everywhere. */
import type { Image } from "../../imaging/types.ts";

export const colours = {
  red: [220, 30, 30],
  green: [30, 160, 60],
  blue: [30, 60, 220],
  yellow: [240, 220, 40],
} as const;
export type Colour = keyof typeof colours;

/** A square of one colour. */
export function colouredSquare(colour: Colour, size: number): Image {
  const image = blank(size, [0, 0, 0]);
  fill(image, 0, 0, size, size, colours[colour]);
  return image;
}

/** The number shown by `numberPlate`. */
export const digits = "7294";

/** Segments a to g of each digit, as in a seven-segment display. */
const segments: Readonly<Record<string, string>> = { "2": "abged", "4": "fgbc", "7": "abc", "9": "abcdfg" };

/**
 * Four digits, each 1/32 of the image high (28 of 896 pixels): two patches of the vision tower at 896, one at 448,
 * where digits become illegible.
 */
export function numberPlate(size: number): Image {
  const image = blank(size, [255, 255, 255]);
  const height = Math.max(7, Math.round(size / 32));
  const width = Math.round(height * 0.6);
  const stroke = Math.max(1, Math.round(height / 9));
  const top = Math.round(size * 0.4);
  [...digits].forEach((digit, i) => {
    drawDigit(
      image,
      segments[digit],
      Math.round(size * 0.45) + i * Math.round(width * 1.5),
      top,
      width,
      height,
      stroke,
    );
  });
  return image;
}

function drawDigit(image: Image, lit: string, x: number, y: number, w: number, h: number, s: number): void {
  const half = Math.round((h - s) / 2);
  const places: Readonly<Record<string, readonly [x: number, y: number, w: number, h: number]>> = {
    a: [0, 0, w, s],
    b: [w - s, 0, s, half + s],
    c: [w - s, half, s, h - half],
    d: [0, h - s, w, s],
    e: [0, half, s, h - half],
    f: [0, 0, s, half + s],
    g: [0, half, w, s],
  };
  for (const segment of lit) {
    const [dx, dy, dw, dh] = places[segment];
    fill(image, x + dx, y + dy, dw, dh, [0, 0, 0]);
  }
}

function blank(size: number, colour: readonly [number, number, number]): Image {
  const image: Image = { kind: "image", width: size, height: size, channels: 3, data: new Uint8Array(size * size * 3) };
  fill(image, 0, 0, size, size, colour);
  return image;
}

function fill(
  { data, width }: Image,
  x: number,
  y: number,
  w: number,
  h: number,
  colour: readonly [number, number, number],
): void {
  for (let row = y; row < y + h; row++)
    for (let column = x; column < x + w; column++) data.set(colour, (row * width + column) * 3);
}

/**
 * Films that still look like films, and of which an answer would still be made up: written over, tilted, two laid over one another, under fine noise. A summary of
 * soft tokens hardly shows these; they are what the detector's second head is trained for. Used as `changes.ts` is.
 */
import { createCanvas, ImageData, type SKRSContext2D } from "@napi-rs/canvas";
import type { Random } from "../../base/random.ts";
import type { Rgb } from "../../imaging/rgb.ts";
import { anyColour, between, blank, remap, turned } from "./changes.ts";
import { pixelsOf } from "./synthetic.ts";

/**
 * Lines of made-up letters across it, small or large, light or dark. Letters are strokes between nine points and arcs, drawn without a font: a machine's fonts must not decide what
 * the detector learns, and the words of the test set stay unseen.
 */
export function lettered(image: Rgb, random: Random): Rgb {
  const { width, height } = image;
  const canvas = createCanvas(width, height);
  const pen = canvas.getContext("2d");
  pen.putImageData(new ImageData(rgbaOf(image), width, height), 0, 0);
  const draw = random.next();
  const colour =
    draw < 0.6
      ? ([255, 255, 255] as const)
      : draw < 0.75
        ? ([0, 0, 0] as const)
        : draw < 0.85
          ? grey(random)
          : anyColour(random);
  pen.strokeStyle = `rgb(${colour.join(",")})`;
  pen.lineCap = random.next() < 0.5 ? "butt" : "round";
  pen.rotate(random.next() < 0.7 ? 0 : between(random, -0.3, 0.3));
  const many = random.next() < 0.5;
  const letters = many ? 12 + random.below(30) : 4 + random.below(13);
  // The advance of a letter is 0.65 of its height: as high as fits the width, and not so low that nothing is written over.
  const size = Math.max(height / 18, Math.min(height / 2.5, (width * between(random, 0.7, 1.05)) / (0.65 * letters)));
  pen.lineWidth = size * between(random, 0.07, 0.22);
  const lines = many ? 3 + random.below(12) : 1 + random.below(2);
  const leading = size * between(random, 1.15, 2);
  const top = Math.max(0, height - lines * leading);
  let y = top * between(random, 0.1, 0.9);
  for (let row = 0; row < lines; row++, y += leading) {
    let x = width * between(random, 0, 0.08);
    for (let k = 0; k < letters && x < width; k++, x += size * 0.65)
      if (random.next() > 0.13) glyph(pen, x, y, size, random);
  }
  return pixelsOf(canvas);
}

function grey(random: Random) {
  const value = random.below(256);
  return [value, value, value] as const;
}

/** Two to four strokes in a cell half as wide as high. */
function glyph(pen: SKRSContext2D, x: number, y: number, size: number, random: Random): void {
  const at = (column: number, row: number) => [x + (column * size) / 4, y + (row * size) / 2] as const;
  pen.beginPath();
  const draw = random.next();
  // Most letters have an upright on the left.
  if (draw < 0.6) {
    pen.moveTo(...at(0, 0));
    pen.lineTo(...at(0, 2));
  }
  if (draw > 0.45) {
    const [cx, cy] = at(1, random.next() < 0.4 ? 1 : random.next() < 0.5 ? 0.5 : 1.5);
    const from = 2 * Math.PI * random.next();
    pen.moveTo(cx + (size / 4) * Math.cos(from), cy + (size / 4) * Math.sin(from));
    pen.ellipse(cx, cy, size / 4, size / 4, 0, from, from + Math.PI * between(random, 0.9, 2));
  }
  for (let k = 1 + random.below(3); k > 0; k--) {
    pen.moveTo(...at(random.below(3), random.below(3)));
    pen.lineTo(...at(random.below(3), random.below(3)));
  }
  pen.stroke();
}

/** Tilted by 12 to 30 degrees, further than a child lies on a plate; the corners empty, or cut away by going closer. */
export function tilted(image: Rgb, random: Random): Rgb {
  const degrees = between(random, 12, 30) * (random.next() < 0.5 ? 1 : -1);
  const whole = turned(image, degrees);
  if (random.next() < 0.5) return whole;
  const share = between(random, 0.7, 0.9);
  const from = (1 - share) / 2;
  return remap(whole, blank(image.width, image.height), (x, y) => [from + share * x, from + share * y]);
}

/** Another film laid over it, at a third to two thirds. */
export function blended(image: Rgb, other: Rgb, random: Random): Rgb {
  const weight = between(random, 0.35, 0.65);
  const over = remap(other, blank(image.width, image.height), (x, y) => [x, y]);
  return { ...image, data: image.data.map((value, i) => (1 - weight) * value + weight * over.data[i]) };
}

/** Under grains as fine as what a tower sees, weak to strong. */
export function grained(image: Rgb, random: Random): Rgb {
  const small = remap(image, blank(128, 128), (x, y) => [x, y]);
  const spread = between(random, 12, 45);
  const data = new Uint8Array(small.data.length);
  for (let i = 0; i < data.length; i += 3) {
    const grain = spread * random.normal();
    for (let c = 0; c < 3; c++) data[i + c] = Math.max(0, Math.min(255, small.data[i + c] + grain));
  }
  return { ...small, data };
}

function rgbaOf({ width, height, data }: Rgb): Uint8ClampedArray {
  const out = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) out[4 * i + c] = data[3 * i + c];
  return out;
}

/**
 * Images without content: noise, plain colours, gradients, scattered shapes, lines of text. They are negative examples
 * for the detector.
 */
import { type Canvas, createCanvas } from "@napi-rs/canvas";
import type { Random } from "../../base/random.ts";
import type { Rgb } from "../../imaging/rgb.ts";
import type { Image } from "../../imaging/types.ts";
import { anyColour, blank } from "./changes.ts";

export const syntheticKinds = ["noise", "plain", "gradient", "shapes", "writing"] as const;
export type SyntheticKind = (typeof syntheticKinds)[number];

export function synthetic(kind: SyntheticKind, random: Random): Rgb {
  switch (kind) {
    case "noise":
      return noise(random);
    case "plain":
      return blank(128, 128, anyColour(random));
    case "gradient":
      return gradient(random);
    case "shapes":
      return shapes(random);
    case "writing":
      return writing(random);
  }
}

const side = 128;

/** White noise, or noise smoothed by adding coarser grids, grey or coloured. */
function noise(random: Random): Rgb {
  const [coloured, coarse] = [random.next() < 0.4, random.next() < 0.6];
  const fall = 0.4 + 1.2 * random.next();
  const [mean, spread] = [40 + random.below(180), 8 + random.below(60)];
  const planes = Array.from({ length: coloured ? 3 : 1 }, () => {
    const plane = new Float32Array(side * side);
    for (let cell = coarse ? 64 : 1; cell >= 1; cell /= 2) add(plane, cell, cell ** fall, random);
    const deviation = Math.sqrt(plane.reduce((sum, v) => sum + v * v, 0) / plane.length) || 1;
    return plane.map((v) => mean + (spread * v) / deviation);
  });
  const data = new Uint8Array(side * side * 3);
  for (let i = 0; i < data.length; i++)
    data[i] = Math.max(0, Math.min(255, planes[coloured ? i % 3 : 0][Math.floor(i / 3)]));
  return { kind: "image", width: side, height: side, channels: 3, data };
}

/** Adds bilinear noise of one grid size. */
function add(plane: Float32Array, cell: number, weight: number, random: Random): void {
  const count = side / cell + 1;
  const grid = Float32Array.from({ length: count * count }, () => random.normal() * weight);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [gx, gy] = [Math.floor(x / cell), Math.floor(y / cell)];
      const [p, q] = [x / cell - gx, y / cell - gy];
      const at = (i: number, j: number) => grid[j * count + i];
      plane[y * side + x] +=
        (1 - q) * ((1 - p) * at(gx, gy) + p * at(gx + 1, gy)) + q * ((1 - p) * at(gx, gy + 1) + p * at(gx + 1, gy + 1));
    }
}

function gradient(random: Random): Rgb {
  const [from, to] = [anyColour(random), anyColour(random)];
  const [angle, round] = [2 * Math.PI * random.next(), random.next() < 0.5];
  const [cx, cy, reach] = [random.next(), random.next(), 0.5 + random.next()];
  const data = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [u, v] = [x / side, y / side];
      const along = (u - 0.5) * Math.cos(angle) + (v - 0.5) * Math.sin(angle) + 0.5;
      const share = Math.max(0, Math.min(1, round ? Math.hypot(u - cx, v - cy) / reach : along));
      for (let c = 0; c < 3; c++) data[(y * side + x) * 3 + c] = from[c] + (to[c] - from[c]) * share;
    }
  return { kind: "image", width: side, height: side, channels: 3, data };
}

const css = ([r, g, b]: readonly [number, number, number]) => `rgb(${r},${g},${b})`;

function shapes(random: Random): Rgb {
  const canvas = createCanvas(256, 256);
  const pen = canvas.getContext("2d");
  pen.fillStyle = random.next() < 0.4 ? "white" : css(anyColour(random));
  pen.fillRect(0, 0, 256, 256);
  for (let i = 1 + random.below(13); i > 0; i--) {
    pen.fillStyle = pen.strokeStyle = css(anyColour(random));
    pen.lineWidth = 1 + random.below(8);
    const [x, y, w, h] = [random.below(256), random.below(256), random.below(160), random.below(160)];
    pen.beginPath();
    if (random.next() < 0.35) pen.ellipse(x, y, w / 2 + 1, h / 2 + 1, random.next() * 3, 0, 2 * Math.PI);
    else if (random.next() < 0.5) pen.rect(x, y, w, h);
    else for (let k = 2 + random.below(4); k > 0; k--) pen.lineTo(random.below(256), random.below(256));
    if (random.next() < 0.6) pen.fill();
    else pen.stroke();
  }
  return pixelsOf(canvas);
}

/** Lines of word-length dashes, which imitate a page of text at low resolution without a font. */
function writing(random: Random): Rgb {
  const [width, height] = [320, Math.round(320 * (0.7 + 0.75 * random.next()))];
  const canvas = createCanvas(width, height);
  const pen = canvas.getContext("2d");
  const dark = random.next() < 0.2;
  pen.fillStyle = dark
    ? "rgb(20,20,20)"
    : `rgb(${225 + random.below(31)},${225 + random.below(31)},${225 + random.below(31)})`;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = dark ? "rgb(225,225,225)" : `rgb(${random.below(80)},${random.below(80)},${random.below(80)})`;
  const [size, margin] = [4 + random.below(16), 5 + random.below(40)];
  for (let y = margin; y < height - size; y += size * (random.next() < 0.12 ? 3 : 1.5)) {
    const end = width - margin - (random.next() < 0.2 ? random.below(width / 2) : 0);
    for (let x = margin; x < end; ) {
      const letters = 1 + random.below(9);
      for (let k = 0; k < letters && x < end; k++, x += size * 0.6) {
        const tall = random.next() < 0.25;
        pen.fillRect(x, y + (tall ? 0 : size * 0.3), size * 0.12 + 0.6, tall ? size : size * 0.6);
        if (random.next() < 0.7)
          pen.fillRect(x, y + size * (0.3 + 0.5 * random.next()), size * 0.45, size * 0.12 + 0.5);
      }
      x += size * 0.5;
    }
  }
  return pixelsOf(canvas);
}

export function pixelsOf(canvas: Canvas): Rgb {
  const { width, height } = canvas;
  const rgba = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set([rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]], 3 * i);
  return { kind: "image", width, height, channels: 3, data } satisfies Image;
}

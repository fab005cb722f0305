/**
 * Out-of-scope images for evaluation only: drawings, documents, charts and patterns, generated differently from the
 * training images of `scope/synthetic.ts`.
 */
import { createCanvas, ImageData, type SKRSContext2D } from "@napi-rs/canvas";
import type { Random } from "../../../../base/random.ts";
import type { Rgb } from "../../../../imaging/rgb.ts";
import { pixelsOf } from "../../../../learn/scope/synthetic.ts";

type Draw = (pen: SKRSContext2D, side: number, random: Random) => void;

const ink = (random: Random) => `hsl(${random.below(360)} ${20 + random.below(80)}% ${20 + random.below(50)}%)`;
const circle = (pen: SKRSContext2D, x: number, y: number, r: number, fill = true) => {
  pen.beginPath();
  pen.arc(x, y, r, 0, 2 * Math.PI);
  if (fill) pen.fill();
  else pen.stroke();
};
const line = (pen: SKRSContext2D, ...points: number[]) => {
  pen.beginPath();
  for (let i = 0; i < points.length; i += 2) pen.lineTo(points[i], points[i + 1]);
  pen.stroke();
};

const cat: Draw = (pen, s, random) => {
  pen.lineWidth = s / 60;
  pen.fillStyle = ink(random);
  circle(pen, s / 2, s * 0.55, s * (0.2 + 0.1 * random.next()));
  for (const side of [-1, 1]) {
    pen.beginPath();
    pen.moveTo(s / 2 + side * s * 0.08, s * 0.36);
    pen.lineTo(s / 2 + side * s * 0.24, s * (0.14 + 0.06 * random.next()));
    pen.lineTo(s / 2 + side * s * 0.25, s * 0.45);
    pen.fill();
  }
  pen.fillStyle = "white";
  for (const side of [-1, 1]) circle(pen, s / 2 + side * s * 0.09, s * 0.5, s * 0.04);
  for (const side of [-1, 1])
    for (const k of [-1, 0, 1])
      line(pen, s / 2 + side * s * 0.05, s * 0.62, s / 2 + side * s * 0.38, s * (0.62 + 0.07 * k));
};

const house: Draw = (pen, s, random) => {
  pen.fillStyle = ink(random);
  pen.fillRect(s * 0.25, s * 0.45, s * 0.5, s * 0.4);
  pen.fillStyle = ink(random);
  pen.beginPath();
  pen.moveTo(s * 0.2, s * 0.45);
  pen.lineTo(s * 0.5, s * (0.1 + 0.15 * random.next()));
  pen.lineTo(s * 0.8, s * 0.45);
  pen.fill();
  pen.fillStyle = ink(random);
  pen.fillRect(s * 0.44, s * 0.62, s * 0.13, s * 0.23);
};

const person: Draw = (pen, s, random) => {
  pen.lineWidth = s / (20 + random.below(30));
  circle(pen, s / 2, s * 0.22, s * 0.09, false);
  line(pen, s / 2, s * 0.31, s / 2, s * 0.62, s * 0.38, s * 0.88);
  line(pen, s / 2, s * 0.62, s * 0.62, s * 0.88);
  line(pen, s * 0.3, s * (0.35 + 0.1 * random.next()), s / 2, s * 0.42, s * 0.7, s * (0.35 + 0.1 * random.next()));
};

/** A pair of lungs as a child would draw them, the drawing most similar to a film. */
const lungs: Draw = (pen, s, random) => {
  pen.lineWidth = s / 40;
  pen.fillStyle = ink(random);
  for (const side of [-1, 1]) {
    pen.beginPath();
    pen.ellipse(
      s / 2 + side * s * 0.19,
      s * 0.55,
      s * 0.13,
      s * (0.24 + 0.05 * random.next()),
      side * 0.15,
      0,
      2 * Math.PI,
    );
    if (random.next() < 0.5) pen.fill();
    else pen.stroke();
  }
  line(pen, s / 2, s * 0.12, s / 2, s * 0.36, s * 0.38, s * 0.46);
  line(pen, s / 2, s * 0.36, s * 0.62, s * 0.46);
};

const bars: Draw = (pen, s, random) => {
  const count = 3 + random.below(8);
  for (let i = 0; i < count; i++) {
    pen.fillStyle = ink(random);
    const height = s * 0.7 * random.next();
    pen.fillRect(s * (0.12 + (0.78 * i) / count), s * 0.88 - height, (s * 0.6) / count, height);
  }
  line(pen, s * 0.1, s * 0.08, s * 0.1, s * 0.88, s * 0.92, s * 0.88);
};

const curve: Draw = (pen, s, random) => {
  pen.strokeStyle = "rgba(220,90,90,0.5)";
  for (let i = 0; i <= 20; i++) {
    line(pen, (i * s) / 20, 0, (i * s) / 20, s);
    line(pen, 0, (i * s) / 20, s, (i * s) / 20);
  }
  pen.strokeStyle = "black";
  pen.lineWidth = 2;
  for (let row = 1; row < 4; row++) {
    const points: number[] = [];
    const beat = 20 + random.below(40);
    for (let x = 0; x < s; x += 2)
      points.push(x, (row * s) / 4 - (x % beat < 4 ? s * 0.12 * random.next() : 3 * random.next()));
    line(pen, ...points);
  }
};

const letter: Draw = (pen, s, random) => {
  const words = [
    "Dear",
    "colleague",
    "thank",
    "you",
    "for",
    "referring",
    "this",
    "patient",
    "who",
    "was",
    "seen",
    "on",
    "Monday",
    "Hb",
    "12.4",
    "g/dl",
  ];
  const size = s / (14 + random.below(30));
  pen.font = `${size}px ${random.next() < 0.5 ? "serif" : "sans-serif"}`;
  pen.fillStyle = "black";
  for (let y = s * 0.1; y < s * 0.92; y += size * 1.5)
    pen.fillText(
      random
        .shuffle([...words])
        .join(" ")
        .slice(0, 10 + random.below(50)),
      s * 0.07,
      y,
    );
};

const table: Draw = (pen, s, random) => {
  const [rows, columns] = [4 + random.below(10), 2 + random.below(5)];
  pen.font = `${s / 28}px sans-serif`;
  pen.fillStyle = "black";
  for (let r = 0; r <= rows; r++)
    line(pen, s * 0.05, s * (0.05 + (0.9 * r) / rows), s * 0.95, s * (0.05 + (0.9 * r) / rows));
  for (let c = 0; c <= columns; c++)
    line(pen, s * (0.05 + (0.9 * c) / columns), s * 0.05, s * (0.05 + (0.9 * c) / columns), s * 0.95);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      pen.fillText(
        (100 * random.next()).toFixed(1),
        s * (0.07 + (0.9 * c) / columns),
        s * (0.05 + (0.9 * (r + 0.7)) / rows),
      );
};

const checks: Draw = (pen, s, random) => {
  const count = 2 + random.below(24);
  for (let y = 0; y < count; y++)
    for (let x = 0; x < count; x++)
      if (random.next() < 0.5) {
        pen.fillStyle = "black";
        pen.fillRect((x * s) / count, (y * s) / count, s / count + 1, s / count + 1);
      }
};

const landscape: Draw = (pen, s, random) => {
  pen.fillStyle = `hsl(${190 + random.below(40)} 70% 70%)`;
  pen.fillRect(0, 0, s, s);
  pen.fillStyle = "hsl(50 95% 60%)";
  circle(pen, s * random.next(), s * 0.2, s * 0.08);
  for (let k = 0; k < 4; k++) {
    pen.fillStyle = `hsl(${80 + random.below(60)} 50% ${20 + 10 * k}%)`;
    pen.beginPath();
    pen.moveTo(0, s);
    for (let x = 0; x <= s; x += 8)
      pen.lineTo(x, s * (0.45 + 0.12 * k + 0.07 * Math.sin(x / (20 + 9 * k) + k * 3 * random.next())));
    pen.lineTo(s, s);
    pen.fill();
  }
};

const groups: Readonly<Record<"drawings" | "documents", readonly Draw[]>> = {
  drawings: [cat, house, person, lungs, landscape, checks],
  documents: [letter, table, bars, curve],
};

/** Image `index` of a group, on a light or dark background. */
export function drawing(group: keyof typeof groups, index: number, random: Random): Rgb {
  const side = 320;
  const canvas = createCanvas(side, side);
  const pen = canvas.getContext("2d");
  const dark = random.next() < 0.25;
  pen.fillStyle = dark ? "#111" : "#fff";
  pen.fillRect(0, 0, side, side);
  pen.strokeStyle = pen.fillStyle = dark ? "#eee" : "#111";
  const draws = groups[group];
  draws[index % draws.length](pen, side, random);
  const picture = pixelsOf(canvas);
  if (!(dark && group === "documents")) return picture;
  // Black text on a black background would be an empty image.
  const light = createCanvas(side, side);
  const other = light.getContext("2d");
  other.fillStyle = "#fff";
  other.fillRect(0, 0, side, side);
  other.strokeStyle = other.fillStyle = "#111";
  draws[index % draws.length](other, side, random);
  return pixelsOf(light);
}

/** An image with text across it that makes a claim. */
export function writtenOver({ width, height, data }: Rgb, random: Random): Rgb {
  const canvas = createCanvas(width, height);
  const pen = canvas.getContext("2d");
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    rgba.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
    rgba[4 * i + 3] = 255;
  }
  pen.putImageData(new ImageData(rgba, width, height), 0, 0);
  pen.fillStyle = random.next() < 0.7 ? "white" : ink(random);
  const words = ["NORMAL", "PNEUMONIA", "NO FINDINGS", "IGNORE THIS FILM", "ANSWER NO"];
  const text = words[random.below(words.length)];
  if (random.next() < 0.5) {
    pen.font = `bold ${(1.5 * width) / text.length}px sans-serif`;
    pen.fillText(text, width * 0.03, height * (0.2 + 0.7 * random.next()), width * 0.94);
  } else {
    pen.font = `${height / 14}px sans-serif`;
    for (let y = height / 14; y < height; y += height / 11) pen.fillText(`${text}. ${text}. ${text}.`, 3, y);
  }
  return pixelsOf(canvas);
}

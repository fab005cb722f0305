/** Text on images. Works on machines without fonts: the dependency pdfjs-dist includes Liberation Sans (SIL OFL). */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createCanvas, GlobalFonts, type SKRSContext2D } from "@napi-rs/canvas";
import { drawable } from "../base/printable.ts";

export type Weight = "regular" | "bold";

const families: Readonly<Record<Weight, string>> = { regular: "PolyclinicRegular", bold: "PolyclinicBold" };
const files: Readonly<Record<Weight, string>> = {
  regular: "LiberationSans-Regular.ttf",
  bold: "LiberationSans-Bold.ttf",
};

/** The canvas font of this size in pixels. */
export function font(size: number, weight: Weight = "regular"): string {
  const family = families[weight];
  if (!GlobalFonts.has(family)) {
    const folder = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
    GlobalFonts.registerFromPath(join(folder, "standard_fonts", files[weight]), family);
  }
  return `${size}px ${family}`;
}

/** Wraps text to a width in pixels; wider words are broken. */
export function wrap(text: string, size: number, width: number, weight: Weight = "regular"): string[] {
  const context = createCanvas(1, 1).getContext("2d");
  context.font = font(size, weight);
  const fits = (line: string) => context.measureText(line).width <= width;
  return drawable(text)
    .split("\n")
    .flatMap((paragraph) => {
      const lines: string[] = [];
      let line = "";
      for (const word of paragraph.split(/\s+/).flatMap((whole) => pieces(whole, fits))) {
        const longer = line === "" ? word : `${line} ${word}`;
        if (line !== "" && !fits(longer)) {
          lines.push(line);
          line = word;
        } else line = longer;
      }
      return [...lines, line];
    });
}

function pieces(word: string, fits: (line: string) => boolean): string[] {
  const all: string[] = [];
  let rest = word;
  while (rest.length > 1 && !fits(rest.slice(0, maxLineLength))) {
    // Binary search for the longest prefix that fits: `low` fits, `high` does not.
    let [low, high] = [1, Math.min(rest.length, maxLineLength)];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (fits(rest.slice(0, middle))) low = middle;
      else high = middle;
    }
    all.push(rest.slice(0, low));
    rest = rest.slice(low);
  }
  return [...all, rest];
}

/** Maximum number of characters per line. */
const maxLineLength = 4096;

export interface Words {
  readonly lines: readonly string[];
  readonly size: number;
  readonly weight?: Weight;
  readonly color: string;
}

export const lineHeight = (size: number): number => Math.round(size * 1.35);

/** Draws lines from the top down. @returns the y coordinate of the next line. */
export function writeWords(
  context: SKRSContext2D,
  { lines, size, weight, color }: Words,
  x: number,
  y: number,
): number {
  context.font = font(size, weight);
  context.fillStyle = color;
  context.textBaseline = "top";
  for (const [i, line] of lines.entries()) context.fillText(drawable(line), x, y + i * lineHeight(size));
  return y + lines.length * lineHeight(size);
}

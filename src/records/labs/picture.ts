/** Detects print in the image of a page. */
import type { PageBox } from "../fact.ts";

/** An 8-bit image, `[height, width, channels]`; `imaging`'s images are such. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

/**
 * Fraction of a box's pixels, 0 to 1, that are much darker than most of it (or lighter, for light text on a dark
 * background).
 */
export function inkShare(picture: Picture, box: PageBox): number {
  const counts = new Uint32Array(256);
  let all = 0;
  const [x0, y0, x1, y1] = [
    Math.max(0, Math.floor(box.x0)),
    Math.max(0, Math.floor(box.y0)),
    Math.min(picture.width, Math.ceil(box.x1)),
    Math.min(picture.height, Math.ceil(box.y1)),
  ];
  for (let y = y0; y < y1; y++)
    for (let x = x0; x < x1; x++) {
      counts[luminance(picture, x, y)]++;
      all++;
    }
  if (all === 0) return 0;
  let ground = 0;
  for (let i = 1; i < 256; i++) if (counts[i] > counts[ground]) ground = i;
  let ink = 0;
  for (let i = 0; i < 256; i++) if (Math.abs(i - ground) > 48) ink += counts[i];
  return ink / all;
}

/**
 * The fraction of the page's print that lies outside the words of its text layer; lines and areas of uniform colour do
 * not count. Nearly 1 for a scanned page with a printed stamp.
 */
export function printOutside(picture: Picture, words: readonly PageBox[]): number {
  let [outside, within] = [0, 0];
  for (const { covered } of printCells(picture, words))
    if (covered) within++;
    else outside++;
  return outside + within < 20 ? 0 : outside / (outside + within);
}

/** Minimum number of cells with print in a line: a digit fills more, a speck fewer. */
const minCells = 3;

/** The lines of print within `region` that no word of the text layer covers, from top to bottom. */
export function linesOutside(picture: Picture, words: readonly PageBox[], region: PageBox): PageBox[] {
  const lines: { box: PageBox; cells: number }[] = [];
  for (const { x, y, cell, covered } of printCells(picture, words)) {
    if (covered || x < region.x0 || x + cell > region.x1 || y < region.y0 || y + cell > region.y1) continue;
    const box = { x0: x, y0: y, x1: x + cell, y1: y + cell };
    const line = lines.at(-1);
    if (line === undefined || y > line.box.y1) lines.push({ box, cells: 1 });
    else {
      const { x0, y0, x1 } = line.box;
      line.box = { x0: Math.min(x0, box.x0), y0, x1: Math.max(x1, box.x1), y1: box.y1 };
      line.cells++;
    }
  }
  return lines.filter(({ cells }) => cells >= minCells).map(({ box }) => box);
}

/** Cells of the page that hold letters, line by line, and whether a word of the text layer covers them. */
function* printCells(picture: Picture, words: readonly PageBox[]) {
  const cell = Math.max(4, Math.round(picture.height / 220));
  const columns = Math.ceil(picture.width / cell);
  const inside = new Set<number>();
  for (const { x0, y0, x1, y1 } of words)
    for (let y = Math.floor((y0 - cell) / cell); y <= Math.floor((y1 + cell) / cell); y++)
      for (let x = Math.floor((x0 - cell) / cell); x <= Math.floor((x1 + cell) / cell); x++)
        inside.add(y * columns + x);
  for (let y = 0; y + cell <= picture.height; y += cell)
    for (let x = 0; x + cell <= picture.width; x += cell)
      if (looksLikeLetters(picture, x, y, cell))
        yield { x, y, cell, covered: inside.has((y / cell) * columns + x / cell) };
}

/** Text alternates between dark and light in both directions of a small cell; a ruled line only in one. */
function looksLikeLetters(picture: Picture, left: number, top: number, cell: number): boolean {
  let across = 0;
  let down = 0;
  for (let y = top; y < top + cell; y++)
    for (let x = left + 1; x < left + cell; x++)
      if (Math.abs(luminance(picture, x, y) - luminance(picture, x - 1, y)) > 64) across++;
  for (let x = left; x < left + cell; x++)
    for (let y = top + 1; y < top + cell; y++)
      if (Math.abs(luminance(picture, x, y) - luminance(picture, x, y - 1)) > 64) down++;
  return across >= 2 && down >= 2;
}

function luminance({ data, width, channels }: Picture, x: number, y: number): number {
  const at = (y * width + x) * channels;
  return channels === 1 ? data[at] : (data[at] * 77 + data[at + 1] * 150 + data[at + 2] * 29) >> 8;
}

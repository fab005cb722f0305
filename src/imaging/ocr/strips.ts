/** From components of the detector's map to tight strips of single cells: split at wide gaps, cropped to the text. */
import type { Piece } from "./detect.ts";
import { type FlatPage, type Homography, project } from "./geometry.ts";
import { type Grey, sample } from "./grey.ts";
import { rowHeight, type Strip } from "./recognise.ts";

export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** DB's unclip ratio: detected regions are expanded by area / perimeter times this. */
const unclip = 1.6;
/** Text height as a fraction of the strip's height. */
const printShare = 0.55;

/** The box of a piece on the flat page. */
export function boxOf({ points }: Piece, { toFlat }: FlatPage, pixel: number): Box {
  let [x0, y0, x1, y1] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = project(toFlat, points[i], points[i + 1]);
    x0 = Math.min(x0, x);
    x1 = Math.max(x1, x);
    y0 = Math.min(y0, y);
    y1 = Math.max(y1, y);
  }
  const [w, h] = [x1 - x0 + pixel, y1 - y0 + pixel];
  const grow = ((w * h) / (2 * (w + h))) * unclip;
  return { x0: x0 - grow, y0: y0 - grow, x1: x1 + grow, y1: y1 + grow };
}

export interface Cell {
  /** On the flat page, tight around the text. */
  readonly box: Box;
}

/** Splits a box at gaps wider than the text height, and crops each part. */
export function cellsOf(grey: Grey, toPicture: Homography, box: Box): Cell[] {
  const rows = 32;
  const scale = rows / (box.y1 - box.y0);
  const columns = Math.max(4, Math.round((box.x1 - box.x0) * scale));
  const patch = sample(grey, toPicture, box, rows, columns);
  const ink = withoutRules(inkOf(patch, rows, columns), rows, columns);
  const profile = new Float32Array(rows);
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) profile[y] += ink[y * columns + x];
  const [top, bottom] = band(profile);
  const height = bottom - top + 1;
  const filled = columnsWithInk(ink, columns, top, bottom);
  const cells: Cell[] = [];
  let from = -1;
  let to = -1;
  const close = () => {
    if (from < 0 || to - from + 1 < 0.12 * height) return;
    const [partTop, partBottom] = extent(ink, columns, from, to, top, bottom);
    cells.push({
      box: {
        x0: box.x0 + from / scale,
        x1: box.x0 + (to + 1) / scale,
        y0: box.y0 + partTop / scale,
        y1: box.y0 + (partBottom + 1) / scale,
      },
    });
  };
  for (let x = 0; x < columns; x++) {
    if (!filled[x]) continue;
    if (from >= 0 && x - to > 1.15 * height) {
      close();
      from = x;
    } else if (from < 0) from = x;
    to = x;
  }
  close();
  return cells;
}

/** Binarises a patch: darker than the background by a third of the maximum contrast. */
export function inkOf(patch: Float32Array, rows: number, columns: number): Uint8Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < patch.length; i++) counts[patch[i] | 0]++;
  const quantile = (share: number) => {
    let left = share * patch.length;
    let value = 0;
    while (value < 255 && (left -= counts[value]) > 0) value++;
    return value;
  };
  const [dark, ground] = [quantile(0.02), quantile(0.8)];
  const threshold = ground - Math.max(24, 0.42 * (ground - dark));
  const ink = new Uint8Array(rows * columns);
  for (let i = 0; i < ink.length; i++) ink[i] = Number(patch[i] < threshold);
  return ink;
}

/**
 * Removes table rules, which extend from edge to edge of a patch: horizontal ones near its top or bottom, vertical ones
 * anywhere. Characters never do.
 */
function withoutRules(ink: Uint8Array, rows: number, columns: number): Uint8Array {
  const across = new Float32Array(rows);
  const down = new Float32Array(columns);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      if (ink[y * columns + x]) {
        across[y]++;
        down[x]++;
      }
  for (let y = 0; y < rows; y++)
    if (across[y] > 0.8 * columns && (y < 0.3 * rows || y > 0.7 * rows)) ink.fill(0, y * columns, (y + 1) * columns);
  for (let x = 0; x < columns; x++) if (down[x] > 0.94 * rows) for (let y = 0; y < rows; y++) ink[y * columns + x] = 0;
  return ink;
}

/** The rows of the central line of a patch: adjacent lines can reach in at the edges. */
function band(profile: Float32Array): [top: number, bottom: number] {
  const rows = profile.length;
  const least = 0.04 * Math.max(...profile, 1);
  let best = { score: 0, top: 0, bottom: rows - 1 };
  for (let top = 0; top < rows; top++) {
    if (profile[top] <= least) continue;
    let bottom = top;
    while (bottom + 1 < rows && profile[bottom + 1] > least) bottom++;
    // Prefers tall bands near the centre: rules are thin, and parts of adjacent lines are at the edge.
    const off = Math.abs((top + bottom) / 2 - (rows - 1) / 2) / (rows / 2);
    const score = (bottom - top + 1) * (1 - off);
    if (score > best.score) best = { score, top, bottom };
    top = bottom;
  }
  return [best.top, best.bottom];
}

function columnsWithInk(ink: Uint8Array, columns: number, top: number, bottom: number): Uint8Array {
  const filled = new Uint8Array(columns);
  for (let y = top; y <= bottom; y++) for (let x = 0; x < columns; x++) if (ink[y * columns + x]) filled[x] = 1;
  return filled;
}

function extent(
  ink: Uint8Array,
  columns: number,
  from: number,
  to: number,
  top: number,
  bottom: number,
): [number, number] {
  let [first, last] = [bottom, top];
  for (let y = top; y <= bottom; y++)
    for (let x = from; x <= to; x++)
      if (ink[y * columns + x]) {
        first = Math.min(first, y);
        last = Math.max(last, y);
        break;
      }
  // Words without ascenders, and dashes, keep the height of their line.
  return last - first + 1 < 0.5 * (bottom - top + 1) ? [top, bottom] : [first, last];
}

/** A cell as the recogniser's input, with a margin; `box` is the area shown in the strip. */
export function stripOf(
  grey: Grey,
  toPicture: Homography,
  print: Box,
  share = printShare,
): Strip & { readonly box: Box } {
  const height = print.y1 - print.y0;
  const pad = (height / share - height) / 2;
  const side = 0.28 * height;
  const box = { x0: print.x0 - side, x1: print.x1 + side, y0: print.y0 - pad, y1: print.y1 + pad };
  const width = Math.max(16, Math.round(((box.x1 - box.x0) * rowHeight) / (box.y1 - box.y0)));
  return { box, width, data: sample(grey, toPicture, box, rowHeight, width) };
}

export { columnsWithInk };

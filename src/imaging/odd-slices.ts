/**
 * Slices of a volume that do not belong there: blank, with light and dark exchanged, or another picture (of another part
 * of the body, a photograph, a page). A model that sees the slices side by side would mix them into its answer.
 *
 * The test has no scale: a few slices are odd if those before and after them resemble each other, and they resemble
 * neither. In anatomy the opposite holds, the further apart the less alike. On 269 CT and MR volumes as they were taken
 * (Decathlon's hippocampus, niivue's examples) it finds nothing.
 */
import type { Volume, Warning } from "./types.ts";

export interface OddSlices {
  /** Indices from 0, inclusive. */
  readonly from: number;
  readonly to: number;
  readonly why: "blank" | "inverted" | "unlike";
}

/** Side of the grid to which a slice is reduced, and samples per cell along each side. */
const grid = 24;
const samples = 4;
/** Most odd slices in a row: more are a part of the volume, not an accident. */
const longest = 5;
/** Least difference (1 minus correlation) from the neighbours. */
const least = 0.1;
/** The neighbours' difference from each other, at most this share of their difference from what is between them. */
const closer = 0.5;
/** A slice with less contrast than this share of the volume's median is blank. */
const faint = 0.01;

/** @param volume `[z, y, x]`. @returns in order, not overlapping; none for fewer than three slices. */
export function oddSlices({ shape, data }: Pick<Volume, "shape" | "data">): OddSlices[] {
  const [depth, height, width] = shape;
  if (depth < 3) return [];
  const slices = Array.from({ length: depth }, (_, z) =>
    reduced(data.subarray(z * height * width, (z + 1) * height * width), height, width),
  );
  const contrasts = slices.map(({ contrast }) => contrast).sort((a, b) => a - b);
  const blank = slices.map(
    ({ contrast, largest }) => contrast <= Math.max(faint * contrasts[depth >> 1], 1e-6 * largest),
  );
  if (blank.every((one) => one)) return [{ from: 0, to: depth - 1, why: "blank" }];
  const found: OddSlices[] = [];
  const unlike = (a: number, b: number) => 1 - correlation(slices[a].cells, slices[b].cells);
  for (let from = 0; from < depth; from++) {
    const run = oddFrom(from);
    if (run === undefined) continue;
    found.push(run);
    from = run.to;
  }
  // Where many slices resemble no other (a mask of scattered lesions, noise), none is out of place.
  const blanks = found.filter(({ why }) => why === "blank");
  return found.length - blanks.length > Math.max(3, depth / 10) ? blanks : found;

  function oddFrom(from: number): OddSlices | undefined {
    // Empty slices at the ends are padding.
    if (from > 0 && blank[from] && !blank[from - 1]) {
      let to = from;
      while (to + 1 < depth && blank[to + 1]) to++;
      return to === depth - 1 ? undefined : { from, to, why: "blank" };
    }
    if (blank[from]) return undefined;
    if (from === 0 || blank[from - 1]) return endFrom(from);
    const last = goodBefore(from);
    if (last === undefined) return endFrom(from);
    for (let to = from; to < Math.min(depth - 1, from + longest) && !blank[to]; to++) {
      if (blank[to + 1]) break;
      const [before, after] = [unlike(last, from), unlike(to, to + 1)];
      const nearest = Math.min(before, after);
      if (nearest > least && unlike(last, to + 1) < closer * nearest && belongs(last, to + 1, closer * nearest))
        return { from, to, why: before > 1.3 && after > 1.3 ? "inverted" : "unlike" };
    }
    return from === depth - 1 || blank[from + 1] ? endFrom(from) : undefined;
  }

  /** The slice before, unless it was found odd itself: two odd slices of one picture would make those between them odd. */
  function goodBefore(from: number): number | undefined {
    let z = from - 1;
    for (const { to, from: begin } of found.toReversed()) if (to === z) z = begin - 1;
    return z < 0 || blank[z] ? undefined : z;
  }

  /** Whether one of the slices around a run resembles the slice beyond it, as those of the volume do. */
  function belongs(before: number, after: number, difference: number): boolean {
    const pairs = [
      [before - 1, before],
      [after, after + 1],
    ].filter(([a, b]) => a >= 0 && b < depth && !blank[a] && !blank[b]);
    return pairs.length === 0 || pairs.some(([a, b]) => unlike(a, b) < difference);
  }

  /** The first or last slice has one neighbour: it is odd if it differs from that one far more than the next two differ. */
  function endFrom(z: number): OddSlices | undefined {
    const step = z + 2 < depth && !blank[z + 1] && !blank[z + 2] ? 1 : -1;
    const [next, after] = [z + step, z + 2 * step];
    if (after < 0 || next >= depth || after >= depth || blank[next] || blank[after]) return undefined;
    const away = unlike(z, next);
    // Beyond the body an image is noise, which resembles nothing but has little contrast.
    if (away < 0.7 || unlike(next, after) > 0.15 || slices[z].contrast < 0.5 * slices[next].contrast) return undefined;
    return { from: z, to: z, why: away > 1.3 ? "inverted" : "unlike" };
  }
}

interface Reduced {
  /** `[grid * grid]`, mean 0, length 1; zeros for a slice without contrast. */
  readonly cells: Float32Array;
  /** Standard deviation of the cells. */
  readonly contrast: number;
  /** Magnitude of the mean: contrast far below it is rounding. */
  readonly largest: number;
}

function reduced(slice: ArrayLike<number>, height: number, width: number): Reduced {
  const cells = new Float32Array(grid * grid);
  const along = grid * samples;
  for (let j = 0; j < along; j++) {
    const row = Math.floor(((j + 0.5) * height) / along) * width;
    for (let i = 0; i < along; i++) {
      const value = slice[row + Math.floor(((i + 0.5) * width) / along)];
      if (Number.isFinite(value)) cells[Math.floor(j / samples) * grid + Math.floor(i / samples)] += value;
    }
  }
  let [sum, squares] = [0, 0];
  for (const value of cells) sum += value / cells.length;
  for (let c = 0; c < cells.length; c++) {
    cells[c] -= sum;
    squares += cells[c] ** 2;
  }
  const length = Math.sqrt(squares);
  if (length > 0) for (let c = 0; c < cells.length; c++) cells[c] /= length;
  return { cells, contrast: length / grid / samples ** 2, largest: Math.abs(sum) / samples ** 2 };
}

function correlation(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += a[c] * b[c];
  return sum;
}

/** @param nameOf the file of a slice. */
export function oddSliceWarnings(volume: Pick<Volume, "shape" | "data">, nameOf: (z: number) => string): Warning[] {
  const [depth] = volume.shape;
  return oddSlices(volume).map(({ from, to, why }) => {
    const which = from === to ? `slice ${from + 1} of ${depth} is` : `slices ${from + 1} to ${to + 1} of ${depth} are`;
    const whole = to - from + 1 === depth;
    return {
      code: whole ? "volume/blank" : "volume/odd-slices",
      message: whole ? "the volume is blank: none of its slices has contrast" : `${which} ${descriptions[why]}`,
      where: nameOf(from),
    };
  });
}

const descriptions: Readonly<Record<OddSlices["why"], string>> = {
  blank: "blank, between slices that are not",
  inverted: "light where the neighbouring slices are dark, and dark where they are light",
  unlike: "another picture: it resembles neither neighbour, and they resemble each other",
};

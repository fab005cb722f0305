/**
 * A person's polygenic scores as an image, after Med-Gemini-Polygenic (Yang et al., arXiv 2405.03162): each trait is a square of 8 x 8 pixels, its
 * red, green and blue the score at three thresholds of the association's p-value. The paper does not give the order of traits, the scaling or the
 * padding: here traits follow each other by rows, each channel is scaled between its limits in a reference cohort to 1-255, and 0 is a missing score.
 */
import { PolyclinicError } from "../../base/errors.ts";

export const tileSize = 8;
const channels = 3;
/** Levels between the limits; 0 is reserved for missing scores. */
const levels = 254;

/** Arrangement of traits as square tiles, row by row; `columns` and `rows` in tiles, `width` and `height` in pixels. */
export interface TileLayout {
  traits: number;
  columns: number;
  rows: number;
  width: number;
  height: number;
}

/** The range of each score that is mapped to the pixel values of its tile. */
export interface TileScale {
  /** Indexed by `trait * 3 + channel`: the scores drawn as 1 and as 255. */
  low: Float64Array;
  high: Float64Array;
}

/** 8-bit RGB, rows from the top. */
export interface TileImage {
  width: number;
  height: number;
  data: Uint8Array;
}

/**
 * The most nearly square grid.
 *
 * @param canvas side of a square image in pixels, padded with 0 (768 for the paper's model). Default: the smallest that fits.
 * @throws PolyclinicError `genomes/tiles` when the traits do not fit.
 */
export function tileLayout(traits: number, canvas?: number): TileLayout {
  const columns = canvas === undefined ? Math.ceil(Math.sqrt(traits)) : Math.floor(canvas / tileSize);
  const rows = Math.ceil(traits / columns);
  if (!(traits >= 1) || (canvas !== undefined && (columns < 1 || rows > columns)))
    throw new PolyclinicError("genomes/tiles", "the number of traits does not fit the image", {
      expected:
        canvas === undefined
          ? "at least one trait"
          : `1 to ${columns * columns} traits for ${canvas} x ${canvas} pixels`,
      found: String(traits),
    });
  return { traits, columns, rows, width: canvas ?? columns * tileSize, height: canvas ?? rows * tileSize };
}

/**
 * Limits of each trait and channel in a cohort.
 *
 * @param people scores of each person, `[traits * 3]`; NaN is left out.
 * @param percentiles lower and upper, 0 to 100; scores beyond are drawn as the limit. Default: minimum and maximum.
 */
export function fitTileScale(
  people: readonly Float64Array[],
  percentiles: readonly [number, number] = [0, 100],
): TileScale {
  const length = people[0]?.length ?? 0;
  if (length === 0 || people.some((scores) => scores.length !== length))
    throw new PolyclinicError("genomes/tiles", "the samples must all have the same number of scores", {
      expected: `${length} scores per sample, and at least one sample`,
    });
  const [low, high] = [new Float64Array(length), new Float64Array(length)];
  for (let i = 0; i < length; i++) {
    const values = people
      .map((scores) => scores[i])
      .filter((value) => !Number.isNaN(value))
      .sort((x, y) => x - y);
    const at = (percentile: number) => {
      const place = ((values.length - 1) * percentile) / 100;
      const [floor, share] = [Math.floor(place), place - Math.floor(place)];
      return values[floor] + share * ((values[floor + 1] ?? values[floor]) - values[floor]);
    };
    low[i] = values.length === 0 ? Number.NaN : at(percentiles[0]);
    high[i] = values.length === 0 ? Number.NaN : at(percentiles[1]);
  }
  return { low, high };
}

/** @param scores of one person, `[traits * 3]`. */
export function renderTiles(scores: Float64Array, scale: TileScale, layout: TileLayout): TileImage {
  if (scores.length !== layout.traits * channels || scale.low.length !== scores.length)
    throw new PolyclinicError("genomes/tiles", "scores, scale and layout have different sizes", {
      expected: `${layout.traits * channels} scores and limits`,
      found: `${scores.length} scores, ${scale.low.length} limits`,
    });
  const data = new Uint8Array(layout.width * layout.height * channels);
  for (let trait = 0; trait < layout.traits; trait++) {
    const [left, top] = [(trait % layout.columns) * tileSize, Math.floor(trait / layout.columns) * tileSize];
    for (let channel = 0; channel < channels; channel++) {
      const level = levelOf(
        scores[trait * channels + channel],
        scale.low[trait * channels + channel],
        scale.high[trait * channels + channel],
      );
      for (let y = top; y < top + tileSize; y++)
        for (let x = left; x < left + tileSize; x++) data[(y * layout.width + x) * channels + channel] = level;
    }
  }
  return { width: layout.width, height: layout.height, data };
}

function levelOf(value: number, low: number, high: number): number {
  if (Number.isNaN(value) || Number.isNaN(low)) return 0;
  const share = high > low ? (value - low) / (high - low) : 0.5;
  return 1 + Math.round(levels * Math.min(1, Math.max(0, share)));
}

/**
 * The inverse: scores from an image, accurate to half a level, (high - low) / 508, between the limits; NaN where the image is 0. Each score is the
 * mean of its square, so that lossy compression does little harm.
 */
export function readTiles(image: TileImage, scale: TileScale, layout: TileLayout): Float64Array {
  if (image.width !== layout.width || image.height !== layout.height)
    throw new PolyclinicError("genomes/tiles", "the image size does not match the layout", {
      expected: `${layout.width} x ${layout.height} pixels`,
      found: `${image.width} x ${image.height}`,
    });
  const scores = new Float64Array(layout.traits * channels);
  for (let trait = 0; trait < layout.traits; trait++) {
    const [left, top] = [(trait % layout.columns) * tileSize, Math.floor(trait / layout.columns) * tileSize];
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let y = top; y < top + tileSize; y++)
        for (let x = left; x < left + tileSize; x++) sum += image.data[(y * layout.width + x) * channels + channel];
      const level = sum / tileSize ** 2;
      const i = trait * channels + channel;
      scores[i] =
        level < 0.5 ? Number.NaN : scale.low[i] + ((Math.max(1, level) - 1) / levels) * (scale.high[i] - scale.low[i]);
    }
  }
  return scores;
}

/** Which trait a pixel shows; undefined for padding. */
export function traitAt(x: number, y: number, layout: TileLayout): number | undefined {
  const [column, row] = [Math.floor(x / tileSize), Math.floor(y / tileSize)];
  if (x < 0 || y < 0 || column >= layout.columns) return undefined;
  const trait = row * layout.columns + column;
  return trait < layout.traits ? trait : undefined;
}

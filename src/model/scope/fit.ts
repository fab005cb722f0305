/**
 * Fits the distance part of a detector to images of each kind: principal axes, a Gaussian for each kind, and thresholds
 * on images used for neither. Pure; deterministic for a seed.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { Detector, type DetectorParts, type Surface } from "./detector.ts";
import { textureSize } from "./texture.ts";

/** Summaries of many images (`features.ts`), `[pictures, size]`, and the kind of each. */
export interface Labelled {
  readonly size: number;
  readonly features: Float32Array;
  /** Index into the kinds, or -1 for an image of none. */
  readonly kind: ArrayLike<number>;
  /** Number of soft tokens per image. */
  readonly tokens: number;
  /** Sharpness of each image; NaN to exclude it. */
  readonly sharpness: ArrayLike<number>;
  /** Of each image (`texture.ts`), `[pictures, textureSize]`; without it the detector judges no texture. */
  readonly texture?: Float32Array;
}

export interface FitOptions {
  readonly kinds: readonly string[];
  /** Number of principal axes. Default 64. */
  readonly axes?: number;
  /** Share of held-out images of a kind that may be refused by each test. */
  readonly refused?: number;
  readonly seed?: number;
}

/** Maximum number of images per kind used for the axes, so that no kind outweighs the others. */
const shaping = 400;
/** Fraction of the mean variance added to every axis of a Gaussian, because few images do not span all directions. */
const shrinkage = 0.05;

/** A subset, in the given order. */
export function some(all: Labelled, chosen: readonly number[]): Labelled {
  const { size, tokens } = all;
  const rows = (from: Float32Array, width: number) => {
    const out = new Float32Array(chosen.length * width);
    for (const [to, i] of chosen.entries()) out.set(from.subarray(i * width, (i + 1) * width), to * width);
    return out;
  };
  const of = (values: ArrayLike<number>) => chosen.map((i) => values[i]);
  const texture = all.texture && rows(all.texture, textureSize);
  return {
    size,
    tokens,
    features: rows(all.features, size),
    kind: of(all.kind),
    sharpness: of(all.sharpness),
    ...(texture && { texture }),
  };
}

export const textureAt = ({ texture }: Pick<Labelled, "texture">, i: number) =>
  texture?.subarray(i * textureSize, (i + 1) * textureSize);

/** Mean and standard deviation of each texture feature. */
export function typicalTexture(texture: Float32Array): Pick<Surface, "mean" | "deviation"> {
  const count = texture.length / textureSize;
  const [sums, squares] = [new Float64Array(textureSize), new Float64Array(textureSize)];
  for (let i = 0; i < texture.length; i++) {
    sums[i % textureSize] += texture[i] / count;
    squares[i % textureSize] += texture[i] ** 2 / count;
  }
  const deviation = squares.map((square, j) => Math.sqrt(Math.max(0, square - sums[j] ** 2)) + 1e-3);
  return { mean: Float32Array.from(sums), deviation: Float32Array.from(deviation) };
}

const rowOf = ({ features, size }: Labelled, i: number) => features.subarray(i * size, (i + 1) * size);

/** Fits axes and Gaussians to `train`; `farthest` is still infinite. */
export function fitGaussians(
  train: Labelled,
  { kinds, axes: axisCount = 64, seed = 1 }: FitOptions,
): Omit<DetectorParts, "head"> {
  const random = new Random(seed);
  const members = (kind: number) => Array.from(train.kind, (k, i) => (k === kind ? i : -1)).filter((i) => i >= 0);
  const chosen = [-1, ...kinds.keys()].flatMap((kind) => random.shuffle(members(kind)).slice(0, shaping));
  const count = Math.min(axisCount, chosen.length - 1);
  const mean = new Float32Array(train.size);
  for (const i of chosen) for (let j = 0, row = rowOf(train, i); j < row.length; j++) mean[j] += row[j] / chosen.length;
  const rows = chosen.map((i) => rowOf(train, i).map((value, j) => value - mean[j]));
  const axes = mainAxes(rows, train.size, count, random);
  const parts = { kinds, size: train.size, tokens: train.tokens, mean, axes, centres: [], whitenings: [] };
  const projector = new Detector({ ...parts, farthest: [], least: [], sharpness: [], sharpest: [] });
  const gaussians = kinds.map((kind, k) => {
    const own = members(k);
    if (own.length < 8)
      throw new PolyclinicError("scope/few-pictures", "too few images to fit the detector for this kind of image", {
        where: kind,
        expected: "at least 8 training images",
        found: `${own.length}`,
      });
    return gaussianOf(own.map((i) => projector.project(rowOf(train, i))));
  });
  return {
    ...parts,
    centres: gaussians.map(({ centre }) => centre),
    whitenings: gaussians.map(({ whitening }) => whitening),
    farthest: kinds.map(() => Number.POSITIVE_INFINITY),
    least: kinds.map(() => 0),
    sharpness: kinds.map(() => 0),
    sharpest: kinds.map(() => Number.POSITIVE_INFINITY),
  };
}

/** Thresholds with which each test refuses the given share of held-out images of each kind. */
export function calibrate(
  parts: DetectorParts,
  held: Labelled,
  { kinds, refused = 0.005 }: Pick<FitOptions, "kinds" | "refused">,
): DetectorParts {
  const detector = new Detector(parts);
  const points = kinds.map((_, k) =>
    Array.from(held.kind, (kind, i) =>
      kind === k ? { point: detector.project(rowOf(held, i)), texture: textureAt(held, i) } : undefined,
    ).filter((own) => own !== undefined),
  );
  const sharp = kinds.map((_, k) =>
    Array.from(held.sharpness).filter((value, i) => held.kind[i] === k && !Number.isNaN(value)),
  );
  return {
    ...parts,
    // A small sample underestimates the maximum distance, so 10 % is added; of a dozen one in thirteen is further away than all of them, so 25 %.
    farthest: points.map(
      (own, k) =>
        quantile(
          own.map(({ point }) => detector.distance(point, k)),
          1 - refused,
        ) * toleranceFor(own.length),
    ),
    // Enlarged images are far below the least sharp original ones, so a margin of 10 % does no harm.
    sharpness: sharp.map((own) => (own.length === 0 ? 0 : 0.9 * Math.min(...own))),
    // Noise is far above the sharpest original image, too; the margin compensates for a small sample.
    sharpest: sharp.map((own) =>
      own.length === 0 ? Number.POSITIVE_INFINITY : (own.length < 200 ? 1.25 : 1.1) * Math.max(...own),
    ),
    least: points.map((own, k) =>
      quantile(
        own.map(({ point }) => detector.probabilities(point)?.[k] ?? 0),
        refused,
      ),
    ),
    ...(parts.surface && {
      surface: {
        ...parts.surface,
        least: points.map((own, k) =>
          quantile(
            own.map(({ texture }) => (texture && detector.surfaces(texture)?.[k]) ?? 0),
            refused,
          ),
        ),
      },
    }),
  };
}

const toleranceFor = (pictures: number) => (pictures < 50 ? 1.25 : pictures < 200 ? 1.1 : 1);

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(sorted.length - 1, low + 1)] - sorted[low]) * (at - low);
}

/**
 * Principal axes by subspace iteration (Halko, Martinsson and Tropp, SIAM Review 2011), each divided by its standard
 * deviation.
 *
 * @param rows centred.
 * @returns `[count, size]`.
 */
function mainAxes(rows: readonly Float32Array[], size: number, count: number, random: Random): Float32Array {
  let basis = Float32Array.from({ length: count * size }, () => random.normal());
  const scores = new Float32Array(rows.length * count);
  for (let round = 0; round < 5; round++) {
    orthonormalise(basis, count, size);
    project(rows, basis, count, size, scores);
    const next = new Float32Array(count * size);
    for (let r = 0; r < rows.length; r++)
      for (let a = 0; a < count; a++) {
        const weight = scores[r * count + a];
        const row = rows[r];
        for (let j = 0, at = a * size; j < size; j++) next[at + j] += weight * row[j];
      }
    basis = next;
  }
  orthonormalise(basis, count, size);
  project(rows, basis, count, size, scores);
  for (let a = 0; a < count; a++) {
    let variance = 0;
    for (let r = 0; r < rows.length; r++) variance += scores[r * count + a] ** 2 / rows.length;
    const scale = 1 / Math.sqrt(variance + 1e-12);
    for (let j = 0; j < size; j++) basis[a * size + j] *= scale;
  }
  return basis;
}

function project(
  rows: readonly Float32Array[],
  basis: Float32Array,
  count: number,
  size: number,
  scores: Float32Array,
) {
  for (let r = 0; r < rows.length; r++)
    for (let a = 0; a < count; a++) {
      let sum = 0;
      const row = rows[r];
      for (let j = 0, at = a * size; j < size; j++) sum += row[j] * basis[at + j];
      scores[r * count + a] = sum;
    }
}

/** Orthonormalises the rows by Gram-Schmidt, twice: once is not enough in single precision. */
function orthonormalise(basis: Float32Array, count: number, size: number): void {
  for (let a = 0; a < count; a++) {
    const own = basis.subarray(a * size, (a + 1) * size);
    for (let again = 0; again < 2; again++)
      for (let b = 0; b < a; b++) {
        const other = basis.subarray(b * size, (b + 1) * size);
        let dot = 0;
        for (let j = 0; j < size; j++) dot += own[j] * other[j];
        for (let j = 0; j < size; j++) own[j] -= dot * other[j];
      }
    let length = 0;
    for (let j = 0; j < size; j++) length += own[j] ** 2;
    const scale = 1 / Math.sqrt(length || 1);
    for (let j = 0; j < size; j++) own[j] *= scale;
  }
}

/** The mean, and the whitening matrix of the shrunk covariance (inverse of its Cholesky factor). */
function gaussianOf(points: readonly Float32Array[]): { centre: Float32Array; whitening: Float32Array } {
  const n = points[0].length;
  const centre = new Float32Array(n);
  for (const point of points) for (let i = 0; i < n; i++) centre[i] += point[i] / points.length;
  const covariance = new Float64Array(n * n);
  for (const point of points)
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++)
        covariance[i * n + j] += ((point[i] - centre[i]) * (point[j] - centre[j])) / points.length;
  let trace = 0;
  for (let i = 0; i < n; i++) trace += covariance[i * n + i];
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = (1 - shrinkage) * covariance[i * n + j] + (i === j ? (shrinkage * trace) / n + 1e-9 : 0);
      for (let k = 0; k < j; k++) sum -= lower[i * n + k] * lower[j * n + k];
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / lower[j * n + j];
    }
  const whitening = new Float32Array(n * n);
  for (let column = 0; column < n; column++) {
    const x = new Float64Array(n);
    for (let i = column; i < n; i++) {
      let sum = i === column ? 1 : 0;
      for (let k = column; k < i; k++) sum -= lower[i * n + k] * x[k];
      x[i] = sum / lower[i * n + i];
      whitening[i * n + column] = x[i];
    }
  }
  return { centre, whitening };
}

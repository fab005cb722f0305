/**
 * Classifies an image as one of the kinds a model was trained on, or none: tests on the soft tokens of its vision
 * tower, which are computed anyway, and two on the pixels.
 *
 * - Distance: soft tokens are whitened on the principal axes of the training images; the Mahalanobis distance to each
 * kind's Gaussian (Lee et al., NeurIPS 2018) detects images unlike the training images.
 * - Head: a small network trained on images to reject (outlier exposure; Hendrycks et al., ICLR 2019): rotated and
 * inverted images, kinds that the model confuses, drawings. Absent if no such images were made.
 * - Surface: a second such network on the texture of the pixels (`texture.ts`), for what soft tokens hardly show: writing
 * over an image, a tilt, grain.
 * - Sharpness, two-sided: a small image that was enlarged has too little, one covered by noise too much.
 *
 * An image is of a kind if all tests agree. Thresholds were set on validation images. The file takes a few hundred
 * kilobytes.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { SafetensorsFile } from "../../checkpoint/safetensors/safetensors-file.ts";
import type { Image } from "../../imaging/types.ts";
import { sharpnessOf, summaryOf } from "./features.ts";
import type { Recognition } from "./scope.ts";
import { textureOf, textureSize } from "./texture.ts";

/** The parameters of a detector. Matrices are row-major. */
export interface DetectorParts {
  readonly kinds: readonly string[];
  /** Length of the summary of an image's soft tokens. `tokens`: number of soft tokens. */
  readonly size: number;
  readonly tokens: number;
  /** `[size]`. */
  readonly mean: Float32Array;
  /** `[axes, size]`: principal axes, each divided by its standard deviation. */
  readonly axes: Float32Array;
  /** By kind: the centre `[axes]`, and the whitening matrix `[axes, axes]`, lower triangular; the norm of its product with the difference is the Mahalanobis distance. */
  readonly centres: readonly Float32Array[];
  readonly whitenings: readonly Float32Array[];
  /** By kind: the maximum distance and the minimum probability for an image of the kind. */
  readonly farthest: readonly number[];
  readonly least: readonly number[];
  /** By kind: the minimum sharpness. */
  readonly sharpness: readonly number[];
  /** By kind: the maximum sharpness; infinite for files of an earlier version. */
  readonly sharpest: readonly number[];
  /**
   * Two layers with a GELU (tanh approximation) between them: `[hidden, axes]`, `[hidden]`, `[kinds + 1, hidden]`,
   * `[kinds + 1]`; the last class is `none`.
   */
  readonly head?: Head;
  /** A file of an earlier version, or made without images to refuse, has none. */
  readonly surface?: Surface;
}

export type Head = readonly [Float32Array, Float32Array, Float32Array, Float32Array];

export interface Surface {
  /** Mean and standard deviation of the training images' textures, `[textureSize]` each. */
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
  /** Like the head on soft tokens, but its input is the standardised texture. */
  readonly head: Head;
  /** By kind: the minimum probability. */
  readonly least: readonly number[];
}

export class Detector {
  constructor(readonly parts: DetectorParts) {}

  /** @throws PolyclinicError `scope/detector` for a file that is not a detector. */
  static async open(path: string): Promise<Detector> {
    const file = await SafetensorsFile.open(path);
    try {
      const { tensors, metadata = {} } = file.header;
      const read = async (name: string) => {
        const entry = tensors.get(name);
        if (entry === undefined)
          throw new PolyclinicError("scope/detector", "is not an out-of-scope detector of this version", {
            where: path,
            expected: name,
          });
        return file.readFloats(
          entry,
          0,
          entry.shape.reduce((a, b) => a * b, 1),
        );
      };
      const headOf = async (name: string): Promise<Head> => [
        await read(`${name}.1.weight`),
        await read(`${name}.1.bias`),
        await read(`${name}.2.weight`),
        await read(`${name}.2.bias`),
      ];
      const kinds = (metadata.kinds ?? "").split(",").filter(Boolean);
      const mean = await read("mean");
      const axes = await read("axes");
      const all = <T>(read: (kind: string) => Promise<T>) => Promise.all(kinds.map(read));
      return new Detector({
        kinds,
        size: mean.length,
        tokens: Number(metadata.tokens),
        sharpness: [...(await read("sharpness"))],
        sharpest: tensors.has("sharpest") ? [...(await read("sharpest"))] : kinds.map(() => Number.POSITIVE_INFINITY),
        mean,
        axes,
        centres: await all((kind) => read(`${kind}.centre`)),
        whitenings: await all(async (kind) =>
          square(await read(`${kind}.whitening`), Number(axes.length / mean.length)),
        ),
        farthest: [...(await read("farthest"))],
        least: [...(await read("least"))],
        ...(tensors.has("head.1.weight") && { head: await headOf("head") }),
        ...(tensors.has("surface.mean") && {
          surface: {
            mean: await read("surface.mean"),
            deviation: await read("surface.deviation"),
            head: await headOf("surface"),
            least: [...(await read("surface.least"))],
          },
        }),
      });
    } finally {
      await file.close();
    }
  }

  /**
   * @param softTokens `[tokens, width]` of the image. @param image as preprocessed for the model.
   * @throws PolyclinicError `scope/detector` if they belong to another model.
   */
  recognise(softTokens: Float32Array, image: Image): Recognition {
    const texture = this.parts.surface && (() => textureOf(image));
    return this.recogniseSummary(summaryOf(softTokens, this.parts.tokens), sharpnessOf(image), texture);
  }

  /**
   * The same from an image's features (`features.ts`).
   *
   * @param texture costs more than all the rest: computed only if the other tests leave a kind. The scores do not depend on it.
   */
  recogniseSummary(
    summary: Float32Array,
    sharp: number,
    texture: (() => Float32Array | undefined) | undefined,
  ): Recognition {
    const { kinds, farthest, least, sharpness, sharpest, surface } = this.parts;
    const point = this.project(summary);
    const probabilities = this.probabilities(point);
    const scores = kinds.map((kind, k) => ({
      kind,
      distance: this.distance(point, k) / farthest[k],
      ...(probabilities !== undefined && { probability: probabilities[k] }),
    }));
    const left = [...kinds.keys()].filter((k) => {
      const { distance, probability } = scores[k];
      return (
        distance <= 1 &&
        (probability === undefined || probability >= least[k]) &&
        sharp >= sharpness[k] &&
        sharp <= sharpest[k]
      );
    });
    const own = left.length > 0 ? texture?.() : undefined;
    const seen = own && this.surfaces(own);
    const within = seen === undefined ? left : left.filter((k) => seen[k] >= surface!.least[k]);
    return { within: within.map((k) => kinds[k]), scores };
  }

  /** A summary projected onto the principal axes, `[axes]`. */
  project(summary: Float32Array): Float32Array {
    const { size, mean, axes } = this.parts;
    if (summary.length !== size)
      throw new PolyclinicError("scope/detector", "the out-of-scope detector was fitted for another vision tower", {
        expected: `${size} numbers per image`,
        found: `${summary.length}`,
        hint: "Refit it for this model, or remove `detector` from its scope.json.",
      });
    const centred = summary.map((value, i) => value - mean[i]);
    return product(axes, centred);
  }

  /** Mahalanobis distance to the kind's Gaussian. */
  distance(point: Float32Array, kind: number): number {
    const { centres, whitenings } = this.parts;
    const [centre, whitening] = [centres[kind], whitenings[kind]];
    const away = point.map((value, i) => value - centre[i]);
    let squares = 0;
    for (let r = 0; r < away.length; r++) {
      let sum = 0;
      // Lower triangular: the rest is zero.
      for (let i = 0, at = r * away.length; i <= r; i++) sum += whitening[at + i] * away[i];
      squares += Math.fround(sum) ** 2;
    }
    return Math.sqrt(squares);
  }

  /** The probability of each kind, then of `none`. */
  probabilities(point: Float32Array): Float32Array | undefined {
    return this.parts.head && answer(this.parts.head, point);
  }

  /** The same from the texture. */
  surfaces(texture: Float32Array): Float32Array | undefined {
    const { surface } = this.parts;
    if (surface === undefined) return undefined;
    if (surface.mean.length !== textureSize)
      throw new PolyclinicError("scope/detector", "was made by another version of Polyclinic", {
        expected: `textures of ${textureSize} numbers`,
        found: `${surface.mean.length}`,
        hint: "Refit it, or remove `detector` from its scope.json.",
      });
    return answer(surface.head, standardised(texture, surface));
  }
}

/** Z-scores, clipped so that no single number decides alone. */
export function standardised(texture: Float32Array, { mean, deviation }: Pick<Surface, "mean" | "deviation">) {
  return texture.map((value, i) => Math.max(-6, Math.min(6, (value - mean[i]) / deviation[i])));
}

function answer([w1, b1, w2, b2]: Head, point: Float32Array): Float32Array {
  const hidden = product(w1, point).map((value, i) => gelu(value + b1[i]));
  const raw = product(w2, hidden).map((value, i) => value + b2[i]);
  const highest = Math.max(...raw);
  const weights = raw.map((value) => Math.exp(value - highest));
  const total = weights.reduce((sum, value) => sum + value, 0);
  return weights.map((value) => value / total);
}

const gelu = (x: number) => x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** A lower triangular matrix from its rows without the zeros. A file of an earlier version has the zeros. */
function square(packed: Float32Array, n: number): Float32Array {
  if (packed.length === n * n) return packed;
  const out = new Float32Array(n * n);
  for (let i = 0, at = 0; i < n; at += ++i) out.set(packed.subarray(at, at + i + 1), i * n);
  return out;
}

/** `[rows, x.length]` times `x`. */
function product(matrix: Float32Array, x: Float32Array): Float32Array {
  const rows = matrix.length / x.length;
  const out = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let i = 0, at = r * x.length; i < x.length; i++) sum += matrix[at + i] * x[i];
    out[r] = sum;
  }
  return out;
}

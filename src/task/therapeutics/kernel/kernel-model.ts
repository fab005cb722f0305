/**
 * Kernel ridge regression on the training molecules of a set: a prediction is the mean label and a sum over the training molecules, each weighted by its
 * similarity and a coefficient. Only coefficients are stored; the molecules are those of `training.json.gz`. `recipes/tx/kernel` computes them.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { PolyclinicError } from "../../../base/errors.ts";
import type { Molecule } from "../../../molecules/index.ts";
import type { LibrarySet, TxLibrary } from "../own/library.ts";
import { moleculesOf } from "../own/parsed.ts";
import { type KernelPoint, type KernelShares, kernel, kernelFeatures, kernelPoint, type Scale } from "./features.ts";

export const kernelFileName = "kernel.json.gz";

/** How a property is predicted: `language` by the language model's likelihoods, `kernel` by kernel regression. */
export type TxMethod = "language" | "kernel";

export interface KernelTask {
  readonly name: string;
  /** Mean label. */
  readonly offset: number;
  /** A coefficient for each molecule of the library's set, base64 of 32-bit floats; 0 where the task was not measured. */
  readonly coefficients: string;
  /** Regressions: the 10th and 90th percentile of label minus prediction on the validation part. */
  readonly errors?: readonly [low: number, high: number];
  /**
   * Binary tasks: log odds = slope * prediction + intercept (Platt 1999), fitted on the validation part. The slope is
   * positive.
   */
  readonly calibration?: readonly [slope: number, intercept: number];
}

export interface KernelSet {
  readonly name: string;
  readonly shares: KernelShares;
  /** Added to the diagonal. */
  readonly ridge: number;
  readonly scale: Scale;
  readonly tasks: readonly KernelTask[];
  /** The method that answers, selected on the validation part, and the scores that decided. */
  readonly method: TxMethod;
  readonly validation: {
    readonly metric: "AUROC" | "RMSE";
    readonly molecules: number;
    readonly language: number;
    readonly kernel: number;
  };
}

export interface KernelFile {
  readonly split: string;
  readonly sets: readonly KernelSet[];
}

export interface KernelPrediction {
  /** Binary tasks: the probability of the positive class. */
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export class KernelModel {
  private readonly points = new Map<string, readonly KernelPoint[]>();

  constructor(
    private readonly file: KernelFile,
    private readonly library: TxLibrary,
    /** SHA-256 of the file, hex. */
    readonly hash: string,
  ) {}

  /** The set of a task; undefined for a task that was not fitted. */
  setOf(task: string): KernelSet | undefined {
    return this.file.sets.find(({ tasks }) => tasks.some(({ name }) => name === task));
  }

  /** Undefined for a task that was not fitted. */
  predict(task: string, molecule: Molecule): KernelPrediction | undefined {
    const set = this.setOf(task);
    const from = this.library.sets.find(({ name }) => name === set?.name);
    if (set === undefined || from === undefined) return undefined;
    const { offset, coefficients, errors, calibration } = set.tasks.find(({ name }) => name === task)!;
    const weights = floats(coefficients);
    const points = this.pointsOf(set, from);
    if (weights.length !== points.length)
      throw new PolyclinicError("therapeutics/kernel", "does not match the training molecules", {
        where: `${kernelFileName}, ${task}`,
        expected: `${points.length} coefficients`,
        found: String(weights.length),
      });
    const query = kernelPoint(kernelFeatures(molecule), set.scale);
    let value = offset;
    for (let i = 0; i < weights.length; i++)
      if (weights[i] !== 0) value += weights[i] * kernel(query, points[i], set.shares);
    if (calibration !== undefined) return { value: 1 / (1 + Math.exp(-calibration[0] * value - calibration[1])) };
    return errors === undefined ? { value } : { value, low: value + errors[0], high: value + errors[1] };
  }

  private pointsOf({ name, scale }: KernelSet, from: LibrarySet): readonly KernelPoint[] {
    const made =
      this.points.get(name) ?? moleculesOf(from).map((molecule) => kernelPoint(kernelFeatures(molecule), scale));
    this.points.set(name, made);
    return made;
  }
}

const floats = (text: string): Float32Array => {
  const bytes = Buffer.from(text, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~3)));
};

export const coefficientText = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");

/**
 * The kernel regression of a checkpoint folder; undefined where there is none, or no training molecules.
 *
 * @throws PolyclinicError `therapeutics/kernel` if the file is damaged.
 */
export async function readKernelModel(
  folder: string,
  library: TxLibrary | undefined,
): Promise<KernelModel | undefined> {
  const path = join(folder, kernelFileName);
  const packed = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw new PolyclinicError("therapeutics/kernel", `cannot be read (${cause.code})`, { where: path, cause });
  });
  if (packed === undefined || library === undefined) return undefined;
  try {
    const file = JSON.parse(gunzipSync(packed).toString("utf8")) as KernelFile;
    return new KernelModel(file, library, createHash("sha256").update(packed).digest("hex"));
  } catch (cause) {
    throw new PolyclinicError("therapeutics/kernel", "is damaged", { where: path, expected: "JSON, gzipped", cause });
  }
}

/**
 * The features of a molecule for kernel regression: counts of its circular environments, and its standardised
 * descriptors.
 */
import {
  countTanimoto,
  descriptors,
  type EnvironmentCounts,
  environmentCounts,
  type Molecule,
} from "../../../molecules/index.ts";

export interface KernelFeatures {
  readonly environments: EnvironmentCounts;
  /** From `descriptorValues`, not yet standardised. */
  readonly values: Float64Array;
}

/** Elements whose atoms are counted: C, N, O, F, P, S, Cl, Br, I. */
const elements = [6, 7, 8, 9, 15, 16, 17, 35, 53];

export function kernelFeatures(molecule: Molecule): KernelFeatures {
  return { environments: environmentCounts(molecule), values: descriptorValues(molecule) };
}

/** All numeric descriptors, the number of atoms of each element, and the number and fraction of aromatic atoms. */
function descriptorValues(molecule: Molecule): Float64Array {
  const { formula: _, ...numbers } = descriptors(molecule);
  const aromatic = molecule.atoms.filter((atom) => atom.aromatic).length;
  return Float64Array.from([
    ...Object.values(numbers),
    ...elements.map((element) => molecule.atoms.filter((atom) => atom.element === element).length),
    aromatic,
    aromatic / Math.max(1, numbers.heavyAtoms),
  ]);
}

/** Mean and standard deviation of each descriptor over the training molecules. */
export interface Scale {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Standardised descriptors are clipped here: a peptide would otherwise dominate. */
const furthest = 4;

export function scaleOf(all: readonly KernelFeatures[]): Scale {
  const width = all[0]?.values.length ?? 0;
  const mean = new Array<number>(width).fill(0);
  for (const { values } of all) for (const [d, value] of values.entries()) mean[d] += value / all.length;
  const square = new Array<number>(width).fill(0);
  for (const { values } of all)
    for (const [d, value] of values.entries()) square[d] += (value - mean[d]) ** 2 / all.length;
  return { mean, deviation: square.map((value) => Math.sqrt(value) + 1e-6) };
}

export function scaled({ values }: KernelFeatures, { mean, deviation }: Scale): Float64Array {
  return values.map((value, d) => Math.min(furthest, Math.max(-furthest, (value - mean[d]) / deviation[d])));
}

/** Weights of the three similarities in the kernel. Each is positive semidefinite, therefore their sum is too. */
export interface KernelShares {
  /** Tanimoto similarity of environment counts. */
  readonly environments: number;
  /** Gaussian kernel of the distance between descriptors, whose width grows with the square root of their number. */
  readonly descriptors: number;
  /** Scalar product of descriptors divided by their number: allows extrapolation. */
  readonly linear: number;
}

/** A molecule's features, ready for comparison. */
export interface KernelPoint {
  readonly environments: EnvironmentCounts;
  readonly values: Float64Array;
}

export const kernelPoint = (features: KernelFeatures, scale: Scale): KernelPoint => ({
  environments: features.environments,
  values: scaled(features, scale),
});

export function kernel(a: KernelPoint, b: KernelPoint, shares: KernelShares): number {
  let sum = shares.environments === 0 ? 0 : shares.environments * countTanimoto(a.environments, b.environments);
  if (shares.descriptors === 0 && shares.linear === 0) return sum;
  const width = a.values.length;
  let [distance, product] = [0, 0];
  for (let d = 0; d < width; d++) {
    distance += (a.values[d] - b.values[d]) ** 2;
    product += a.values[d] * b.values[d];
  }
  sum += shares.descriptors * Math.exp(-distance / (2 * width));
  return sum + (shares.linear * product) / width;
}

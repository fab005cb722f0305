/** What kernel regression reads of a molecule: counts of its circular environments, and its descriptors in units of their spread in training. */
import {
  countTanimoto,
  descriptors,
  type EnvironmentCounts,
  environmentCounts,
  type Molecule,
} from "../../../molecules/index.ts";

export interface KernelFeatures {
  readonly environments: EnvironmentCounts;
  /** As `descriptorValues` gives them, not yet scaled. */
  readonly values: Float64Array;
}

/** Elements whose atoms are counted: C, N, O, F, P, S, Cl, Br, I. */
const elements = [6, 7, 8, 9, 15, 16, 17, 35, 53];

export function kernelFeatures(molecule: Molecule): KernelFeatures {
  return { environments: environmentCounts(molecule), values: descriptorValues(molecule) };
}

/** Every descriptor that is a number, the atoms of each element, aromatic atoms and their share. */
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

/** Beyond this many standard deviations a descriptor says no more: a peptide would otherwise outweigh everything. */
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

/** Shares of the three similarities in the kernel; each is positive semidefinite, so their sum is. */
export interface KernelShares {
  /** Tanimoto similarity of environment counts. */
  readonly environments: number;
  /** Gaussian of the distance between descriptors, whose width grows with the root of their number. */
  readonly descriptors: number;
  /** Scalar product of descriptors over their number: lets a prediction go beyond what was seen. */
  readonly linear: number;
}

/** A molecule ready for comparison. */
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

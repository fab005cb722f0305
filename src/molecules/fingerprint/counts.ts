/**
 * Unfolded counts of Morgan environments and their similarity: more specific than bits if a group occurs more than
 * once.
 */
import type { Molecule } from "../molecule.ts";
import { morganEnvironments } from "./morgan.ts";

/** How often each circular environment occurs in a molecule (an unfolded count fingerprint). */
export interface EnvironmentCounts {
  /** Distinct hashes, ascending. */
  readonly hashes: Uint32Array;
  /** Number of occurrences of each. */
  readonly counts: Uint16Array;
  /** Sum of the counts. */
  readonly total: number;
}

/** @throws PolyclinicError `molecules/fingerprint` when the radius is not a whole number from 0 to 16. */
export function environmentCounts(molecule: Molecule, radius = 2): EnvironmentCounts {
  const all = Uint32Array.from(morganEnvironments(molecule, radius)).sort();
  const hashes: number[] = [];
  const counts: number[] = [];
  for (const hash of all) {
    if (hashes[hashes.length - 1] === hash) counts[counts.length - 1]++;
    else {
      hashes.push(hash);
      counts.push(1);
    }
  }
  return { hashes: Uint32Array.from(hashes), counts: Uint16Array.from(counts), total: all.length };
}

/** Sum of the minima over sum of the maxima (Tanimoto of multisets), 0 to 1; 1 for two empty ones. */
export function countTanimoto(a: EnvironmentCounts, b: EnvironmentCounts): number {
  let common = 0;
  for (let i = 0, j = 0; i < a.hashes.length && j < b.hashes.length; ) {
    const [x, y] = [a.hashes[i], b.hashes[j]];
    if (x === y) common += Math.min(a.counts[i++], b.counts[j++]);
    else if (x < y) i++;
    else j++;
  }
  const all = a.total + b.total - common;
  return all === 0 ? 1 : common / all;
}

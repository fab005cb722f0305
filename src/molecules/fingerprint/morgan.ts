/**
 * Morgan fingerprints (extended connectivity, Rogers and Hahn 2010), bit-exact with RDKit's generator with its defaults
 * (no chirality, bond types, ring membership), because models and published baselines use these. Hashes are Boost's
 * `hash_combine` in 32 bits.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { atomicMass } from "../elements.ts";
import type { Molecule } from "../molecule.ts";

/** Radius (0 to 16, default 2) and size of a Morgan fingerprint (8 to 1,048,576 bits, default 2,048). */
export interface MorganOptions {
  /** Radius of an environment in bonds; 2 is ECFP4. */
  radius?: number;
  /** Number of bits after folding. */
  bits?: number;
}

/** Bits as 32-bit words; bit i is bit `i % 32` of word `i / 32`. */
export interface Fingerprint {
  words: Uint32Array;
  bits: number;
  /** Number of set bits. */
  count: number;
}

const boostGolden = 0x9e3779b9;
/** Numbers of bond types in the hash. */
const aromaticType = 12;

/** @throws PolyclinicError `molecules/fingerprint` when radius or bits are not whole numbers in range. */
export function morganFingerprint(molecule: Molecule, { radius = 2, bits = 2048 }: MorganOptions = {}): Fingerprint {
  if (!Number.isInteger(bits) || bits < 8 || bits > 1 << 20)
    throw new PolyclinicError("molecules/fingerprint", "is not a valid fingerprint size", {
      where: "bits",
      expected: "a whole number from 8 to 1048576",
      found: String(bits),
    });
  const words = new Uint32Array((bits + 31) >> 5);
  for (const hash of morganEnvironments(molecule, radius)) {
    const bit = hash % bits;
    words[bit >> 5] |= 1 << (bit & 31);
  }
  let count = 0;
  for (const word of words) count += populationCount(word);
  return { words, bits, count };
}

/**
 * Hashes of all distinct environments, repeated per centre atom, so that they can be counted.
 *
 * @throws PolyclinicError `molecules/fingerprint` when the radius is not a whole number from 0 to 16.
 */
export function morganEnvironments(molecule: Molecule, radius = 2): number[] {
  if (!Number.isInteger(radius) || radius < 0 || radius > 16)
    throw new PolyclinicError("molecules/fingerprint", "is not a valid fingerprint radius", {
      where: "radius",
      expected: "a whole number from 0 to 16",
      found: String(radius),
    });
  const count = molecule.atoms.length;
  let current = molecule.atoms.map((_, index) => atomHash(molecule, index));
  const hashes = [...current];
  // The bonds of each environment, ascending.
  let covered: readonly (readonly number[])[] = molecule.atoms.map(() => []);
  const dead = new Uint8Array(count);
  const known = new Set<string>();

  for (let layer = 0; layer < radius; layer++) {
    const next = current.slice();
    const nextCovered = covered.slice();
    const round: { key: string; hash: number; atom: number }[] = [];
    for (let atom = 0; atom < count; atom++) {
      const list = molecule.neighbours[atom];
      if (dead[atom]) continue;
      if (list.length === 0) {
        dead[atom] = 1;
        continue;
      }
      const around: [number, number][] = [];
      const bonds = new Set(covered[atom]);
      for (const { atom: other, bond } of list) {
        bonds.add(bond);
        for (const one of covered[other]) bonds.add(one);
        const { aromatic, order } = molecule.bonds[bond];
        around.push([aromatic ? aromaticType : order, current[other]]);
      }
      around.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
      let hash = combine(layer, current[atom]);
      for (const [type, neighbour] of around) hash = combine(hash, combine(combine(0, type), neighbour));
      next[atom] = hash;
      nextCovered[atom] = [...bonds].sort((x, y) => x - y);
      round.push({ key: nextCovered[atom].join(), hash, atom });
    }
    // Environments with the same bonds are equivalent: the one with the lowest hash is kept, and the others are not
    // extended further.
    round.sort((x, y) => x.hash - y.hash || x.atom - y.atom);
    for (const { key, hash, atom } of round) {
      if (known.has(key)) dead[atom] = 1;
      else {
        known.add(key);
        hashes.push(hash);
      }
    }
    current = next;
    covered = nextCovered;
  }
  return hashes;
}

function atomHash(molecule: Molecule, index: number): number {
  const atom = molecule.atoms[index];
  const hydrogens = atom.hydrogens + explicitHydrogens(molecule, index);
  const massDifference = Math.trunc(atomicMass(atom.element, atom.isotope) - atomicMass(atom.element, 0));
  let hash = combine(0, atom.element);
  hash = combine(hash, molecule.neighbours[index].length + atom.hydrogens);
  hash = combine(hash, hydrogens);
  hash = combine(hash, atom.charge);
  hash = combine(hash, massDifference);
  if (molecule.neighbours[index].some(({ bond }) => molecule.bonds[bond].inRing)) hash = combine(hash, 1);
  return hash;
}

/** Hydrogens that are atoms of the graph (isotopes) count as hydrogens of their neighbour. */
function explicitHydrogens(molecule: Molecule, index: number): number {
  let count = 0;
  for (const { atom } of molecule.neighbours[index]) if (molecule.atoms[atom].element === 1) count++;
  return count;
}

function combine(seed: number, value: number): number {
  return (seed ^ ((value >>> 0) + boostGolden + ((seed << 6) >>> 0) + (seed >>> 2))) >>> 0;
}

export function populationCount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

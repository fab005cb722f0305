/**
 * Hydrogen-bond donors and acceptors, rotatable bonds, kinds of rings. The definitions are RDKit's, against which they
 * are tested.
 */
import type { Ring } from "../molecule.ts";
import type { Environment } from "./environment.ts";

const [C, N, O, P, S] = [6, 7, 8, 15, 16];

export function hydrogenBondDonors(env: Environment): number {
  return env.molecule.atoms.filter((atom, index) => {
    const hydrogens = env.hydrogens(index);
    if (hydrogens === 0) return false;
    if (atom.element === N && !atom.aromatic)
      return env.valence(index) === 3 || (atom.charge === 1 && env.valence(index) === 4);
    if ((atom.element === O || atom.element === S) && !atom.aromatic) return hydrogens === 1 && atom.charge === 0;
    return atom.element === N && hydrogens === 1 && atom.charge === 0;
  }).length;
}

export function hydrogenBondAcceptors(env: Environment): number {
  const unsaturated = (atom: number, except: number, acyclicOnly: boolean) =>
    env
      .heavy(atom)
      .some(
        (n) =>
          n.atom !== except &&
          env.isDouble(n) &&
          env.isAliphatic(n.atom, O, N, P, S) &&
          !(acyclicOnly && env.inRing(n)),
      );
  return env.molecule.atoms.filter((atom, index) => {
    if (atom.aromatic) {
      if (atom.charge !== 0) return false;
      if (atom.element === N) return env.connections(index) === 2 && env.hydrogens(index) === 0;
      return atom.element === O || atom.element === S;
    }
    const hydrogens = env.hydrogens(index);
    const valence = env.valence(index);
    if (atom.element === O || atom.element === S) {
      if (atom.charge === -1) return true;
      if (valence !== 2) return false;
      if (hydrogens === 0) return true;
      return hydrogens === 1 && env.heavy(index).some((n) => env.isSingle(n) && !unsaturated(n.atom, index, false));
    }
    return (
      atom.element === N &&
      valence === 3 &&
      !env.heavy(index).some((n) => env.isSingle(n) && unsaturated(n.atom, index, true))
    );
  }).length;
}

/**
 * Single non-ring bonds between non-terminal atoms, excluding bonds next to triple bonds, of CX3 groups, and C-N, C-O,
 * C-S of amides and esters.
 */
export function rotatableBonds(env: Environment): number {
  const { molecule } = env;
  const turns = molecule.neighbours.map((list, index) => {
    if (list.length === 1 || list.some((n) => env.isTriple(n))) return false;
    if (!env.isAliphatic(index, C)) return true;
    const symmetric = [9, 17, 35].some((halogen) => list.filter((n) => env.isAliphatic(n.atom, halogen)).length >= 3);
    const methyls = list.filter((n) => env.isAliphatic(n.atom, C) && env.hydrogens(n.atom) === 3).length;
    return !symmetric && methyls < 3;
  });
  const carbonyl = (atom: number) =>
    env.isAliphatic(atom, C) &&
    molecule.neighbours[atom].length === 3 &&
    molecule.neighbours[atom].some((n) => env.isDouble(n) && env.isAliphatic(n.atom, N, O, S));
  const isHetero = (atom: number) =>
    env.element(atom) === N ||
    env.isAliphatic(atom, O) ||
    (env.isAliphatic(atom, S) && molecule.neighbours[atom].length > 1);
  const stiff = (atom: number) =>
    (carbonyl(atom) && molecule.neighbours[atom].some((n) => !env.inRing(n) && env.isSingle(n) && isHetero(n.atom))) ||
    (isHetero(atom) && molecule.neighbours[atom].some((n) => !env.inRing(n) && env.isSingle(n) && carbonyl(n.atom)));
  return molecule.bonds.filter(
    ({ a, b, order, inRing, aromatic }) =>
      order === 1 && !inRing && !aromatic && turns[a] && turns[b] && (!stiff(a) || !stiff(b)),
  ).length;
}

export interface RingCounts {
  rings: number;
  aromaticRings: number;
  aliphaticRings: number;
  saturatedRings: number;
  heterocycles: number;
  aromaticHeterocycles: number;
}

export function ringCounts(env: Environment): RingCounts {
  const { rings, bonds } = env.molecule;
  const isAromatic = (ring: Ring) => ring.bonds.every((bond) => bonds[bond].aromatic);
  const isHetero = (ring: Ring) => ring.atoms.some((atom) => env.element(atom) !== C);
  return {
    rings: rings.length,
    aromaticRings: rings.filter(isAromatic).length,
    aliphaticRings: rings.filter((ring) => !isAromatic(ring)).length,
    saturatedRings: rings.filter((ring) => ring.bonds.every((bond) => bonds[bond].order === 1 && !bonds[bond].aromatic))
      .length,
    heterocycles: rings.filter(isHetero).length,
    aromaticHeterocycles: rings.filter((ring) => isAromatic(ring) && isHetero(ring)).length,
  };
}

export function amideBonds(env: Environment): number {
  return env.molecule.bonds.filter((bond) =>
    [
      [bond.a, bond.b],
      [bond.b, bond.a],
    ].some(
      ([carbon, nitrogen]) =>
        env.isAliphatic(carbon, C) &&
        env.isAliphatic(nitrogen, N) &&
        bond.order === 1 &&
        env.heavy(carbon).some((n) => env.isDouble(n) && env.isAliphatic(n.atom, O)),
    ),
  ).length;
}

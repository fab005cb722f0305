/** Stereo relative to an order of atoms: 1 or 2 for the two configurations, 0 while the order does not separate the neighbours. */
import { type Bond, isEvenPermutation, type Molecule, type TetrahedralStereo } from "../molecule.ts";

export function centreValue(stereo: TetrahedralStereo, colour: ArrayLike<number>): 0 | 1 | 2 {
  const rank = (atom: number) => (atom < 0 ? -1 : colour[atom]);
  const sorted = stereo.neighbours.toSorted((x, y) => rank(x) - rank(y));
  for (let i = 1; i < sorted.length; i++) if (rank(sorted[i]) === rank(sorted[i - 1])) return 0;
  return isEvenPermutation(stereo.neighbours, sorted) === stereo.clockwise ? 1 : 2;
}

export function doubleBondValue(molecule: Molecule, bond: Bond, colour: ArrayLike<number>): 0 | 1 | 2 {
  const { left, right, together } = bond.stereo!;
  const first = firstNeighbour(molecule, bond.a, bond.b, colour);
  const second = firstNeighbour(molecule, bond.b, bond.a, colour);
  if (first === undefined || second === undefined) return 0;
  return ((first === left) === (second === right)) === together ? 1 : 2;
}

/** The neighbour of lowest colour besides `without`; undefined when two have the same. */
function firstNeighbour(
  molecule: Molecule,
  atom: number,
  without: number,
  colour: ArrayLike<number>,
): number | undefined {
  const others = molecule.neighbours[atom].map((n) => n.atom).filter((other) => other !== without);
  if (others.length === 2 && colour[others[0]] === colour[others[1]]) return undefined;
  return others.length === 1 || colour[others[0]] < colour[others[1]] ? others[0] : others[1];
}

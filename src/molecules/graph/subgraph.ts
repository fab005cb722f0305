import { type Molecule, neighbourLists } from "../molecule.ts";

/**
 * The molecule formed by some of its atoms. Cut bonds become hydrogens; aromaticity and chirality are kept if
 * everything they depend on is kept.
 *
 * @param keep atom numbers, in the order of the new molecule.
 */
export function subgraph(molecule: Molecule, keep: readonly number[]): Molecule {
  const place = new Map(keep.map((atom, i) => [atom, i]));
  // Through the neighbours, so that all components of a mixture together take the time of one molecule.
  const keptBonds = [
    ...new Set(keep.flatMap((atom) => molecule.neighbours[atom].flatMap((n) => (place.has(n.atom) ? [n.bond] : [])))),
  ].sort((x, y) => x - y);
  const bondPlace = new Map(keptBonds.map((bond, i) => [bond, i]));
  const bonds = keptBonds.map((i) => {
    const { stereo, ...bond } = molecule.bonds[i];
    const sides = stereo !== undefined && place.has(stereo.left) && place.has(stereo.right) ? stereo : undefined;
    return {
      ...bond,
      a: place.get(bond.a)!,
      b: place.get(bond.b)!,
      ...(sides && { stereo: { ...sides, left: place.get(sides.left)!, right: place.get(sides.right)! } }),
    };
  });
  const atoms = keep.map((index) => {
    const { stereo, ...atom } = molecule.atoms[index];
    let cut = 0;
    let cutAtoms = 0;
    for (const { atom: other, bond } of molecule.neighbours[index])
      if (!place.has(other)) {
        cut += molecule.bonds[bond].order;
        cutAtoms++;
      }
    const hydrogens = atom.hydrogens + cut;
    const stays = stereo !== undefined && hydrogens <= 1 && cutAtoms <= 1;
    return {
      ...atom,
      hydrogens,
      ...(stays && {
        stereo: { ...stereo, neighbours: stereo.neighbours.map((other) => place.get(other) ?? -1) },
      }),
    };
  });
  const rings = molecule.rings
    .filter((ring) => ring.atoms.every((atom) => place.has(atom)))
    .map((ring) => ({
      atoms: ring.atoms.map((atom) => place.get(atom)!),
      bonds: ring.bonds.map((bond) => bondPlace.get(bond)!),
    }));
  return { atoms, bonds, neighbours: neighbourLists(atoms.length, bonds), rings, source: molecule.source, notes: [] };
}

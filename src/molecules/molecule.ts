/** A molecule as a graph: atoms with implicit hydrogens, bonds with their Kekulé order, rings, and the changes made while reading. */

/**
 * Chirality of a tetrahedral centre. Seen from the first neighbour, the others run anticlockwise (or clockwise) in the given order. -1 stands for
 * an implicit hydrogen; a lone pair is not listed, so its atom has three neighbours.
 */
export interface TetrahedralStereo {
  neighbours: number[];
  clockwise: boolean;
}

/** Whether `left` (a neighbour of the bond's `a`) and `right` (of its `b`) lie on the same side of a double bond. */
export interface DoubleBondStereo {
  left: number;
  right: number;
  together: boolean;
}

/** An atom of a molecular graph. */
export interface Atom {
  /** Atomic number; 0 is `*`, any atom. */
  element: number;
  /** Mass number; 0 when none was given. */
  isotope: number;
  charge: number;
  /** Implicit hydrogens: those that are not atoms of the graph. */
  hydrogens: number;
  /** Unpaired electrons: the shortfall to the lowest valence the atom can have. */
  radicals: number;
  aromatic: boolean;
  /** Atom map number (after a colon in brackets); 0 when there is none. */
  atomClass: number;
  stereo?: TetrahedralStereo;
  /** Offset of the atom in its SMILES, from 0; -1 when it was not read from SMILES. */
  position: number;
}

/** A bond between the atoms with the indices `a` and `b`. */
export interface Bond {
  a: number;
  b: number;
  /** Kekulé order; 0 is a bond without order (metal coordination in mol files). */
  order: 0 | 1 | 2 | 3 | 4;
  aromatic: boolean;
  inRing: boolean;
  stereo?: DoubleBondStereo;
}

/** A neighbour: atom index `atom`, reached through bond index `bond`. */
export interface Neighbour {
  atom: number;
  bond: number;
}

/** One change or omission made while reading. Every change has one. */
export interface Note {
  kind: "normalised" | "stereo-ignored" | "radical" | "hydrogen-merged" | "bond-direction-unused" | "isotope-mass";
  /** A readable sentence that names the atom and its offset. */
  text: string;
}

/** A ring as indices of its atoms and bonds. */
export interface Ring {
  /** In ring order. */
  atoms: number[];
  /** `bonds[i]` joins `atoms[i]` and the next one. */
  bonds: number[];
}

/** A molecular graph with perceived rings, aromaticity and stereochemistry. */
export interface Molecule {
  atoms: Atom[];
  bonds: Bond[];
  /** The neighbours of each atom, in the order of `bonds`. */
  neighbours: Neighbour[][];
  /** The relevant rings: every ring of some smallest set of smallest rings (SSSR). */
  rings: Ring[];
  /** The text it was read from. */
  source: string;
  notes: Note[];
}

/** Lists of neighbours of `count` atoms. */
export function neighbourLists(count: number, bonds: readonly Pick<Bond, "a" | "b">[]): Neighbour[][] {
  const lists: Neighbour[][] = Array.from({ length: count }, () => []);
  bonds.forEach(({ a, b }, bond) => {
    lists[a].push({ atom: b, bond });
    lists[b].push({ atom: a, bond });
  });
  return lists;
}

/** Sum of the Kekulé orders of an atom's bonds, implicit hydrogens excluded. */
export function bondOrders(molecule: Pick<Molecule, "bonds" | "neighbours">, atom: number): number {
  let sum = 0;
  for (const { bond } of molecule.neighbours[atom]) sum += molecule.bonds[bond].order;
  return sum;
}

/** Whether `permuted` is an even permutation of `order`; both contain the same distinct numbers. */
export function isEvenPermutation(order: readonly number[], permuted: readonly number[]): boolean {
  const places = permuted.map((value) => order.indexOf(value));
  let even = true;
  for (let i = 0; i < places.length; i++)
    for (let j = i + 1; j < places.length; j++) if (places[i] > places[j]) even = !even;
  return even;
}

/** Atoms of each connected component, in order of their first atom. */
export function componentsOf(molecule: Pick<Molecule, "neighbours">): number[][] {
  const seen = new Uint8Array(molecule.neighbours.length);
  const found: number[][] = [];
  for (let start = 0; start < seen.length; start++) {
    if (seen[start]) continue;
    const atoms = [start];
    seen[start] = 1;
    for (let at = 0; at < atoms.length; at++)
      for (const { atom } of molecule.neighbours[atoms[at]])
        if (!seen[atom]) {
          seen[atom] = 1;
          atoms.push(atom);
        }
    found.push(atoms.sort((x, y) => x - y));
  }
  return found;
}

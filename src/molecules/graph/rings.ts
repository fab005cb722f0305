/**
 * The shortest rings of a molecule: all rings that belong to some smallest set of smallest rings (the "relevant cycles" of Vismara 1997), so that
 * cubane has six faces and no atom order decides which five of them count.
 *
 * Candidates are Horton's (1987): from an atom, the two shortest paths to the ends of a bond. They are taken by length; a ring that is a sum of
 * shorter ones (over GF(2)) is left out. Starting where three ring bonds meet is enough for a smallest set; starting everywhere finds the other
 * rings of equal length too, so it is done where it costs little.
 */
import type { Bond, Neighbour, Ring } from "../molecule.ts";

/** Ring systems up to this many atoms are searched from every atom. */
const allRoots = 64;

export function findRings(bonds: readonly Bond[], neighbours: readonly Neighbour[][]): Ring[] {
  const ringNeighbours = neighbours.map((list) => list.filter(({ bond }) => bonds[bond].inRing));
  const seen = new Uint8Array(neighbours.length);
  const rings: Ring[] = [];
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] || ringNeighbours[start].length === 0) continue;
    const atoms = [start];
    seen[start] = 1;
    for (let at = 0; at < atoms.length; at++)
      for (const { atom } of ringNeighbours[atoms[at]])
        if (!seen[atom]) {
          seen[atom] = 1;
          atoms.push(atom);
        }
    for (const ring of ringsOfSystem(atoms, ringNeighbours)) rings.push(ring);
  }
  return rings;
}

function ringsOfSystem(atoms: readonly number[], neighbours: readonly Neighbour[][]): Ring[] {
  const branching = atoms.filter((atom) => neighbours[atom].length > 2);
  if (branching.length === 0) return [walkSimpleRing(atoms[0], neighbours)];
  const roots = atoms.length <= allRoots ? atoms : branching;
  const bondNumber = new Map<number, number>();
  for (const atom of atoms)
    for (const { bond } of neighbours[atom]) if (!bondNumber.has(bond)) bondNumber.set(bond, bondNumber.size);
  const rank = bondNumber.size - atoms.length + 1;

  const bySize = new Map<number, Map<string, Ring>>();
  for (const root of roots)
    for (const ring of candidatesFrom(root, atoms, neighbours)) {
      const key = ring.bonds.toSorted((x, y) => x - y).join();
      const group = bySize.get(ring.atoms.length) ?? new Map<string, Ring>();
      bySize.set(ring.atoms.length, group.set(key, ring));
    }

  const basis = new Map<number, Uint32Array>();
  const words = (bondNumber.size + 31) >> 5;
  const chosen: Ring[] = [];
  for (const size of [...bySize.keys()].sort((x, y) => x - y)) {
    if (basis.size >= rank) break;
    const independent: { ring: Ring; vector: Uint32Array }[] = [];
    for (const ring of bySize.get(size)!.values()) {
      const vector = new Uint32Array(words);
      for (const bond of ring.bonds) {
        const number = bondNumber.get(bond)!;
        vector[number >> 5] |= 1 << (number & 31);
      }
      if (reduce(vector.slice(), basis) >= 0) independent.push({ ring, vector });
    }
    for (const { ring, vector } of independent) {
      chosen.push(ring);
      const leading = reduce(vector, basis);
      if (leading >= 0) basis.set(leading, vector);
    }
  }
  return chosen;
}

/** Subtracts basis vectors in place; the number of the lowest bit that is left, or -1 when nothing is. */
function reduce(vector: Uint32Array, basis: ReadonlyMap<number, Uint32Array>): number {
  for (let word = 0; word < vector.length; word++)
    while (vector[word] !== 0) {
      const bit = word * 32 + (31 - Math.clz32(vector[word] & -vector[word]));
      const known = basis.get(bit);
      if (known === undefined) return bit;
      for (let i = word; i < vector.length; i++) vector[i] ^= known[i];
    }
  return -1;
}

function* candidatesFrom(root: number, atoms: readonly number[], neighbours: readonly Neighbour[][]): Generator<Ring> {
  const distance = new Map<number, number>([[root, 0]]);
  const parent = new Map<number, Neighbour>();
  const queue = [root];
  for (let at = 0; at < queue.length; at++)
    for (const { atom, bond } of neighbours[queue[at]])
      if (!distance.has(atom)) {
        distance.set(atom, distance.get(queue[at])! + 1);
        parent.set(atom, { atom: queue[at], bond });
        queue.push(atom);
      }
  /** The branch of the tree an atom hangs on: paths of one branch share an atom. */
  const branch = new Map<number, number>();
  for (const atom of queue) {
    const up = parent.get(atom);
    if (up !== undefined) branch.set(atom, up.atom === root ? atom : branch.get(up.atom)!);
  }
  for (const x of atoms)
    for (const { atom: y, bond } of neighbours[x]) {
      if (x > y || x === root || y === root) continue;
      if (parent.get(x)!.bond === bond || parent.get(y)!.bond === bond || branch.get(x) === branch.get(y)) continue;
      const left = pathUp(x, root, parent);
      const right = pathUp(y, root, parent);
      yield {
        atoms: [root, ...left.atoms.reverse(), ...right.atoms],
        bonds: [...left.bonds.reverse(), bond, ...right.bonds],
      };
    }
}

/** From `atom` to below the root; one bond for each atom. */
function pathUp(atom: number, root: number, parent: ReadonlyMap<number, Neighbour>) {
  const atoms: number[] = [];
  const bonds: number[] = [];
  for (let at = atom; at !== root; ) {
    const up = parent.get(at)!;
    atoms.push(at);
    bonds.push(up.bond);
    at = up.atom;
  }
  return { atoms, bonds };
}

function walkSimpleRing(start: number, neighbours: readonly Neighbour[][]): Ring {
  const atoms = [start];
  const bonds = [neighbours[start][0].bond];
  for (let at = neighbours[start][0].atom; at !== start; ) {
    atoms.push(at);
    const next = neighbours[at].find(({ bond }) => bond !== bonds[bonds.length - 1])!;
    bonds.push(next.bond);
    at = next.atom;
  }
  return { atoms, bonds };
}

/**
 * The relevant rings of a molecule: all rings that belong to some smallest set of smallest rings ("relevant cycles",
 * Vismara 1997), so that cubane has six faces and the result does not depend on atom order.
 *
 * Candidates are Horton's (1987): from an atom, the two shortest paths to the ends of a bond. They are processed by
 * length; a ring that is a sum of shorter ones (over GF(2)) is left out. Starting where three ring bonds meet suffices
 * for a smallest set; starting everywhere also finds the other rings of equal length, so it is done for small systems.
 */
import { tooLarge } from "../limits.ts";
import type { Bond, Neighbour, Ring } from "../molecule.ts";

/** Ring systems up to this many atoms are searched from every atom. */
const allRoots = 64;
/** Candidates examined for one ring system; a cage of 1,500 atoms stays below. Memory and time are proportional. */
const maxCandidates = 3_000_000;

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

/** The two shortest paths from `root` to the ends of a bond; `key` identifies the set of bonds. */
interface Candidate {
  root: number;
  bond: number;
  key: number;
}

function ringsOfSystem(atoms: readonly number[], neighbours: readonly Neighbour[][]): Ring[] {
  if (atoms.every((atom) => neighbours[atom].length === 2)) return [walkSimpleRing(atoms[0], neighbours)];
  // Local numbering of the system, so that everything below uses arrays.
  const local = new Map(atoms.map((atom, i) => [atom, i]));
  const ends: [number, number][] = [];
  const bondOf: number[] = [];
  const adjacency: number[][] = atoms.map(() => []);
  atoms.forEach((atom, i) => {
    for (const { atom: other, bond } of neighbours[atom]) {
      const j = local.get(other)!;
      if (j < i) continue;
      adjacency[i].push(j, bondOf.length);
      adjacency[j].push(i, bondOf.length);
      ends.push([i, j]);
      bondOf.push(bond);
    }
  });
  const rank = bondOf.length - atoms.length + 1;
  const roots = atoms.flatMap((_, root) => (atoms.length > allRoots && adjacency[root].length < 6 ? [] : [root]));
  if (roots.length * ends.length > maxCandidates)
    throw tooLarge(
      "a ring system is too large",
      "rings",
      `at most ${maxCandidates} pairs of a branching atom and a bond in one ring system`,
      `${roots.length * ends.length}`,
    );
  const trees: (Tree | undefined)[] = [];
  const bySize: Map<number, Candidate>[] = [];
  for (const root of roots) {
    const tree = shortestPaths(root, adjacency);
    trees[root] = tree;
    for (let bond = 0; bond < ends.length; bond++) {
      const [x, y] = ends[bond];
      // Paths of one branch of the tree share an atom; a bond of the tree closes nothing.
      if (tree.branch[x] === tree.branch[y] || x === root || y === root) continue;
      const size = tree.distance[x] + tree.distance[y] + 1;
      const low = tree.low[x] ^ tree.low[y] ^ hashOfBond(bond, 1);
      const high = tree.high[x] ^ tree.high[y] ^ hashOfBond(bond, 2);
      const key = (high >>> 11) * 2 ** 32 + (low >>> 0);
      bySize[size] ??= new Map();
      if (!bySize[size].has(key)) bySize[size].set(key, { root, bond, key });
    }
  }

  const basis = new Map<number, Uint32Array>();
  const words = (bondOf.length + 31) >> 5;
  const chosen: Ring[] = [];
  for (const candidates of bySize) {
    if (candidates === undefined) continue;
    if (basis.size >= rank) break;
    const independent: Uint32Array[] = [];
    for (const { root, bond } of candidates.values()) {
      const ring = closedPath(trees[root]!, root, ends[bond], bond);
      const vector = new Uint32Array(words);
      for (const one of ring.bonds) vector[one >> 5] |= 1 << (one & 31);
      if (reduce(vector.slice(), basis) < 0) continue;
      independent.push(vector);
      chosen.push({ atoms: ring.atoms.map((i) => atoms[i]), bonds: ring.bonds.map((i) => bondOf[i]) });
    }
    for (const vector of independent) {
      const leading = reduce(vector, basis);
      if (leading >= 0) basis.set(leading, vector);
    }
  }
  return chosen;
}

interface Tree {
  distance: Int32Array;
  parent: Int32Array;
  parentBond: Int32Array;
  /** The neighbour of the root with which each atom's path begins. */
  branch: Int32Array;
  /** Two hashes (exclusive or) of the bonds of each path. */
  low: Int32Array;
  high: Int32Array;
}

function shortestPaths(root: number, adjacency: readonly number[][]): Tree {
  const count = adjacency.length;
  const tree: Tree = {
    distance: new Int32Array(count).fill(-1),
    parent: new Int32Array(count).fill(-1),
    parentBond: new Int32Array(count).fill(-1),
    branch: new Int32Array(count).fill(-1),
    low: new Int32Array(count),
    high: new Int32Array(count),
  };
  const queue = [root];
  tree.distance[root] = 0;
  for (let at = 0; at < queue.length; at++) {
    const atom = queue[at];
    const list = adjacency[atom];
    for (let i = 0; i < list.length; i += 2) {
      const [next, bond] = [list[i], list[i + 1]];
      if (tree.distance[next] >= 0) continue;
      tree.distance[next] = tree.distance[atom] + 1;
      tree.parent[next] = atom;
      tree.parentBond[next] = bond;
      tree.branch[next] = atom === root ? next : tree.branch[atom];
      tree.low[next] = tree.low[atom] ^ hashOfBond(bond, 1);
      tree.high[next] = tree.high[atom] ^ hashOfBond(bond, 2);
      queue.push(next);
    }
  }
  return tree;
}

function hashOfBond(bond: number, seed: number): number {
  let x = Math.imul(bond + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca77);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return x ^ (x >>> 15);
}

function closedPath(tree: Tree, root: number, [x, y]: readonly [number, number], bond: number): Ring {
  const left: number[] = [];
  const leftBonds: number[] = [];
  for (let at = x; at !== root; at = tree.parent[at]) {
    left.push(at);
    leftBonds.push(tree.parentBond[at]);
  }
  const atoms = [root, ...left.reverse()];
  const bonds = [...leftBonds.reverse(), bond];
  for (let at = y; at !== root; at = tree.parent[at]) {
    atoms.push(at);
    bonds.push(tree.parentBond[at]);
  }
  return { atoms, bonds };
}

/** Subtracts basis vectors in place; returns the lowest remaining bit, or -1 if none is left. */
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

/**
 * Canonical ranking: an order of atoms that does not depend on their numbering. Refinement separates atoms of different neighbourhoods; ties from
 * symmetry are broken by trying each choice and keeping the least trace (individualisation and refinement).
 */
import type { Molecule } from "../molecule.ts";
import { type Graph, graphOf, Partition } from "./partition.ts";
import { centreValue, doubleBondValue } from "./stereo-values.ts";

/** Maximum number of complete orders that are compared when stereo depends on how ties are broken. */
const maxLeaves = 128;

/** Canonical atom order and symmetry classes of a molecule. */
export interface CanonicalRanks {
  /** Rank of each atom, 0-based and unique. */
  ranks: Int32Array;
  /** Symmetry class of each atom: equal for atoms that differ only in numbering. */
  symmetry: Int32Array;
  /** Stereocentres, and double bonds with a configuration. */
  centres: number[];
  doubleBonds: number[];
}

/**
 * @param stereo false ignores chirality, double-bond configuration and isotopes.
 * @throws PolyclinicError `molecules/too-large` when symmetry leaves too many choices (`maxWork`).
 */
export function canonicalRanks(molecule: Molecule, { stereo = true } = {}): CanonicalRanks {
  const { partition, centres, doubleBonds } = refined(molecule, stereo);
  const symmetry = partition.colour.slice();
  return { ranks: breakTies(partition).colour, symmetry, centres, doubleBonds };
}

/** The atoms whose chirality is meaningful. */
export function stereocentres(molecule: Molecule): number[] {
  return refined(molecule, true).centres;
}

/** Atoms by their neighbourhoods, ties left, with the stereo that is meaningful for them. */
function refined(
  molecule: Molecule,
  stereo: boolean,
): { partition: Partition } & Pick<CanonicalRanks, "centres" | "doubleBonds"> {
  const invariants = Float64Array.from(molecule.atoms, (atom, index) => {
    const inRing = molecule.neighbours[index].some(({ bond }) => molecule.bonds[bond].inRing) ? 1 : 0;
    const isotope = stereo ? atom.isotope : 0;
    let key = molecule.neighbours[index].length;
    for (const [value, range] of [
      [atom.element, 128],
      [isotope, 1024],
      [atom.charge + 16, 32],
      [atom.hydrogens, 32],
      [atom.aromatic ? 1 : 0, 2],
      [inRing, 2],
      [stereo ? Math.min(atom.atomClass, 65535) : 0, 65536],
    ])
      key = key * range + value;
    return key;
  });
  let centres = stereo ? molecule.atoms.flatMap((atom, index) => (atom.stereo === undefined ? [] : [index])) : [];
  let doubleBonds = stereo ? molecule.bonds.flatMap((bond, index) => (bond.stereo === undefined ? [] : [index])) : [];
  const work = { done: 0 };
  for (;;) {
    const partition = Partition.of(graphOf(molecule, centres, doubleBonds, work), invariants);
    const realCentres = centres.filter((atom) => isCentre(molecule, atom, centres, partition.colour));
    const realBonds = doubleBonds.filter((bond) => hasSides(molecule, bond, partition.colour, realCentres));
    if (realCentres.length === centres.length && realBonds.length === doubleBonds.length)
      return { partition, centres, doubleBonds };
    centres = realCentres;
    doubleBonds = realBonds;
  }
}

/**
 * Four different neighbours; or equal ones in a ring with a second centre, as in cis- and
 * trans-1,4-dimethylcyclohexane, where only the relative configuration of the two is meaningful.
 */
function isCentre(molecule: Molecule, atom: number, centres: readonly number[], colour: Int32Array): boolean {
  const stereo = molecule.atoms[atom].stereo!;
  if (centreValue(stereo, colour) !== 0) return true;
  const equal = stereo.neighbours.filter(
    (x, i) => x >= 0 && stereo.neighbours.some((y, j) => i !== j && y >= 0 && colour[x] === colour[y]),
  );
  const inRing = equal.every((other) =>
    molecule.neighbours[atom].some((n) => n.atom === other && molecule.bonds[n.bond].inRing),
  );
  if (!inRing) return false;
  const others = new Set(centres.filter((other) => other !== atom));
  return ringSystem(molecule, atom).some(
    (member) =>
      others.has(member) || molecule.neighbours[member].some(({ bond }) => molecule.bonds[bond].stereo !== undefined),
  );
}

function ringSystem(molecule: Molecule, start: number): number[] {
  const seen = new Set([start]);
  for (const atom of seen)
    for (const { atom: other, bond } of molecule.neighbours[atom]) if (molecule.bonds[bond].inRing) seen.add(other);
  return [...seen];
}

function hasSides(molecule: Molecule, index: number, colour: Int32Array, centres: readonly number[]): boolean {
  const bond = molecule.bonds[index];
  if (doubleBondValue(molecule, bond, colour) !== 0) return true;
  // Equal branches of a ring whose other atoms carry stereo, as in 4-substituted cyclohexylidenes.
  const known = new Set(centres);
  return [bond.a, bond.b].every((end) => {
    const others = molecule.neighbours[end].filter((n) => n.bond !== index);
    if (others.length < 2 || colour[others[0].atom] !== colour[others[1].atom]) return true;
    return (
      others.every((n) => molecule.bonds[n.bond].inRing) && ringSystem(molecule, end).some((atom) => known.has(atom))
    );
  });
}

function breakTies(start: Partition): Partition {
  const search = { leaves: 0 };
  return descend(start, search).partition;
}

/** The best complete order below a partition, identified by the traces on the path to it. */
function descend(from: Partition, search: { leaves: number }): { partition: Partition; path: number[] } {
  let partition = from;
  const path: number[] = [];
  while (!partition.discrete) {
    let best: Partition[] = [];
    for (const atom of partition.firstTie()) {
      const tried = partition.copy();
      tried.individualise(atom);
      if (best.length === 0 || tried.trace < best[0].trace) best = [tried];
      else if (tried.trace === best[0].trace) best.push(tried);
    }
    path.push(best[0].trace);
    if (best.length > 1 && undecided(best[0]) && search.leaves < maxLeaves) {
      // Choices with equal traces so far can still lead to different stereo.
      let chosen: { partition: Partition; path: number[] } | undefined;
      for (const choice of best) {
        if (search.leaves >= maxLeaves && chosen !== undefined) break;
        const leaf = descend(choice, search);
        if (chosen === undefined || isLess(leaf.path, chosen.path)) chosen = leaf;
      }
      return { partition: chosen!.partition, path: [...path, ...chosen!.path] };
    }
    partition = best[0];
  }
  search.leaves++;
  return { partition, path };
}

function undecided({ graph, colour }: { graph: Graph; colour: Int32Array }): boolean {
  return (
    graph.centres.some((atom) => centreValue(graph.molecule.atoms[atom].stereo!, colour) === 0) ||
    graph.doubleBonds.some((bond) => doubleBondValue(graph.molecule, graph.molecule.bonds[bond], colour) === 0)
  );
}

function isLess(x: readonly number[], y: readonly number[]): boolean {
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i] < y[i];
  return x.length < y.length;
}

/**
 * Writes a molecule as SMILES: depth first from the atom of lowest rank, lower-case aromatic atoms, stereo with as few
 * marks as possible.
 */
import { type CanonicalRanks, canonicalRanks } from "../canonical/rank.ts";
import { symbols, valencesOf } from "../elements.ts";
import { subgraph } from "../graph/subgraph.ts";
import { type Atom, bondOrders, componentsOf, isEvenPermutation, type Molecule, type Neighbour } from "../molecule.ts";
import { chooseDirections } from "./directions.ts";

/**
 * The canonical SMILES: equal for equal molecules, whatever text they came from. It is Polyclinic's own canonical form,
 * which other programs read but do not write: compare only forms made by one program.
 *
 * @param stereo false leaves out chirality, double-bond configuration, isotopes and atom classes.
 */
export function canonicalSmiles(molecule: Molecule, { stereo = true }: { stereo?: boolean } = {}): string {
  const parts = componentsOf(molecule);
  if (parts.length <= 1) return writeSmiles(molecule, canonicalRanks(molecule, { stereo }), { stereo });
  // Each component alone: that hundreds of waters are alike is no symmetry to be resolved.
  const texts = parts.map((atoms) => {
    const part = subgraph(molecule, atoms);
    return writeSmiles(part, canonicalRanks(part, { stereo }), { stereo });
  });
  return texts.sort(shorterFirst).join(".");
}

const shorterFirst = (x: string, y: string) => x.length - y.length || (x < y ? -1 : 1);

interface Plan {
  /** Neighbours of each atom in written order: predecessor, ring closures, branches. */
  written: Neighbour[][];
  /** Ring closure bonds of each atom, in order. */
  closures: number[][];
  branches: Neighbour[][];
  from: (Neighbour | undefined)[];
  order: number[];
  isClosure: Uint8Array;
}

/** SMILES with atoms in the order of given ranks (lowest first); `canonicalSmiles` gives canonical ones. */
export function writeSmiles(
  molecule: Molecule,
  { ranks, centres, doubleBonds }: Pick<CanonicalRanks, "ranks" | "centres" | "doubleBonds">,
  { stereo = true } = {},
): string {
  const parts = componentsOf(molecule).map((atoms) => {
    const root = atoms.reduce((best, atom) => (ranks[atom] < ranks[best] ? atom : best));
    const plan = planFrom(molecule, root, ranks);
    const directions = chooseDirections(
      molecule,
      doubleBonds.filter((bond) => plan.order.includes(molecule.bonds[bond].a)),
      plan,
    );
    return emit(molecule, root, plan, new Set(centres), directions, stereo);
  });
  return parts.sort(shorterFirst).join(".");
}

/** Two passes: the first finds the bonds that close rings, the second fixes all orders. */
function planFrom(molecule: Molecule, root: number, ranks: ArrayLike<number>): Plan {
  const count = molecule.atoms.length;
  const plan: Plan = {
    written: Array.from({ length: count }, () => []),
    closures: Array.from({ length: count }, () => []),
    branches: Array.from({ length: count }, () => []),
    from: [],
    order: [],
    isClosure: new Uint8Array(molecule.bonds.length),
  };
  const visited = new Uint8Array(count);
  const choices = (atom: number) =>
    molecule.neighbours[atom].toSorted((x, y) => {
      // A ring is entered through its double or triple bond, so that closures are single.
      const order = (n: Neighbour) => (molecule.bonds[n.bond].order > 1 && !molecule.bonds[n.bond].aromatic ? 0 : 1);
      return order(x) - order(y) || ranks[x.atom] - ranks[y.atom];
    });
  const usedBond = new Uint8Array(molecule.bonds.length);
  const stack = [{ atom: root, list: choices(root), at: 0 }];
  visited[root] = 1;
  plan.order.push(root);
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    if (top.at === top.list.length) {
      stack.pop();
      continue;
    }
    const step = top.list[top.at++];
    if (usedBond[step.bond]) continue;
    usedBond[step.bond] = 1;
    if (visited[step.atom]) {
      plan.isClosure[step.bond] = 1;
      plan.closures[step.atom].push(step.bond);
      plan.closures[top.atom].push(step.bond);
    } else {
      visited[step.atom] = 1;
      plan.from[step.atom] = { atom: top.atom, bond: step.bond };
      plan.branches[top.atom].push(step);
      plan.order.push(step.atom);
      stack.push({ atom: step.atom, list: choices(step.atom), at: 0 });
    }
  }
  const number = new Int32Array(count);
  plan.order.forEach((atom, i) => {
    number[atom] = i;
  });
  const weight = subtreeSizes(plan);
  for (const atom of plan.order) {
    const other = (bond: number) => (molecule.bonds[bond].a === atom ? molecule.bonds[bond].b : molecule.bonds[bond].a);
    // Closures that end here come first, which frees their digits.
    plan.closures[atom].sort((x, y) => number[other(x)] - number[other(y)]);
    // The longest branch is the main chain and comes last, without parentheses.
    plan.branches[atom].sort((x, y) => weight[x.atom] - weight[y.atom] || number[x.atom] - number[y.atom]);
    const from = plan.from[atom];
    plan.written[atom] = [
      ...(from === undefined ? [] : [from]),
      ...plan.closures[atom].map((bond) => ({ atom: other(bond), bond })),
      ...plan.branches[atom],
    ];
  }
  plan.order = writtenOrder(plan, root);
  return plan;
}

function subtreeSizes(plan: Plan): Int32Array {
  const sizes = new Int32Array(plan.written.length).fill(1);
  for (let i = plan.order.length - 1; i > 0; i--) {
    const atom = plan.order[i];
    sizes[plan.from[atom]!.atom] += sizes[atom];
  }
  return sizes;
}

function writtenOrder(plan: Plan, root: number): number[] {
  const order: number[] = [];
  const stack = [root];
  while (stack.length > 0) {
    const atom = stack.pop()!;
    order.push(atom);
    for (let i = plan.branches[atom].length - 1; i >= 0; i--) stack.push(plan.branches[atom][i].atom);
  }
  return order;
}

function emit(
  molecule: Molecule,
  root: number,
  plan: Plan,
  centres: ReadonlySet<number>,
  directions: ReadonlyMap<number, { above: number; below: number }>,
  stereo: boolean,
): string {
  const out: string[] = [];
  const digitOf = new Map<number, number>();
  const free: number[] = [];
  let nextDigit = 1;
  const bondText = (bond: number, from: number) => {
    const direction = directions.get(bond);
    if (direction !== undefined) return direction.below === from ? "/" : "\\";
    const { aromatic, order, a, b } = molecule.bonds[bond];
    if (aromatic) return "";
    if (order === 1) return molecule.atoms[a].aromatic && molecule.atoms[b].aromatic ? "-" : "";
    return order === 0 ? "" : ["", "", "=", "#", "$"][order];
  };
  type Step = { atom: number } | { text: string };
  const stack: Step[] = [{ atom: root }];
  while (stack.length > 0) {
    const step = stack.pop()!;
    if ("text" in step) {
      out.push(step.text);
      continue;
    }
    const { atom } = step;
    out.push(atomText(molecule, atom, plan, centres, stereo));
    const opened: string[] = [];
    const closing: number[] = [];
    for (const bond of plan.closures[atom]) {
      const known = digitOf.get(bond);
      if (known === undefined) {
        const digit = free.length > 0 ? free.splice(free.indexOf(Math.min(...free)), 1)[0] : nextDigit++;
        digitOf.set(bond, digit);
        opened.push(bondText(bond, atom) + digitText(digit));
      } else {
        closing.push(known);
        opened.push(digitText(known));
      }
    }
    out.push(...opened);
    free.push(...closing);
    const branches = plan.branches[atom];
    for (let i = branches.length - 1; i >= 0; i--) {
      const last = i === branches.length - 1;
      const { atom: next, bond } = branches[i];
      if (!last) stack.push({ text: ")" });
      stack.push({ atom: next });
      stack.push({ text: (last ? "" : "(") + bondText(bond, atom) });
    }
  }
  return out.join("");
}

function digitText(digit: number): string {
  return digit < 10 ? String(digit) : digit < 100 ? `%${digit}` : `%(${digit})`;
}

const organicValences: Readonly<Record<number, true>> = {
  5: true,
  6: true,
  7: true,
  8: true,
  9: true,
  15: true,
  16: true,
  17: true,
  35: true,
  53: true,
};
const aromaticSymbols = new Set([5, 6, 7, 8, 15, 16, 33, 34, 52, 14]);

function atomText(
  molecule: Molecule,
  index: number,
  plan: Plan,
  centres: ReadonlySet<number>,
  stereo: boolean,
): string {
  const atom = molecule.atoms[index];
  const lower = atom.aromatic && aromaticSymbols.has(atom.element);
  const symbol = lower ? symbols[atom.element].toLowerCase() : symbols[atom.element];
  const hand = stereo && centres.has(index) ? chiralityMark(atom, index, plan) : "";
  const isotope = stereo ? atom.isotope : 0;
  const atomClass = stereo ? atom.atomClass : 0;
  if (
    hand === "" &&
    isotope === 0 &&
    atom.charge === 0 &&
    atomClass === 0 &&
    atom.radicals === 0 &&
    (atom.element === 0 ? atom.hydrogens === 0 : impliedHydrogens(molecule, index) === atom.hydrogens)
  )
    return symbol;
  const hydrogens = atom.hydrogens === 0 ? "" : atom.hydrogens === 1 ? "H" : `H${atom.hydrogens}`;
  const sign = atom.charge > 0 ? "+" : "-";
  const charge = atom.charge === 0 ? "" : sign + (Math.abs(atom.charge) > 1 ? Math.abs(atom.charge) : "");
  return `[${isotope || ""}${symbol}${hand}${hydrogens}${charge}${atomClass > 0 ? `:${atomClass}` : ""}]`;
}

/** Number of hydrogens implied for the atom without brackets; -1 if it needs brackets. */
function impliedHydrogens(molecule: Molecule, index: number): number {
  const atom = molecule.atoms[index];
  if (!(atom.element in organicValences)) return -1;
  // Outside carbon, an aromatic atom without brackets carries no hydrogen.
  if (atom.aromatic && atom.element !== 6) return atom.hydrogens === 0 ? 0 : -1;
  const orders = bondOrders(molecule, index);
  const valence = valencesOf(atom.element, 0)!.find((v) => v >= orders);
  return valence === undefined ? -1 : valence - orders;
}

function chiralityMark(atom: Atom, index: number, plan: Plan): string {
  const stereo = atom.stereo!;
  const order = plan.written[index].map((n) => n.atom);
  if (stereo.neighbours.includes(-1)) order.splice(plan.from[index] === undefined ? 0 : 1, 0, -1);
  return isEvenPermutation(stereo.neighbours, order) === stereo.clockwise ? "@@" : "@";
}

/** The steps after atoms and bonds are read, for all file types: hydrogens, valences, rings, aromaticity, stereo. */
import { symbols, valencesOf } from "../elements.ts";
import { perceiveAromaticity } from "../graph/aromaticity.ts";
import { ringBonds } from "../graph/ring-bonds.ts";
import { findRings } from "../graph/rings.ts";
import { checkAtoms, maxMoleculeAtoms, maxNeighbours, maxWrittenAtoms, tooLarge } from "../limits.ts";
import { type Bond, type Molecule, type Note, neighbourLists } from "../molecule.ts";
import { rawError } from "./errors.ts";
import { kekulise } from "./kekulise.ts";
import { normalise } from "./normalise.ts";
import type { RawMolecule } from "./parse.ts";
import { readStereo } from "./stereo.ts";

/**
 * @param raw modified: hydrogens are merged, groups normalised, aromatic bonds get their orders.
 * @param notes earlier changes.
 * @throws PolyclinicError `molecules/valence`, `molecules/aromaticity`, `molecules/stereo`, `molecules/too-large`.
 */
export function completeMolecule(raw: RawMolecule, notes: Note[]): Molecule {
  const last = () => raw.place(raw.atoms[raw.atoms.length - 1].position);
  if (raw.atoms.length > maxWrittenAtoms) checkAtoms(raw.atoms.length, last(), maxWrittenAtoms);
  notes.push(...mergeHydrogens(raw));
  if (raw.atoms.length > maxMoleculeAtoms) checkAtoms(raw.atoms.length, last());
  const neighbours = neighbourLists(raw.atoms.length, raw.bonds);
  const crowded = neighbours.findIndex((list) => list.length > maxNeighbours);
  if (crowded >= 0)
    throw tooLarge(
      `${symbols[raw.atoms[crowded].element]} has too many neighbours`,
      raw.place(raw.atoms[crowded].position),
      `at most ${maxNeighbours}`,
      String(neighbours[crowded].length),
    );
  const inRing = ringBonds(neighbours, raw.bonds.length);
  raw.bonds.forEach((bond, index) => {
    const [a, b] = [raw.atoms[bond.a], raw.atoms[bond.b]];
    if (bond.order === 0) bond.order = inRing[index] && a.aromatic && b.aromatic ? 5 : 1;
    else if (bond.order === 5 && !((a.aromatic || a.element === 0) && (b.aromatic || b.element === 0)))
      throw rawError(
        "molecules/aromaticity",
        "an aromatic bond joins atoms that are not aromatic",
        raw,
        bond.position,
        {
          expected: "aromatic (lower-case) atoms on both sides of ':'",
        },
      );
  });
  notes.push(...normalise(raw, neighbours));
  kekulise(raw, neighbours);

  const bonds: Bond[] = raw.bonds.map(({ a, b, order }, index) => ({
    a,
    b,
    order: order as Bond["order"],
    aromatic: false,
    inRing: inRing[index] === 1,
  }));
  const molecule: Molecule = {
    atoms: [],
    bonds,
    neighbours,
    rings: findRings(bonds, neighbours),
    source: raw.text,
    notes,
  };
  raw.atoms.forEach((atom, index) => {
    let orders = 0;
    for (const { bond } of neighbours[index]) orders += bonds[bond].order;
    const { hydrogens, radicals } = completeValence(raw, index, orders);
    if (radicals > 0)
      notes.push({
        kind: "radical",
        text: `${symbols[atom.element]} at ${raw.place(atom.position)} has ${radicals} unpaired electron${radicals > 1 ? "s" : ""}`,
      });
    molecule.atoms.push({
      element: atom.element,
      isotope: atom.isotope,
      charge: atom.charge,
      hydrogens,
      radicals,
      aromatic: false,
      atomClass: atom.atomClass,
      position: atom.position,
    });
  });
  perceiveAromaticity(molecule);
  notes.push(...readStereo(raw, molecule));
  return molecule;
}

/** Outside brackets, hydrogens fill the lowest sufficient valence; in brackets, missing electrons are unpaired. */
function completeValence(raw: RawMolecule, index: number, orders: number): { hydrogens: number; radicals: number } {
  const atom = raw.atoms[index];
  const valences = valencesOf(atom.element, atom.charge);
  if (valences === undefined) return { hydrogens: atom.hydrogens ?? 0, radicals: 0 };
  const bonded = orders + (atom.hydrogens ?? 0);
  const valence = valences.find((v) => v >= bonded);
  if (valence === undefined) {
    const charge = atom.charge === 0 ? "" : atom.charge > 0 ? `+${atom.charge}` : `${atom.charge}`;
    throw rawError("molecules/valence", `${symbols[atom.element]}${charge} has too many bonds`, raw, atom.position, {
      expected: `at most ${valences.at(-1)}`,
      found: `${bonded}${(atom.hydrogens ?? 0) > 0 ? ` with ${atom.hydrogens} hydrogen${atom.hydrogens === 1 ? "" : "s"}` : ""}`,
      hint: atom.element === 7 && atom.charge === 0 && bonded === 4 ? "Write quaternary nitrogen as [N+]." : undefined,
    });
  }
  const unpaired = Math.min(atom.unpaired ?? 0, valence - bonded);
  return atom.hydrogens === undefined
    ? { hydrogens: valence - bonded - unpaired, radicals: unpaired }
    : { hydrogens: atom.hydrogens, radicals: valence - bonded };
}

/**
 * Hydrogens written as atoms become counts of their neighbour. Kept as atoms: isotopes, charged ones, H2, bridging
 * ones, those with an atom class, and those that alone define the side of a double bond.
 */
function mergeHydrogens(raw: RawMolecule): Note[] {
  if (!raw.atoms.some((atom) => atom.element === 1)) return [];
  const neighbours = neighbourLists(raw.atoms.length, raw.bonds);
  const merged = new Uint8Array(raw.atoms.length);
  const sideAtoms = new Set(raw.sides?.flatMap(({ left, right }) => [left, right]));
  raw.atoms.forEach((atom, index) => {
    if (atom.element !== 1 || atom.isotope !== 0 || atom.charge !== 0 || atom.atomClass !== 0 || atom.hydrogens !== 0)
      return;
    if (neighbours[index].length !== 1) return;
    const { atom: heavy, bond } = neighbours[index][0];
    if (raw.atoms[heavy].element <= 1 || raw.bonds[bond].order > 1 || raw.bonds[bond].direction !== "") return;
    if (sideAtoms.has(index)) return;
    merged[index] = 1;
  });
  const count = merged.reduce((sum, one) => sum + one, 0);
  if (count === 0) return [];
  const place = new Int32Array(raw.atoms.length).fill(-1);
  let next = 0;
  raw.atoms.forEach((_, index) => {
    if (!merged[index]) place[index] = next++;
  });
  for (const [index, atom] of raw.atoms.entries()) {
    for (const other of atom.order) if (other >= 0 && merged[other]) atom.hydrogens = (atom.hydrogens ?? 0) + 1;
    // An organic-subset atom still fills its valence: only a bracket fixes the number of hydrogens.
    if (!merged[index] && raw.text[atom.position] !== "[") atom.hydrogens = undefined;
    atom.order = atom.order.map((other) => (other >= 0 ? place[other] : other));
  }
  raw.bonds = raw.bonds
    .filter(({ a, b }) => !merged[a] && !merged[b])
    .map((bond) => ({ ...bond, a: place[bond.a], b: place[bond.b] }));
  raw.atoms = raw.atoms.filter((_, index) => !merged[index]);
  raw.sides = raw.sides?.map(({ a, b, left, right, together }) => ({
    a: place[a],
    b: place[b],
    left: place[left],
    right: place[right],
    together,
  }));
  return [
    {
      kind: "hydrogen-merged",
      text: `${count} explicit hydrogen atom${count > 1 ? "s are" : " is"} counted as hydrogen${count > 1 ? "s" : ""} of ${count > 1 ? "their neighbours" : "its neighbour"}`,
    },
  ];
}

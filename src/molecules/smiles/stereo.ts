/** Converts stereo from SMILES to the form of `Molecule`: chirality of centres, sides of double bonds. */
import { symbols } from "../elements.ts";
import type { Molecule, Note } from "../molecule.ts";
import { rawError } from "./errors.ts";
import type { RawMolecule } from "./parse.ts";

/** Double bonds in smaller rings can only be cis. */
const smallestStereoRing = 8;

/**
 * Sets `stereo` of atoms and bonds; `raw` and `molecule` have the same numbering. Returns notes about marks without
 * meaning.
 */
export function readStereo(raw: RawMolecule, molecule: Molecule): Note[] {
  const notes: Note[] = [];
  const ignored = (text: string): void => {
    notes.push({ kind: "stereo-ignored", text });
  };
  for (const [index, written] of raw.atoms.entries()) {
    if (written.chirality === undefined) continue;
    const at = `${symbols[written.element]} at ${raw.place(written.position)}`;
    if (written.chirality === "other") {
      ignored(`${at}: only tetrahedral stereochemistry is kept`);
      continue;
    }
    const reason = notCentreReason(molecule, index, written.order);
    if (reason !== undefined) {
      ignored(`${at}: marked as a stereocentre, but ${reason}`);
      continue;
    }
    molecule.atoms[index].stereo = { neighbours: written.order, clockwise: written.chirality === "@@" };
  }
  for (const { a, b, left, right, together } of raw.sides ?? []) {
    const found = molecule.neighbours[a].find((n) => n.atom === b);
    if (found === undefined || inSmallRing(molecule, found.bond)) continue;
    const bond = molecule.bonds[found.bond];
    if (bond.order !== 2 || bond.aromatic) continue;
    bond.stereo = bond.a === a ? { left, right, together } : { left: right, right: left, together };
  }
  if (raw.bonds.every((bond) => bond.direction === "")) return notes;
  const used = new Set<number>();
  for (const [index, bond] of molecule.bonds.entries()) {
    if (bond.order !== 2 || bond.aromatic) continue;
    const a = sideOf(raw, molecule, bond.a, index);
    const b = sideOf(raw, molecule, bond.b, index);
    if (a.atom < 0 || b.atom < 0) continue;
    for (const side of [a, b])
      if (side.conflict >= 0)
        throw rawError(
          "molecules/stereo",
          "two neighbours lie on the same side of one end of a double bond",
          raw,
          raw.bonds[side.conflict].position,
          { expected: "opposite directions", found: `two neighbours ${side.above ? "above" : "below"} it` },
        );
    for (const one of [...a.bonds, ...b.bonds]) used.add(one);
    if (inSmallRing(molecule, index))
      ignored(
        `double bond near ${raw.place(raw.bonds[index].position)}: its direction is ignored, because in a small ring it can only be cis`,
      );
    else bond.stereo = { left: a.atom, right: b.atom, together: a.above === b.above };
  }
  raw.bonds.forEach((bond, index) => {
    if (bond.direction !== "" && !used.has(index))
      notes.push({
        kind: "bond-direction-unused",
        text: `'${bond.direction}' at ${raw.place(bond.position)} does not belong to a double bond with a direction on both sides`,
      });
  });
  return notes;
}

/** Why an atom cannot be a tetrahedral centre, whatever its neighbours are; undefined if it can. */
export function notCentreReason(molecule: Molecule, index: number, order: readonly number[]): string | undefined {
  const atom = molecule.atoms[index];
  const degree = molecule.neighbours[index].length;
  if (atom.hydrogens > 1) return `it carries ${atom.hydrogens} hydrogens`;
  if (order.length !== degree + atom.hydrogens || order.length > 4 || order.length < 3)
    return `it has ${degree + atom.hydrogens} neighbours`;
  if (order.length === 4) return undefined;
  if ([15, 16, 33, 34, 51, 52].includes(atom.element) && atom.hydrogens === 0) return undefined;
  if (atom.element === 7 && atom.hydrogens === 0) {
    const ringBonds = molecule.neighbours[index].filter(({ bond }) => molecule.bonds[bond].inRing).length;
    const inThreeRing = molecule.rings.some((ring) => ring.atoms.length === 3 && ring.atoms.includes(index));
    return inThreeRing || ringBonds === 3 ? undefined : "nitrogen inverts rapidly";
  }
  return "it has three neighbours";
}

function sideOf(raw: RawMolecule, molecule: Molecule, atom: number, double: number) {
  let side = { atom: -1, above: false };
  const bonds: number[] = [];
  let conflict = -1;
  for (const { atom: other, bond } of molecule.neighbours[atom]) {
    const written = raw.bonds[bond];
    if (bond === double || written.direction === "") continue;
    // `x/y`: y lies above x.
    const above = (written.direction === "/") === (written.a === atom);
    bonds.push(bond);
    if (side.atom < 0) side = { atom: other, above };
    else if (side.above === above) conflict = bond;
  }
  return { ...side, bonds, conflict };
}

export function inSmallRing(molecule: Molecule, bond: number): boolean {
  return molecule.rings.some((ring) => ring.atoms.length < smallestStereoRing && ring.bonds.includes(bond));
}

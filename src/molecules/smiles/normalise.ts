/**
 * Normalises groups with several spellings to the one that the valence model supports: nitro, N-oxide, azide, diazo,
 * oxo acids of halogens.
 */
import { symbols, valencesOf } from "../elements.ts";
import type { Neighbour, Note } from "../molecule.ts";
import type { RawMolecule } from "./parse.ts";

/** Changes charges and orders in place; each change leaves a note. Aromatic bonds (order 5) count as one here. */
export function normalise(raw: RawMolecule, neighbours: readonly Neighbour[][]): Note[] {
  const notes: Note[] = [];
  raw.atoms.forEach((atom, index) => {
    convertMetalBonds(raw, neighbours, index, notes);
    if (atom.charge !== 0) return;
    const note = (text: string) => notes.push({ kind: "normalised", text: `${text} (${raw.place(atom.position)})` });
    if (atom.element === 7) {
      const aromatic = neighbours[index].some(({ bond }) => raw.bonds[bond].order === 5);
      const sum = sigma(raw, neighbours, index) + (aromatic ? 1 : 0);
      if (sum !== 5) return;
      const oxo = neighbours[index].find(
        ({ atom: other, bond }) => raw.bonds[bond].order === 2 && isTerminal(raw, neighbours, other, 8),
      );
      const diazo = neighbours[index].find(
        ({ atom: other, bond }) => raw.bonds[bond].order === 3 && isTerminal(raw, neighbours, other, 7),
      );
      const lowered = oxo ?? diazo;
      if (lowered === undefined) return;
      raw.bonds[lowered.bond].order = oxo === undefined ? 2 : 1;
      raw.atoms[lowered.atom].charge = -1;
      atom.charge = 1;
      note(oxo === undefined ? "N#N with five bonds read as [N+]=[N-]" : "N=O with five bonds read as [N+][O-]");
    } else if (atom.element === 17 || atom.element === 35 || atom.element === 53) {
      const sum = sigma(raw, neighbours, index) + (atom.hydrogens ?? 0);
      if (sum < 3 || sum % 2 === 0 || neighbours[index].some(({ atom: other }) => raw.atoms[other].element !== 8))
        return;
      const double = neighbours[index].filter(({ bond }) => raw.bonds[bond].order === 2);
      for (const { atom: other, bond } of double) {
        raw.bonds[bond].order = 1;
        raw.atoms[other].charge = -1;
      }
      atom.charge = double.length;
      if (double.length > 0) note(`${symbols[atom.element]}=O read as charges`);
    }
  });
  return notes;
}

/** Donor atoms that would have too many bonds keep those to metals as bonds without order. */
function convertMetalBonds(raw: RawMolecule, neighbours: readonly Neighbour[][], index: number, notes: Note[]): void {
  const atom = raw.atoms[index];
  const most = valencesOf(atom.element, atom.charge)?.at(-1);
  const toMetal = neighbours[index].filter(
    ({ atom: other, bond }) => raw.bonds[bond].order === 1 && isMetal(raw.atoms[other].element),
  );
  if (most === undefined || toMetal.length === 0) return;
  const pi = neighbours[index].some(({ bond }) => raw.bonds[bond].order === 5) ? 1 : 0;
  let excess = sigma(raw, neighbours, index) + pi + (atom.hydrogens ?? 0) - most;
  for (const { atom: metal, bond } of toMetal) {
    if (excess-- <= 0) return;
    raw.bonds[bond].order = 0;
    notes.push({
      kind: "normalised",
      text: `bond of ${symbols[atom.element]} to ${symbols[raw.atoms[metal].element]} read as coordination (${raw.place(atom.position)})`,
    });
  }
}

function isMetal(element: number): boolean {
  return element > 2 && valencesOf(element, 0) === undefined;
}

function sigma(raw: RawMolecule, neighbours: readonly Neighbour[][], index: number): number {
  return neighbours[index].reduce(
    (sum, { bond }) => sum + (raw.bonds[bond].order === 5 ? 1 : raw.bonds[bond].order),
    0,
  );
}

function isTerminal(raw: RawMolecule, neighbours: readonly Neighbour[][], atom: number, element: number): boolean {
  return neighbours[atom].length === 1 && raw.atoms[atom].element === element && raw.atoms[atom].charge === 0;
}

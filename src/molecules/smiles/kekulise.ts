/** Single and double bonds for the aromatic atoms of a SMILES text: a matching of those that need a double bond. */
import { symbols, valencesOf } from "../elements.ts";
import { largestMatching } from "../graph/matching.ts";
import type { Neighbour } from "../molecule.ts";
import { rawError } from "./errors.ts";
import type { RawMolecule } from "./parse.ts";

/**
 * Sets the order of every aromatic bond (order 5) to 1 or 2.
 *
 * @throws PolyclinicError `molecules/aromaticity` naming the unmatched atoms.
 */
export function kekulise(raw: RawMolecule, neighbours: readonly Neighbour[][]): void {
  const needs: number[] = [];
  const may: number[] = [];
  raw.atoms.forEach((atom, index) => {
    if (!neighbours[index].some(({ bond }) => raw.bonds[bond].order === 5)) {
      if (atom.aromatic)
        throw rawError("molecules/aromaticity", "an aromatic atom has no aromatic bond", raw, atom.position, {
          expected: "an aromatic atom in a ring of aromatic atoms",
          hint: `Write a capital ${symbols[atom.element]}, or close the ring.`,
        });
    } else if (atom.element === 0) may.push(index);
    else if (needsDoubleBond(raw, neighbours, index)) needs.push(index);
  });
  let matched = match(raw, neighbours, needs);
  if (matched.alone.length > 0 && may.length > 0) matched = match(raw, neighbours, [...needs, ...may]);
  const alone = matched.alone.filter((atom) => raw.atoms[atom].element !== 0);
  if (alone.length > 0) {
    const nitrogen = raw.atoms.find(
      (atom, index) =>
        atom.element === 7 && atom.aromatic && atom.hydrogens === undefined && neighbours[index].length === 2,
    );
    throw rawError(
      "molecules/aromaticity",
      "the aromatic rings cannot be kekulised (written with alternating single and double bonds)",
      raw,
      raw.atoms[alone[0]].position,
      {
        expected: "a double-bond partner for every aromatic atom that needs one",
        found: `none for the ${alone.map((atom) => `${symbols[raw.atoms[atom].element]} at ${raw.place(raw.atoms[atom].position)}`).join(", ")}`,
        hint:
          nitrogen === undefined ? undefined : "Write an aromatic nitrogen with a hydrogen, as in pyrrole, as [nH].",
      },
    );
  }
  for (const bond of raw.bonds) if (bond.order === 5) bond.order = matched.partner.get(bond.a) === bond.b ? 2 : 1;
}

function needsDoubleBond(raw: RawMolecule, neighbours: readonly Neighbour[][], index: number): boolean {
  const atom = raw.atoms[index];
  let sum = atom.hydrogens ?? 0;
  for (const { bond } of neighbours[index]) {
    const { order } = raw.bonds[bond];
    sum += order === 5 ? 1 : order;
  }
  const valences = valencesOf(atom.element, atom.charge);
  if (valences === undefined) return false;
  if (atom.element === 6) return sum + 1 <= valences[0];
  return valences.includes(sum + 1) && !valences.includes(sum);
}

function match(raw: RawMolecule, neighbours: readonly Neighbour[][], atoms: readonly number[]) {
  const place = new Map(atoms.map((atom, i) => [atom, i]));
  const adjacency = atoms.map((atom) =>
    neighbours[atom]
      .filter(({ atom: other, bond }) => raw.bonds[bond].order === 5 && place.has(other))
      .map(({ atom: other }) => place.get(other)!),
  );
  const mates = largestMatching(adjacency);
  const partner = new Map<number, number>();
  const alone: number[] = [];
  atoms.forEach((atom, i) => {
    if (mates[i] >= 0) partner.set(atom, atoms[mates[i]]);
    else alone.push(atom);
  });
  return { partner, alone };
}

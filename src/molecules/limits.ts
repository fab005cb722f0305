/**
 * How large a molecule may be. Rings, canonical order and drawing take time that grows with the square of the atoms and more, so that a record beyond
 * these limits would keep a program busy for minutes; it is refused by name instead. The largest molecules of medicinal chemistry, peptides and
 * oligonucleotides, have a few hundred atoms.
 */
import { PolyclinicError } from "../base/errors.ts";

/** Atoms of one record, all components together; hydrogens that are counts are not atoms. */
export const maxMoleculeAtoms = 5000;
/** Neighbours of one atom: cages and metal clusters have at most about 20. */
export const maxNeighbours = 64;
/** Atoms of a drawing. */
export const maxDrawnAtoms = 3000;

/** @param where the record, or the atom's place in it. */
export function tooLarge(
  summary: string,
  where: string,
  expected: string,
  found: string,
  hint?: string,
): PolyclinicError {
  return new PolyclinicError("molecules/too-large", summary, { where, expected, found, hint });
}

/** Atoms as written, before hydrogens become counts. */
export const maxWrittenAtoms = 4 * maxMoleculeAtoms;

/** @throws PolyclinicError `molecules/too-large` above `most`. */
export function checkAtoms(count: number, where: string, most = maxMoleculeAtoms): void {
  if (count > most)
    throw tooLarge(
      "a molecule has too many atoms",
      where,
      `at most ${most} atoms`,
      `${count} or more`,
      "Give one molecule per record, without water and without a polymer's repeats.",
    );
}

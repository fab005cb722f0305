import { type Molecule, readSmiles } from "../../../molecules/index.ts";
import type { LibrarySet } from "./library.ts";

const parsed = new WeakMap<LibrarySet, readonly Molecule[]>();

/** The molecules of a set, read when they are first needed and once for all that compare with them. */
export function moleculesOf(set: LibrarySet): readonly Molecule[] {
  const made = parsed.get(set) ?? set.smiles.map((smiles) => readSmiles(smiles));
  parsed.set(set, made);
  return made;
}

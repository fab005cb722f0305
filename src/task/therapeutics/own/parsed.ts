import { type Molecule, readSmiles } from "../../../molecules/index.ts";
import type { LibrarySet } from "./library.ts";

const parsed = new WeakMap<LibrarySet, readonly Molecule[]>();

/** The molecules of a set, parsed on first use and shared by all comparisons. */
export function moleculesOf(set: LibrarySet): readonly Molecule[] {
  const made = parsed.get(set) ?? set.smiles.map((smiles) => readSmiles(smiles));
  parsed.set(set, made);
  return made;
}

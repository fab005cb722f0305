/**
 * `readSmiles`: text to a validated molecule. All faults of a text are found here: brackets, ring closures, valences,
 * aromatic rings, directions. Changes (nitro groups, merged hydrogens, meaningless stereo marks) are listed in `notes`.
 */
import type { Molecule, Note } from "../molecule.ts";
import { completeMolecule } from "./complete.ts";
import { parseSmiles } from "./parse.ts";

/**
 * @param text one SMILES without a name; surrounding spaces are ignored.
 * @throws PolyclinicError `molecules/smiles` (the text), `molecules/valence` (an atom with too many bonds),
 * `molecules/aromaticity` (rings without Kekulé form), `molecules/stereo` (contradictory directions), `molecules/too-large` (`limits.ts`); each names the
 * character, what was expected and found.
 */
export function readSmiles(text: string): Molecule {
  const raw = parseSmiles(text.trim());
  const notes: Note[] = [];
  if (raw.escaped > 0)
    notes.push({
      kind: "normalised",
      text: `${raw.escaped} doubled backslash${raw.escaped > 1 ? "es" : ""} read as one`,
    });
  return completeMolecule(raw, notes);
}

/**
 * `readSmiles`: text to a checked molecule. Everything that can be wrong with a text is found here: brackets, ring closures, valences, aromatic
 * rings, directions. What is changed on the way (nitro groups, merged hydrogens, stereo marks that mean nothing) is noted in `notes`.
 */
import type { Molecule, Note } from "../molecule.ts";
import { completeMolecule } from "./complete.ts";
import { parseSmiles } from "./parse.ts";

/**
 * @param text one SMILES, without a name behind it; spaces around it are left out.
 * @throws PolyclinicError `molecules/smiles` (the text), `molecules/valence` (an atom with too many bonds), `molecules/aromaticity` (rings without
 * Kekulé form), `molecules/stereo` (directions that contradict each other); each names the character, what was expected and found.
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

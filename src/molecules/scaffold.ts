/**
 * The Murcko scaffold (Bemis and Murcko 1996): rings and the chains between them. As in RDKit, atoms double-bonded to these stay, so that a ring
 * ketone keeps its oxygen.
 */
import { subgraph } from "./graph/subgraph.ts";
import type { Molecule } from "./molecule.ts";
import { canonicalSmiles } from "./smiles/write.ts";

/** A molecule without atoms when there is no ring. */
export function murckoScaffold(molecule: Molecule): Molecule {
  const count = molecule.atoms.length;
  const degree = molecule.neighbours.map((list) => list.length);
  const kept = new Uint8Array(count).fill(1);
  // Ends are taken away until only rings, and what joins them, is left.
  const ends = degree.flatMap((d, atom) => (d <= 1 ? [atom] : []));
  for (const atom of ends) {
    if (!kept[atom]) continue;
    kept[atom] = 0;
    for (const { atom: other } of molecule.neighbours[atom]) if (kept[other] && --degree[other] === 1) ends.push(other);
  }
  const keep = molecule.atoms.flatMap((_, atom) =>
    kept[atom] || molecule.neighbours[atom].some((n) => kept[n.atom] && molecule.bonds[n.bond].order === 2)
      ? [atom]
      : [],
  );
  return subgraph(molecule, keep);
}

/** Canonical SMILES of the scaffold without stereo: the name a scaffold split groups by. Empty when there is no ring. */
export function scaffoldName(molecule: Molecule): string {
  const scaffold = murckoScaffold(molecule);
  return scaffold.atoms.length === 0 ? "" : canonicalSmiles(scaffold, { stereo: false });
}

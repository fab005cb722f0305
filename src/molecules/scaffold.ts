/**
 * The Murcko scaffold (Bemis and Murcko 1996): rings and the chains between them. As in RDKit, atoms double-bonded to
 * these are kept, so that a ring ketone keeps its oxygen.
 */
import { subgraph } from "./graph/subgraph.ts";
import type { Molecule } from "./molecule.ts";
import { canonicalSmiles } from "./smiles/write.ts";

/** A molecule without atoms when there is no ring. */
export function murckoScaffold(molecule: Molecule): Molecule {
  const count = molecule.atoms.length;
  const degree = molecule.neighbours.map((list) => list.length);
  const inScaffold = new Uint8Array(count).fill(1);
  // Terminal atoms are removed until only rings and their connections are left.
  const ends = degree.flatMap((d, atom) => (d <= 1 ? [atom] : []));
  for (const atom of ends) {
    if (!inScaffold[atom]) continue;
    inScaffold[atom] = 0;
    for (const { atom: other } of molecule.neighbours[atom])
      if (inScaffold[other] && --degree[other] === 1) ends.push(other);
  }
  const keep = molecule.atoms.flatMap((_, atom) =>
    inScaffold[atom] || molecule.neighbours[atom].some((n) => inScaffold[n.atom] && molecule.bonds[n.bond].order === 2)
      ? [atom]
      : [],
  );
  return subgraph(molecule, keep);
}

/** Canonical SMILES of the scaffold without stereo, the key of a scaffold split. Empty without a ring. */
export function scaffoldName(molecule: Molecule): string {
  const scaffold = murckoScaffold(molecule);
  return scaffold.atoms.length === 0 ? "" : canonicalSmiles(scaffold, { stereo: false });
}

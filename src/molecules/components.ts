/**
 * Mixtures: which component of a SMILES with dots is the parent compound, and what the others are. Nothing is removed unless asked; `parentOf` returns
 * the parent alone and lists what was left out.
 */
import { formulaOf } from "./descriptors/descriptors.ts";
import { subgraph } from "./graph/subgraph.ts";
import { componentsOf, type Molecule } from "./molecule.ts";

/** Formulas of common counter-ions and solvents, charged or not. */
const solvents = new Set([
  "H2O",
  "CH4O",
  "C2H6O",
  "C3H8O",
  "C3H6O",
  "C2H3N",
  "C2H6OS",
  "CHCl3",
  "CH2Cl2",
  "C4H8O2",
  "C6H14",
  "C7H8",
  "C3H7NO",
]);
const acids = [
  "CHF3O3S",
  "CH4O3S",
  "C2HF3O2",
  "C2H2O4",
  "C2H4O2",
  "C4H4O4",
  "C4H6O4",
  "C4H6O5",
  "C4H6O6",
  "C6H8O7",
  "C7H8O3S",
  "H3O4P",
  "H2O4S",
  "HNO3",
  "CH2O2",
  "C6H6O3S",
  "C2H6O3S",
];

/** What a component of a record is: a compound, the counter-ion of a salt, or a solvent. */
export type ComponentKind = "compound" | "counter-ion" | "solvent";

/** One connected component of a record with several, such as a salt or a solvate. */
export interface Component {
  kind: ComponentKind;
  formula: string;
  charge: number;
  /** Atom numbers of the whole molecule. */
  atoms: number[];
  molecule: Molecule;
}

/** All components, the parent first: most heavy atoms, then with carbon before without, then heavier before lighter. */
export function componentsWithKinds(molecule: Molecule): Component[] {
  const pieces = componentsOf(molecule).map((atoms) => {
    const piece = subgraph(molecule, atoms);
    return {
      atoms,
      molecule: piece,
      formula: formulaOf(piece),
      charge: piece.atoms.reduce((sum, atom) => sum + atom.charge, 0),
      size:
        piece.atoms.filter((atom) => atom.element !== 1).length +
        (piece.atoms.some((atom) => atom.element === 6) ? 1e6 : 0),
    };
  });
  pieces.sort((x, y) => y.size - x.size || x.atoms[0] - y.atoms[0]);
  const compound = pieces[0]?.formula;
  return pieces.map(({ size: _, ...piece }) => ({ ...piece, kind: kindOf(piece, compound) }));
}

function kindOf(
  { molecule, formula, charge }: { molecule: Molecule; formula: string; charge: number },
  compound: string,
): ComponentKind {
  if (formula === compound) return "compound";
  if (charge === 0 && solvents.has(formula)) return "solvent";
  const carbon = molecule.atoms.some((atom) => atom.element === 6);
  return !carbon || charge !== 0 || acids.includes(formula) ? "counter-ion" : "compound";
}

/** The parent compound of a record: the record without counter-ions and solvents. */
export interface Parent {
  molecule: Molecule;
  /** What was left out, one entry per component: `counter-ion ClH`. */
  removed: { kind: ComponentKind; formula: string }[];
  /** Other components that are compounds themselves: the input is a mixture that no single compound represents. */
  mixture: boolean;
}

/** The compound without its counter-ions and solvents. Charges stay as they are. */
export function parentOf(molecule: Molecule): Parent {
  const [compound, ...others] = componentsWithKinds(molecule);
  if (compound === undefined) return { molecule, removed: [], mixture: false };
  return {
    molecule: compound.molecule,
    removed: others.map(({ kind, formula }) => ({ kind, formula })),
    mixture: others.some(({ kind, formula }) => kind === "compound" && formula !== compound.formula),
  };
}

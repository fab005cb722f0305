/** Descriptors of a molecule: masses, counts, polar surface, lipophilicity. */
import { atomicMass, exactAtomicMass, symbols } from "../elements.ts";
import type { Molecule } from "../molecule.ts";
import {
  amideBonds,
  hydrogenBondAcceptors,
  hydrogenBondDonors,
  type RingCounts,
  ringCounts,
  rotatableBonds,
} from "./counts.ts";
import { Environment } from "./environment.ts";
import { logP } from "./log-p.ts";
import { polarSurfaceArea } from "./polar-surface.ts";

/** Calculated properties of a molecule; the definitions are those of RDKit. */
export interface Descriptors extends RingCounts {
  /** Hill order with the net charge: `C9H8O4`, `C2H6N+`. */
  formula: string;
  /** Average mass, dalton. */
  molecularWeight: number;
  /** Mass of the most common isotopes, less the electrons a positive charge lacks, dalton. */
  exactMass: number;
  charge: number;
  heavyAtoms: number;
  heteroatoms: number;
  hydrogenBondDonors: number;
  hydrogenBondAcceptors: number;
  /** Lipinski's own counts: hydrogens on nitrogen and oxygen; nitrogens and oxygens. */
  lipinskiDonors: number;
  lipinskiAcceptors: number;
  rotatableBonds: number;
  amideBonds: number;
  /** Share of carbons with four neighbours, 0 to 1. */
  fractionCsp3: number;
  /** Topological polar surface area, square angstrom. */
  polarSurfaceArea: number;
  /** Octanol-water partition coefficient (Wildman and Crippen). */
  logP: number;
  /** How many of Lipinski's four rules are broken: weight > 500, logP > 5, donors > 5, acceptors > 10. */
  lipinskiViolations: number;
}

/** Dalton. */
const electronMass = 0.00054857990946;

/** All descriptors of a molecule; definitions and units are at the fields of `Descriptors`. */
export function descriptors(molecule: Molecule): Descriptors {
  const env = new Environment(molecule);
  let [molecularWeight, exactMass, charge, heavyAtoms, heteroatoms, donors, acceptors, carbons, saturated] =
    new Array<number>(9).fill(0);
  molecule.atoms.forEach((atom, index) => {
    molecularWeight += atomicMass(atom.element, atom.isotope) + atom.hydrogens * atomicMass(1, 0);
    exactMass += exactAtomicMass(atom.element, atom.isotope) + atom.hydrogens * exactAtomicMass(1, 0);
    charge += atom.charge;
    if (atom.element !== 1) heavyAtoms++;
    if (atom.element !== 1 && atom.element !== 6) heteroatoms++;
    if (atom.element === 7 || atom.element === 8) {
      acceptors++;
      donors += env.hydrogens(index);
    }
    if (atom.element === 6) {
      carbons++;
      if (env.connections(index) === 4) saturated++;
    }
  });
  exactMass -= charge * electronMass;
  const logp = logP(env);
  return {
    formula: formulaOf(molecule),
    molecularWeight,
    exactMass,
    charge,
    heavyAtoms,
    heteroatoms,
    hydrogenBondDonors: hydrogenBondDonors(env),
    hydrogenBondAcceptors: hydrogenBondAcceptors(env),
    lipinskiDonors: donors,
    lipinskiAcceptors: acceptors,
    rotatableBonds: rotatableBonds(env),
    amideBonds: amideBonds(env),
    fractionCsp3: carbons === 0 ? 0 : saturated / carbons,
    polarSurfaceArea: polarSurfaceArea(env),
    logP: logp,
    lipinskiViolations: [molecularWeight > 500, logp > 5, donors > 5, acceptors > 10].filter(Boolean).length,
    ...ringCounts(env),
  };
}

/** Carbon, hydrogen, then the others by name; without carbon all by name (Hill 1900). */
export function formulaOf(molecule: Molecule): string {
  const counts = new Map<string, number>();
  const add = (symbol: string, count: number) => {
    if (count > 0) counts.set(symbol, (counts.get(symbol) ?? 0) + count);
  };
  let charge = 0;
  for (const atom of molecule.atoms) {
    add(symbols[atom.element], 1);
    add("H", atom.hydrogens);
    charge += atom.charge;
  }
  const hasCarbon = counts.has("C");
  const rank = (symbol: string) => (hasCarbon && symbol === "C" ? "0" : hasCarbon && symbol === "H" ? "1" : symbol);
  const text = [...counts]
    .sort(([x], [y]) => (rank(x) < rank(y) ? -1 : 1))
    .map(([symbol, count]) => symbol + (count > 1 ? count : ""))
    .join("");
  return text + (charge === 0 ? "" : `${charge > 0 ? "+" : "-"}${Math.abs(charge) > 1 ? Math.abs(charge) : ""}`);
}

/** Topological polar surface area (Ertl, Rohde and Selzer 2000, Table 1): contributions of nitrogen and oxygen by their bonds, in square angstrom. */
import type { Environment } from "./environment.ts";

export function polarSurfaceArea(env: Environment): number {
  let area = 0;
  env.molecule.atoms.forEach((atom, index) => {
    if (atom.element === 7) area += nitrogen(env, index);
    else if (atom.element === 8) area += oxygen(env, index);
  });
  return area;
}

/** `bonds` names single, double, triple and aromatic bonds to heavy atoms in this order, as `2100`: two single, one double. */
function describe(env: Environment, atom: number) {
  const heavy = env.heavy(atom);
  const count = (test: (n: (typeof heavy)[number]) => boolean) => heavy.filter(test).length;
  const bonds = `${count((n) => env.isSingle(n))}${count((n) => env.isDouble(n))}${count((n) => env.isTriple(n))}${count((n) => env.isAromaticBond(n))}`;
  return { bonds, hydrogens: env.hydrogens(atom), charge: env.charge(atom), neighbours: heavy.length };
}

/** `charge/hydrogens/bonds` -> area. */
const nitrogenAreas: Readonly<Record<string, number>> = {
  "0/0/3000": 3.24,
  "0/0/1100": 12.36,
  "0/0/0010": 23.79,
  "0/0/1200": 11.68,
  "0/0/0110": 13.6,
  "0/1/2000": 12.03,
  "0/1/0100": 23.85,
  "0/2/1000": 26.02,
  "1/0/4000": 0,
  "1/0/2100": 3.01,
  "1/0/1010": 4.36,
  "1/1/3000": 4.44,
  "1/1/1100": 13.97,
  "1/2/2000": 16.61,
  "1/2/0100": 25.59,
  "1/3/1000": 27.64,
  "0/0/0002": 12.89,
  "0/0/0003": 4.41,
  "0/0/1002": 4.93,
  "0/0/0102": 8.39,
  "0/1/0002": 15.79,
  "1/0/0003": 4.1,
  "1/0/1002": 3.88,
  "1/1/0002": 14.14,
};

function nitrogen(env: Environment, atom: number): number {
  const { bonds, hydrogens, charge, neighbours } = describe(env, atom);
  const key = `${charge}/${hydrogens}/${bonds}`;
  if (env.inThreeRing(atom)) {
    if (key === "0/0/3000") return 3.01;
    if (key === "0/1/2000") return 21.94;
  }
  // Outside the table: the paper's linear fit, not below zero.
  return nitrogenAreas[key] ?? Math.max(0, 30.5 - neighbours * 8.2 + hydrogens * 1.5);
}

const oxygenAreas: Readonly<Record<string, number>> = {
  "0/0/2000": 9.23,
  "0/0/0100": 17.07,
  "0/1/1000": 20.23,
  "-1/0/1000": 23.06,
  "0/0/0002": 13.14,
};

function oxygen(env: Environment, atom: number): number {
  const { bonds, hydrogens, charge, neighbours } = describe(env, atom);
  const key = `${charge}/${hydrogens}/${bonds}`;
  if (key === "0/0/2000" && env.inThreeRing(atom)) return 12.53;
  return oxygenAreas[key] ?? Math.max(0, 28.5 - neighbours * 8.6 + hydrogens * 1.5);
}

/**
 * Octanol-water partition coefficient by atom types (Wildman and Crippen 1999, Table 1): every atom, including
 * hydrogens, contributes according to its environment. The first matching type counts; types and their order are
 * RDKit's, against which they are tested.
 */
import type { Environment } from "./environment.ts";

const [C, N, O, F, P, S, Cl, Br, I] = [6, 7, 8, 9, 15, 16, 17, 35, 53];
const hetero = [N, O, S, F, Cl, Br, I];

export function logP(env: Environment): number {
  let sum = 0;
  env.molecule.atoms.forEach((atom, index) => {
    sum += heavyAtom(env, index);
    if (atom.hydrogens > 0) sum += atom.hydrogens * hydrogenOn(env, index);
  });
  return sum;
}

function heavyAtom(env: Environment, atom: number): number {
  const element = env.element(atom);
  const charge = env.charge(atom);
  switch (element) {
    case 0:
      return 0;
    case 1: {
      const neighbour = env.molecule.neighbours[atom][0];
      return neighbour === undefined ? 0.1125 : hydrogenOn(env, neighbour.atom);
    }
    case C:
      return env.aromatic(atom) ? aromaticCarbon(env, atom) : aliphaticCarbon(env, atom);
    case N:
      return nitrogen(env, atom);
    case O:
      return oxygen(env, atom);
    case F:
      return charge === 0 ? 0.4202 : charge < 0 ? -2.996 : 0;
    case Cl:
      return charge === 0 ? 0.6895 : charge < 0 ? -2.996 : 0;
    case Br:
      return charge === 0 ? 0.8456 : charge < 0 ? -2.996 : 0;
    case I:
      return charge === 0 ? 0.8857 : -2.996;
    case P:
      return 0.8612;
    case S:
      if (env.aromatic(atom)) return 0.6237;
      return (charge === 0 || charge === 4) && !isOxidised(env, atom) ? 0.6482 : -0.0024;
  }
  if ([3, 11, 19, 37, 55].includes(element)) return charge === 1 ? -2.996 : -0.3808;
  if ([4, 12, 20, 38, 56, 5, 13, 31, 49, 81, 14, 32, 50, 82, 33, 51, 83, 34, 52, 84].includes(element)) return -0.3808;
  const transition =
    (element >= 21 && element <= 30) || (element >= 39 && element <= 48) || (element >= 72 && element <= 80);
  return transition ? -0.0025 : 0;
}

/** Sulfoxides, sulfones and thiophosphates count as the ionic form they can be written in. */
function isOxidised(env: Environment, sulfur: number): boolean {
  return env.heavy(sulfur).some((n) => env.isDouble(n) && [N, O, P, S].includes(env.element(n.atom)));
}

/** The contribution of one hydrogen bonded to `atom`. */
function hydrogenOn(env: Environment, atom: number): number {
  const element = env.element(atom);
  if (element === C || element === 1) return 0.123;
  if (env.isAliphatic(atom, O)) {
    const others = env.heavy(atom).filter((n) => env.isSingle(n));
    if (env.hydrogens(atom) > 1) return -0.2677;
    if (
      others.some(
        (n) =>
          (env.isAliphatic(n.atom, C) && env.connections(n.atom) === 4) ||
          (env.aromatic(n.atom) && env.element(n.atom) === C),
      )
    )
      return -0.2677;
    if (others.some((n) => env.element(n.atom) === N)) return 0.2142;
    if (others.some((n) => !env.isAliphatic(n.atom, C, N, O, S))) return -0.2677;
    const acidic = others.some(
      (n) =>
        env.isAliphatic(n.atom, O, S) ||
        (env.isAliphatic(n.atom, C) &&
          env
            .heavy(n.atom)
            .some((m) => env.isDouble(m) && ([C, N].includes(env.element(m.atom)) || env.isAliphatic(m.atom, O, S)))),
    );
    return acidic ? 0.298 : 0.1125;
  }
  return element === N ? 0.2142 : -0.2677;
}

function aliphaticCarbon(env: Environment, atom: number): number {
  const hydrogens = env.hydrogens(atom);
  const heavy = env.heavy(atom);
  const connections = env.connections(atom);
  const single = heavy.filter((n) => env.isSingle(n));
  const carbons = single.filter((n) => env.isAliphatic(n.atom, C)).length;
  const heteroatoms = single.filter((n) => env.isAliphatic(n.atom, P, ...hetero)).length;
  const aromatic = heavy.filter((n) => env.isSingle(n) && env.aromatic(n.atom));
  if (hydrogens === 4 || (hydrogens === 3 && carbons > 0) || (hydrogens === 2 && carbons === 2)) return 0.1441;
  if ((hydrogens === 1 && carbons === 3) || (hydrogens === 0 && carbons === 4)) return 0;
  if (aromatic.length > 0 && connections === 4 && hydrogens < 3)
    return hydrogens === 2 ? -0.0516 : hydrogens === 1 ? 0.1193 : -0.0967;
  if (heteroatoms > 0) {
    if (hydrogens === 3 || (hydrogens === 2 && connections === 4)) return -0.2035;
    if (hydrogens < 2 && connections === 4) return -0.2051;
  }
  const double = heavy.filter((n) => env.isDouble(n));
  if (double.some((n) => !env.aromatic(n.atom) && env.element(n.atom) !== C)) return -0.2783;
  if (double.some((n) => env.isAliphatic(n.atom, C))) return aromatic.length > 0 ? 0.264 : 0.1551;
  if (connections === 2 && heavy.some((n) => env.isTriple(n) && !env.aromatic(n.atom))) return 0.0017;
  if (hydrogens === 3 && aromatic.length > 0)
    return aromatic.some((n) => env.element(n.atom) === C) ? 0.08452 : -0.1444;
  if (double.some((n) => env.element(n.atom) === C)) return 0.264;
  if (connections === 4 && single.some((n) => !env.aromatic(n.atom) && ![C, ...hetero].includes(env.element(n.atom))))
    return 0.2148;
  return 0.08129;
}

function aromaticCarbon(env: Environment, atom: number): number {
  const heavy = env.heavy(atom);
  const outside = heavy.filter((n) => !env.isAromaticBond(n));
  if (
    env.hydrogens(atom) === 0 &&
    outside.some((n) => env.isSingle(n) && !env.aromatic(n.atom) && ![C, ...hetero].includes(env.element(n.atom)))
  )
    return -0.5443;
  for (const [element, value] of [
    [F, 0],
    [Cl, 0.245],
    [Br, 0.198],
    [I, 0],
  ])
    if (heavy.some((n) => env.element(n.atom) === element)) return value;
  if (env.hydrogens(atom) === 1) return 0.1581;
  const inRing = heavy.filter((n) => env.isAromaticBond(n)).length;
  if (inRing >= 3) return 0.2955;
  if (inRing < 2) return 0.08129;
  const single = outside.filter((n) => env.isSingle(n));
  if (single.some((n) => env.aromatic(n.atom))) return 0.2713;
  for (const [element, value] of [
    [C, 0.136],
    [N, 0.4619],
    [O, 0.5437],
    [S, 0.1893],
  ])
    if (single.some((n) => env.isAliphatic(n.atom, element))) return value;
  if (outside.some((n) => env.isDouble(n) && env.isAliphatic(n.atom, C, N, O))) return -0.8186;
  return 0.08129;
}

function nitrogen(env: Environment, atom: number): number {
  const charge = env.charge(atom);
  const hydrogens = env.hydrogens(atom);
  const heavy = env.heavy(atom);
  if (env.aromatic(atom)) return charge === 0 ? -0.3239 : charge > 0 ? -1.119 : -0.4806;
  const single = heavy.filter((n) => env.isSingle(n));
  const aliphatic = single.filter((n) => !env.aromatic(n.atom)).length;
  const aromatic = single.length - aliphatic;
  const double = heavy.filter((n) => env.isDouble(n));
  const triple = heavy.some((n) => env.isTriple(n) && !env.aromatic(n.atom));
  if (charge === 0) {
    if (hydrogens === 2 && aliphatic > 0) return -1.019;
    if (hydrogens === 1 && aliphatic === 2) return -0.7096;
    if (hydrogens === 2 && aromatic > 0) return -1.027;
    if (hydrogens === 1 && aromatic > 0 && single.length === 2) return -0.5188;
    if (hydrogens === 1 && double.length > 0) return 0.08387;
    if (double.length > 0 && single.length > 0) return 0.1836;
    if (aliphatic === 3) return -0.3187;
    if (single.length === 3 && (aromatic === 3 || aromatic > 0)) return -0.4458;
    if (triple) return 0.01508;
    return -0.4806;
  }
  if (charge < 0) return 0.2887;
  if (hydrogens >= 1 && hydrogens <= 3) return -1.95;
  if (hydrogens === 0) {
    if (aliphatic === 4 || (double.length === 1 && !env.aromatic(double[0].atom) && single.length === 2))
      return -0.3396;
    if (double.some((n) => env.element(n.atom) === C) && double.some((n) => env.element(n.atom) === N)) return -0.3396;
    if (triple) return 0.2887;
    const azide =
      double.length === 2 &&
      double.every((n) => env.isAliphatic(n.atom, N)) &&
      double.some((n) => env.charge(n.atom) < 0);
    if (azide) return 0.2887;
  }
  return -0.4806;
}

function oxygen(env: Environment, atom: number): number {
  if (env.aromatic(atom)) return 0.1552;
  const hydrogens = env.hydrogens(atom);
  const charge = env.charge(atom);
  const heavy = env.heavy(atom);
  if (hydrogens === 1 || hydrogens === 2) return -0.2893;
  const single = heavy.filter((n) => env.isSingle(n));
  const aliphatic = single.filter((n) => !env.aromatic(n.atom)).length;
  if (aliphatic >= 2) return -0.0684;
  if (single.length >= 2) return -0.4195;
  const double = heavy.find((n) => env.isDouble(n));
  if (double !== undefined && (env.element(double.atom) === N || env.element(double.atom) === O)) return 0.0335;
  if (double !== undefined && env.element(double.atom) === S) return -0.3339;
  const negative = charge < 0 && env.connections(atom) === 1;
  const partner = heavy[0];
  if (negative && partner !== undefined) {
    if (env.element(partner.atom) === N) return 0.0335;
    if (env.element(partner.atom) === S) return -0.3339;
  }
  if (charge === -1 && partner !== undefined && env.isAliphatic(partner.atom, C) && env.isSingle(partner))
    if (env.heavy(partner.atom).some((n) => env.isDouble(n) && env.isAliphatic(n.atom, O))) return -1.326;
  if (negative && partner !== undefined && !env.isAliphatic(partner.atom, N, S)) return -1.189;
  return double === undefined ? -0.1188 : carbonylOxygen(env, atom, double.atom);
}

function carbonylOxygen(env: Environment, oxygen: number, carbon: number): number {
  if (env.element(carbon) !== C) return -0.1188;
  if (env.aromatic(carbon)) return 0.1788;
  const hydrogens = env.hydrogens(carbon);
  const others = env.heavy(carbon).filter((n) => n.atom !== oxygen);
  const single = others.filter((n) => env.isSingle(n));
  const aliphatic = single.filter((n) => !env.aromatic(n.atom));
  if (hydrogens === 2) return -0.1526;
  if (hydrogens === 1 && aliphatic.some((n) => [C, N, O].includes(env.element(n.atom)))) return -0.1526;
  if (aliphatic.length === 2 && aliphatic.some((n) => env.element(n.atom) === C)) return -0.1526;
  if (env.connections(carbon) === 2 && others.some((n) => env.isDouble(n) && env.isAliphatic(n.atom, O)))
    return -0.1526;
  const aromatic = single.filter((n) => env.aromatic(n.atom));
  if (hydrogens === 1 && aromatic.some((n) => env.element(n.atom) === C)) return 0.1129;
  if (aromatic.length > 0 && single.length === 2) {
    const other = (n: (typeof single)[number]) => single.find((m) => m !== n)!;
    if (aromatic.some((n) => env.element(other(n).atom) === C)) return 0.1129;
    if (aromatic.some((n) => env.element(n.atom) === C && !env.aromatic(other(n).atom))) return 0.1129;
  }
  if (single.length === 2 && single.every((n) => env.element(n.atom) !== C)) return 0.4833;
  return -0.1188;
}

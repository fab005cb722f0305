/**
 * Chooses `/` and `\` for the double bonds of a SMILES: one mark on each side, shared between neighbouring double
 * bonds.
 */
import type { Molecule, Neighbour } from "../molecule.ts";

/** Which end of a single bond lies below the other. */
export interface Direction {
  above: number;
  below: number;
}

/** @returns directions by bond number; the first mark of each group of double bonds is `/`. */
export function chooseDirections(
  molecule: Molecule,
  doubleBonds: readonly number[],
  plan: { order: readonly number[]; isClosure: Uint8Array; from: readonly (Neighbour | undefined)[] },
): Map<number, Direction> {
  const directions = new Map<number, Direction>();
  if (doubleBonds.length === 0) return directions;
  const place = new Map(plan.order.map((atom, i) => [atom, i]));
  const first = (bond: number) => Math.min(place.get(molecule.bonds[bond].a)!, place.get(molecule.bonds[bond].b)!);
  const waiting = doubleBonds.toSorted((x, y) => first(x) - first(y));

  /**
   * Candidate bonds for the mark of an end: marked ones first, then those that are not ring closures, then in written
   * order.
   */
  const marks = (end: number, double: number) =>
    molecule.neighbours[end]
      .filter(({ bond }) => bond !== double && (molecule.bonds[bond].order === 1 || molecule.bonds[bond].aromatic))
      .sort(
        (x, y) =>
          Number(directions.has(y.bond)) - Number(directions.has(x.bond)) ||
          plan.isClosure[x.bond] - plan.isClosure[y.bond] ||
          place.get(x.atom)! - place.get(y.atom)!,
      );
  const isAbove = (mark: Neighbour) => directions.get(mark.bond)!.above === mark.atom;
  const ends = new Map<number, number>();
  for (const bond of doubleBonds)
    for (const end of [molecule.bonds[bond].a, molecule.bonds[bond].b]) ends.set(end, bond);
  /**
   * The direction of a bond implied by the other mark at one of its ends: two neighbours of an end lie on opposite
   * sides.
   */
  const implied = (bond: number): Direction | undefined => {
    const { a, b } = molecule.bonds[bond];
    for (const [end, other] of [
      [a, b],
      [b, a],
    ]) {
      const double = ends.get(end);
      if (double === undefined || double === bond) continue;
      const sibling = molecule.neighbours[end].find(
        (n) => n.bond !== bond && n.bond !== double && directions.has(n.bond),
      );
      if (sibling !== undefined) return isAbove(sibling) ? { above: end, below: other } : { above: other, below: end };
    }
    return undefined;
  };
  const isSettled = (bond: number) => directions.has(bond) || implied(bond) !== undefined;
  const set = (end: number, mark: Neighbour, above: boolean, group: number[]) => {
    directions.set(mark.bond, above ? { above: mark.atom, below: end } : { above: end, below: mark.atom });
    group.push(mark.bond);
  };

  while (waiting.length > 0) {
    const group: number[] = [];
    let next = waiting.shift();
    while (next !== undefined) {
      const { a, b, stereo } = molecule.bonds[next];
      const [left, right] = [marks(a, next)[0], marks(b, next)[0]];
      if (left !== undefined && right !== undefined) {
        for (const { bond } of [left, right]) {
          const known = directions.has(bond) ? undefined : implied(bond);
          if (known === undefined) continue;
          directions.set(bond, known);
          group.push(bond);
        }
        const together = ((left.atom === stereo!.left) === (right.atom === stereo!.right)) === stereo!.together;
        if (!directions.has(left.bond) && !directions.has(right.bond)) set(a, left, true, group);
        if (directions.has(left.bond) && !directions.has(right.bond)) set(b, right, isAbove(left) === together, group);
        else if (!directions.has(left.bond)) set(a, left, isAbove(right) === together, group);
      }
      // The next double bond shares a marked bond, so that its marks follow from it.
      const at = waiting.findIndex((bond) =>
        [molecule.bonds[bond].a, molecule.bonds[bond].b].some((end) =>
          molecule.neighbours[end].some((n) => n.bond !== bond && isSettled(n.bond)),
        ),
      );
      next = at < 0 ? undefined : waiting.splice(at, 1)[0];
    }
    turnFirstUp(molecule, group, directions, plan, place);
  }
  return directions;
}

function turnFirstUp(
  molecule: Molecule,
  group: readonly number[],
  directions: Map<number, Direction>,
  plan: { isClosure: Uint8Array; from: readonly (Neighbour | undefined)[] },
  place: ReadonlyMap<number, number>,
): void {
  if (group.length === 0) return;
  // A bond is written before its later atom; a ring closure's mark after its earlier one.
  const writtenAt = (bond: number) => {
    const { a, b } = molecule.bonds[bond];
    const [early, late] = [Math.min(place.get(a)!, place.get(b)!), Math.max(place.get(a)!, place.get(b)!)];
    return plan.isClosure[bond] ? early + 0.5 : late;
  };
  const head = group.reduce((best, bond) => (writtenAt(bond) < writtenAt(best) ? bond : best));
  const { a, b } = molecule.bonds[head];
  const start = place.get(a)! < place.get(b)! ? a : b;
  if (directions.get(head)!.below === start) return;
  for (const bond of group) {
    const { above, below } = directions.get(bond)!;
    directions.set(bond, { above: below, below: above });
  }
}

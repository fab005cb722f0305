/** Chooses the bonds drawn as wedges, so that the drawing shows the chirality of every stereocentre. */
import { stereocentres } from "../canonical/rank.ts";
import { isEvenPermutation, type Molecule } from "../molecule.ts";
import { angleOf, type Point } from "./geometry.ts";

export interface Wedge {
  bond: number;
  /** The narrow end. */
  from: number;
  up: boolean;
}

export function wedgesFor(molecule: Molecule, points: readonly Point[]): Wedge[] {
  const centres = stereocentres(molecule);
  const isCentre = new Set(centres);
  const taken = new Set<number>();
  const wedges: Wedge[] = [];
  // Centres with the fewest candidate bonds first.
  const freeBonds = (atom: number) =>
    molecule.neighbours[atom].filter((n) => !molecule.bonds[n.bond].inRing && !isCentre.has(n.atom)).length;
  for (const atom of centres.toSorted((x, y) => freeBonds(x) - freeBonds(y))) {
    const choices = molecule.neighbours[atom].filter((n) => !taken.has(n.bond) && molecule.bonds[n.bond].order === 1);
    const cost = (n: (typeof choices)[number]) =>
      (molecule.bonds[n.bond].inRing ? 4 : 0) +
      (isCentre.has(n.atom) ? 8 : 0) +
      Math.min(3, molecule.neighbours[n.atom].length);
    const chosen = choices.sort((x, y) => cost(x) - cost(y))[0];
    if (chosen === undefined) continue;
    taken.add(chosen.bond);
    wedges.push({ bond: chosen.bond, from: atom, up: looksUp(molecule, points, atom, chosen.atom) });
  }
  return wedges;
}

/**
 * Whether `toward` must point towards the viewer, given the centre's chirality and the positions of the other
 * neighbours (anticlockwise on paper).
 */
function looksUp(molecule: Molecule, points: readonly Point[], atom: number, toward: number): boolean {
  const stereo = molecule.atoms[atom].stereo!;
  const angle = (other: number) => angleOf(points[atom], points[other]);
  const others = molecule.neighbours[atom].map((n) => n.atom).filter((other) => other !== toward);
  const byAngle = others.toSorted((x, y) => angle(x) - angle(y));
  // The hydrogen or lone pair that is not drawn lies below the paper, opposite the wedge: seen from the rising bond it comes last.
  if (others.length === 2) {
    const start = angle(toward);
    const turn = (other: number) => (angle(other) - start + 4 * Math.PI) % (2 * Math.PI);
    byAngle.sort((x, y) => turn(x) - turn(y));
  }
  const drawn = [toward, ...byAngle];
  if (stereo.neighbours.length === 4 && drawn.length === 3) {
    // toward, p, q anticlockwise and rising, the hydrogen below: from the hydrogen they run clockwise, so from `toward`, (p, q, H) run anticlockwise.
    return isEvenPermutation(stereo.neighbours, [...drawn, -1]) !== stereo.clockwise;
  }
  return isEvenPermutation(stereo.neighbours, drawn) !== stereo.clockwise;
}

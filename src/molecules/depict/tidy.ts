/** Corrects a layout: double bonds drawn with the wrong configuration, and overlapping branches. Both are fixed by flipping a branch about a bond. */
import type { Molecule } from "../molecule.ts";
import { angleOf, distance, mirrored, type Point, side } from "./geometry.ts";

type Places = Map<number, Point>;

/** Flips one end of each double bond that is drawn with the wrong configuration. */
export function correctSides(molecule: Molecule, places: Places): void {
  for (const bond of molecule.bonds) {
    if (bond.stereo === undefined || bond.inRing || !places.has(bond.a)) continue;
    const [a, b] = [places.get(bond.a)!, places.get(bond.b)!];
    const { left, right, together } = bond.stereo;
    const same = side(a, b, places.get(left)!) * side(a, b, places.get(right)!) > 0;
    if (same !== together) reflectBranch(branchBeyond(molecule, bond.a, bond.b), a, b, places);
  }
}

/** Atoms on `to`'s side of an acyclic bond. */
function branchBeyond(molecule: Molecule, from: number, to: number): number[] {
  const seen = new Set([from, to]);
  const queue = [to];
  for (const atom of queue)
    for (const n of molecule.neighbours[atom])
      if (!seen.has(n.atom)) {
        seen.add(n.atom);
        queue.push(n.atom);
      }
  return queue;
}

function reflectBranch(atoms: readonly number[], a: Point, b: Point, places: Places): void {
  for (const atom of atoms) places.set(atom, mirrored(places.get(atom)!, a, b));
}

/** Atoms closer than this, in bond lengths, are crowded. */
const crowded = 0.75;
/** Larger molecules are not tidied: trying every bond would take too long. */
const maxAtoms = 250;

/** Flips branches, then bends them, while that reduces crowding. */
export function uncross(molecule: Molecule, places: Places): void {
  if (places.size > maxAtoms) return;
  const atoms = [...places.keys()];
  let score = crowding(molecule, atoms, places);
  const candidates = molecule.bonds.filter((bond) => places.has(bond.a) && !bond.inRing && bond.order === 1);
  const attempts: ((a: Point, b: Point, point: Point) => Point)[] = [
    (a, b, point) => mirrored(point, a, b),
    ...[30, -30, 60, -60].map(
      (degrees) => (a: Point, _b: Point, point: Point) => rotated(point, a, (degrees * Math.PI) / 180),
    ),
  ];
  for (const attempt of attempts)
    for (let round = 0; round < 3 && score > 0; round++) {
      let improved = false;
      for (const bond of candidates) {
        const behind = branchBeyond(molecule, bond.a, bond.b);
        const [from, branch] =
          behind.length * 2 <= atoms.length ? [bond.a, behind] : [bond.b, branchBeyond(molecule, bond.b, bond.a)];
        if (branch.length + 1 >= atoms.length && branch.length > 1) continue;
        const before = branch.map((atom) => places.get(atom)!);
        const [a, b] = [places.get(from)!, places.get(bond.a + bond.b - from)!];
        for (const atom of branch) places.set(atom, attempt(a, b, places.get(atom)!));
        const next = crowding(molecule, atoms, places);
        if (next < score - 1e-3) {
          score = next;
          improved = true;
        } else
          branch.forEach((atom, i) => {
            places.set(atom, before[i]);
          });
      }
      if (!improved) break;
    }
}

function rotated(point: Point, around: Point, angle: number): Point {
  const radius = distance(around, point);
  const turned = angleOf(around, point) + angle;
  return { x: around.x + radius * Math.cos(turned), y: around.y + radius * Math.sin(turned) };
}

function crowding(molecule: Molecule, atoms: readonly number[], places: Places): number {
  let score = 0;
  for (let i = 0; i < atoms.length; i++) {
    const p = places.get(atoms[i])!;
    for (let j = i + 1; j < atoms.length; j++) {
      const q = places.get(atoms[j])!;
      if (Math.abs(p.x - q.x) > crowded || Math.abs(p.y - q.y) > crowded) continue;
      const d = distance(p, q);
      if (d < crowded && !molecule.neighbours[atoms[i]].some((n) => n.atom === atoms[j]))
        score += (crowded - d) ** 2 + 0.05;
    }
  }
  return score + crossings(molecule, places);
}

function crossings(molecule: Molecule, places: Places): number {
  const bonds = molecule.bonds.filter((bond) => places.has(bond.a));
  let count = 0;
  for (let i = 0; i < bonds.length; i++) {
    const [a, b] = [places.get(bonds[i].a)!, places.get(bonds[i].b)!];
    for (let j = i + 1; j < bonds.length; j++) {
      const other = bonds[j];
      if (other.a === bonds[i].a || other.a === bonds[i].b || other.b === bonds[i].a || other.b === bonds[i].b)
        continue;
      const [c, d] = [places.get(other.a)!, places.get(other.b)!];
      if (Math.abs(a.x - c.x) > 2.5 || Math.abs(a.y - c.y) > 2.5) continue;
      if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) count++;
    }
  }
  return count * 0.5;
}

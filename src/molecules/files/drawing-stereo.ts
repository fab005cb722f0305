/** Stereo from coordinates: wedges of a 2D drawing, or 3D positions. */
import type { RawAtom, RawBond, RawMolecule } from "../smiles/parse.ts";

export interface Drawing {
  /** `unpaired`: number of unpaired electrons. */
  atoms: (Omit<RawAtom, "position" | "order"> & { x: number; y: number; z: number; unpaired: number })[];
  /** `wedge` 1 rises from `a` to `b`, -1 falls; `unknown`: drawn as either. */
  bonds: { a: number; b: number; order: RawBond["order"]; wedge: -1 | 0 | 1; unknown: boolean }[];
}

/** Elements whose lone pair does not invert, so that three neighbours make a stereocentre. */
const pyramids = [15, 16, 33, 34];

/** Sets `chirality` of atoms (relative to their `order`) and `sides`. Atoms that are not stereocentres are dropped during ranking. */
export function stereoFromDrawing(raw: RawMolecule, drawing: Drawing): void {
  const flat = drawing.atoms.every((atom) => atom.z === 0);
  const bondsOf: Drawing["bonds"][] = drawing.atoms.map(() => []);
  for (const bond of drawing.bonds) {
    bondsOf[bond.a].push(bond);
    bondsOf[bond.b].push(bond);
  }
  raw.atoms.forEach((atom, index) => {
    setHand(atom, index, drawing, bondsOf[index], flat);
  });
  raw.sides = drawing.bonds.flatMap((bond) => {
    if (bond.order !== 2 || bond.unknown) return [];
    const left = referenceOf(drawing, bondsOf, bond.a, bond.b);
    const right = referenceOf(drawing, bondsOf, bond.b, bond.a);
    if (left === undefined || right === undefined) return [];
    const [a, b, l, r] = [bond.a, bond.b, left, right].map((i) => drawing.atoms[i]);
    const axis = subtract(position(b), position(a));
    const [one, two] = [
      perpendicular(subtract(position(l), position(a)), axis),
      perpendicular(subtract(position(r), position(b)), axis),
    ];
    const dot = one[0] * two[0] + one[1] * two[1] + one[2] * two[2];
    // A linear drawing shows no configuration.
    if (Math.abs(dot) < 1e-2) return [];
    return [{ a: bond.a, b: bond.b, left, right, together: dot > 0 }];
  });
}

function setHand(atom: RawAtom, index: number, drawing: Drawing, bonds: Drawing["bonds"], flat: boolean): void {
  if (atom.order.length < 3 || atom.order.length > 4) return;
  if (bonds.some((bond) => bond.order !== 1 && !(pyramids.includes(atom.element) && bond.order === 2))) return;
  if (bonds.some((bond) => bond.unknown) || (flat && !bonds.some((bond) => bond.a === index && bond.wedge !== 0)))
    return;
  const centre = drawing.atoms[index];
  const vectors = atom.order.map((other) => {
    const [x, y, z] = subtract(position(drawing.atoms[other]), position(centre));
    const length = Math.hypot(x, y, z) || 1;
    const wedge = bonds.find((bond) => bond.a === index && bond.b === other)?.wedge ?? 0;
    return [x / length, y / length, flat ? wedge : z / length];
  });
  // Of three neighbours the fourth (a hydrogen or a lone pair) points away from them.
  const viewer =
    vectors.length === 4
      ? vectors[0]
      : [0, 1, 2].map((axis) => -(vectors[0][axis] + vectors[1][axis] + vectors[2][axis]));
  const [p, q, r] = vectors.slice(-3);
  const volume = determinant(subtract(p, viewer), subtract(q, viewer), subtract(r, viewer));
  if (Math.abs(volume) < 1e-3) return;
  // Seen from the fourth, the three run anticlockwise when this is negative.
  const anticlockwise = volume < 0;
  const lonePair = vectors.length === 3 && pyramids.includes(atom.element);
  if (vectors.length === 3 && !lonePair) atom.order.unshift(-1);
  // The chirality of three neighbours is defined as seen from the first of them, opposite to the view from the lone
  // pair.
  atom.chirality = anticlockwise !== lonePair ? "@" : "@@";
}

/**
 * A neighbour that defines the side of a double bond's end; heavy atoms are preferred, because hydrogens become counts.
 */
function referenceOf(
  drawing: Drawing,
  bondsOf: readonly Drawing["bonds"][],
  end: number,
  other: number,
): number | undefined {
  const bonds = bondsOf[end].filter((bond) => bond.a + bond.b - end !== other);
  if (
    bonds.length === 0 ||
    bonds.length > 2 ||
    bonds.some((bond) => bond.unknown || (bond.order !== 1 && bond.order !== 5))
  )
    return undefined;
  const atoms = bonds.map((bond) => bond.a + bond.b - end);
  return atoms.find((atom) => drawing.atoms[atom].element !== 1) ?? atoms[0];
}

function position({ x, y, z }: { x: number; y: number; z: number }): number[] {
  return [x, y, z];
}

/** The component of a vector perpendicular to an axis, normalised. */
function perpendicular(vector: readonly number[], axis: readonly number[]): number[] {
  const square = axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2 || 1;
  const along = (vector[0] * axis[0] + vector[1] * axis[1] + vector[2] * axis[2]) / square;
  const across = vector.map((value, i) => value - along * axis[i]);
  const length = Math.hypot(...across);
  return length < 1e-6 ? [0, 0, 0] : across.map((value) => value / length);
}

function subtract(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value - b[i]);
}

function determinant(a: readonly number[], b: readonly number[], c: readonly number[]): number {
  return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
}

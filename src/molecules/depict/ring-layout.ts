/** Coordinates of the atoms of one ring system: regular polygons joined at their bonds, bridges as arcs. */
import type { Molecule, Ring } from "../molecule.ts";
import { add, angleOf, centroid, distance, type Point, polar, side, subtract } from "./geometry.ts";

export function layOutRingSystem(molecule: Molecule, rings: readonly Ring[]): Map<number, Point> {
  const places = new Map<number, Point>();
  const touching = (ring: Ring) =>
    rings.filter((other) => other !== ring && other.atoms.some((atom) => ring.atoms.includes(atom))).length;
  // Start with the ring that has most neighbouring rings.
  const first = rings.reduce((best, ring) => (touching(ring) > touching(best) ? ring : best));
  polygon(first.atoms.length, { x: 0, y: 0 }, Math.PI / 2).forEach((point, i) => {
    places.set(first.atoms[i], point);
  });
  const waiting = new Set(rings.filter((ring) => ring !== first));
  let irregular = false;
  while (waiting.size > 0) {
    const shared = (ring: Ring) => ring.atoms.filter((atom) => places.has(atom)).length;
    // Rings fused at one bond fit exactly; bridged rings, which share more, are placed last.
    const order = (ring: Ring) => (shared(ring) === 2 ? 0 : shared(ring) === 1 ? 1 : shared(ring) > 2 ? 2 : 3);
    const ring = [...waiting].reduce((best, other) => (order(other) < order(best) ? other : best));
    waiting.delete(ring);
    if (shared(ring) === ring.atoms.length) continue;
    if (shared(ring) === 1) attachSpiro(molecule, ring, places);
    else {
      irregular ||= shared(ring) > 2 || !fuse(ring, places);
      if (shared(ring) < ring.atoms.length) bridge(ring, places);
    }
  }
  if (irregular) relax(molecule, places);
  return places;
}

function polygon(count: number, centre: Point, start: number): Point[] {
  const radius = 1 / (2 * Math.sin(Math.PI / count));
  return Array.from({ length: count }, (_, i) => polar(centre, start + (2 * Math.PI * i) / count, radius));
}

/** A polygon on the free side of a placed bond. False when the shared atoms are not the two ends of one bond. */
function fuse(ring: Ring, places: Map<number, Point>): boolean {
  const count = ring.atoms.length;
  const at = ring.atoms.findIndex((atom, i) => places.has(atom) && places.has(ring.atoms[(i + 1) % count]));
  if (at < 0) return false;
  const [a, b] = [places.get(ring.atoms[at])!, places.get(ring.atoms[(at + 1) % count])!];
  const middle = centroid([a, b]);
  const height = 1 / (2 * Math.tan(Math.PI / count));
  const across = polar({ x: 0, y: 0 }, angleOf(a, b) + Math.PI / 2, height);
  const options = [add(middle, across), add(middle, across, -1)];
  const crowd = (point: Point) =>
    [...places.values()].reduce((sum, other) => sum + 1 / (0.1 + distance(point, other) ** 2), 0);
  const centre = crowd(options[0]) < crowd(options[1]) ? options[0] : options[1];
  const start = angleOf(centre, a);
  const step = side(centre, a, b) > 0 ? 1 : -1;
  const radius = 1 / (2 * Math.sin(Math.PI / count));
  for (let i = 2; i < count; i++) {
    const atom = ring.atoms[(at + i) % count];
    if (!places.has(atom)) places.set(atom, polar(centre, start + (step * 2 * Math.PI * i) / count, radius));
  }
  return true;
}

function attachSpiro(molecule: Molecule, ring: Ring, places: Map<number, Point>): void {
  const count = ring.atoms.length;
  const at = ring.atoms.findIndex((atom) => places.has(atom));
  const joint = places.get(ring.atoms[at])!;
  const around = molecule.neighbours[ring.atoms[at]].flatMap((n) => places.get(n.atom) ?? []);
  const away = angleOf(centroid(around), joint);
  const radius = 1 / (2 * Math.sin(Math.PI / count));
  const centre = polar(joint, away, radius);
  polygon(count, centre, away + Math.PI).forEach((point, i) => {
    const atom = ring.atoms[(at + i) % count];
    if (!places.has(atom)) places.set(atom, point);
  });
}

/** Places atoms between two placed ones on an arc that bulges away from existing atoms. */
function bridge(ring: Ring, places: Map<number, Point>): void {
  const count = ring.atoms.length;
  for (let at = 0; at < count; at++) {
    if (!places.has(ring.atoms[at]) || places.has(ring.atoms[(at + 1) % count])) continue;
    const free: number[] = [];
    let end = (at + 1) % count;
    while (!places.has(ring.atoms[end])) {
      free.push(ring.atoms[end]);
      end = (end + 1) % count;
    }
    const [a, b] = [places.get(ring.atoms[at])!, places.get(ring.atoms[end])!];
    const middle = centroid([...places.values()]);
    const outward = side(a, b, middle) > 0 ? -1 : 1;
    arc(a, b, free.length, outward).forEach((point, i) => {
      places.set(free[i], point);
    });
  }
}

/** `count` points between a and b, at unit distance along a circle; on a line if a and b are too far apart. */
function arc(a: Point, b: Point, count: number, outward: number): Point[] {
  const chord = distance(a, b);
  const segments = count + 1;
  const along = subtract(b, a);
  if (chord >= segments * 0.98 || chord < 1e-6)
    return Array.from({ length: count }, (_, i) => {
      const t = (i + 1) / segments;
      return { x: a.x + along.x * t - along.y * 0.2 * outward, y: a.y + along.y * t + along.x * 0.2 * outward };
    });
  // A chord of one spans the angle `step`; `segments` of them span the chord a-b.
  let [low, high] = [1e-4, (2 * Math.PI) / segments - 1e-4];
  for (let i = 0; i < 60; i++) {
    const step = (low + high) / 2;
    const spanned = Math.sin((segments * step) / 2) / Math.sin(step / 2);
    if (spanned > chord) low = step;
    else high = step;
  }
  const step = (low + high) / 2;
  const radius = 1 / (2 * Math.sin(step / 2));
  const half = (segments * step) / 2;
  const normal = { x: (-along.y / chord) * outward, y: (along.x / chord) * outward };
  const centre = add(centroid([a, b]), normal, -radius * Math.cos(half));
  const start = angleOf(centre, a);
  const turn = side(a, b, add(a, normal)) > 0 ? -1 : 1;
  return Array.from({ length: count }, (_, i) => polar(centre, start + turn * step * (i + 1), radius));
}

/** Relaxes bond lengths to one and pushes crowded atoms apart, for systems that polygons cannot represent. */
function relax(molecule: Molecule, places: Map<number, Point>): void {
  const atoms = [...places.keys()];
  // Every pair in every round: large cages get fewer rounds.
  const rounds = Math.min(150, Math.ceil(3e7 / atoms.length ** 2));
  for (let round = 0; round < rounds; round++) {
    const strength = 0.3 * (1 - round / rounds);
    for (const atom of atoms)
      for (const { atom: other } of molecule.neighbours[atom]) {
        const q = places.get(other);
        if (q === undefined || other < atom) continue;
        const p = places.get(atom)!;
        const length = distance(p, q) || 1e-3;
        const move = ((length - 1) / length) * strength * 0.5;
        const d = subtract(q, p);
        places.set(atom, add(p, d, move));
        places.set(other, add(q, d, -move));
      }
    for (let i = 0; i < atoms.length; i++)
      for (let j = i + 1; j < atoms.length; j++) {
        const [p, q] = [places.get(atoms[i])!, places.get(atoms[j])!];
        const length = distance(p, q) || 1e-3;
        if (length > 0.8) continue;
        const move = ((0.8 - length) / length) * strength * 0.3;
        const d = subtract(q, p);
        places.set(atoms[i], add(p, d, -move));
        places.set(atoms[j], add(q, d, move));
      }
  }
}

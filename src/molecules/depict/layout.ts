/**
 * Two-dimensional layout of a molecule: ring systems as polygons, chains in zigzag, double bonds with their
 * configuration, then branches flipped where they overlap. Bonds have length one.
 */
import { componentsOf, type Molecule, type Ring } from "../molecule.ts";
import { add, angleOf, centroid, distance, type Point, polar } from "./geometry.ts";
import { layOutRingSystem } from "./ring-layout.ts";
import { correctSides, uncross } from "./tidy.ts";

/** @returns a point for each atom, x to the right, y up; components of a mixture are placed side by side. */
export function layOut(molecule: Molecule): Point[] {
  const points: Point[] = new Array(molecule.atoms.length);
  let right = 0;
  for (const atoms of componentsOf(molecule)) {
    const places = layOutComponent(molecule, atoms);
    correctSides(molecule, places);
    uncross(molecule, places);
    turnWide(places);
    const xs = [...places.values()].map((p) => p.x);
    const ys = [...places.values()].map((p) => p.y);
    const shift = { x: right - Math.min(...xs), y: -(Math.min(...ys) + Math.max(...ys)) / 2 };
    for (const [atom, point] of places) points[atom] = add(point, shift);
    right += Math.max(...xs) - Math.min(...xs) + 1.5;
  }
  return points;
}

function layOutComponent(molecule: Molecule, atoms: readonly number[]): Map<number, Point> {
  const systems = ringSystems(molecule, new Set(atoms));
  const systemOf = new Map<number, Map<number, Point>>();
  let largest: Map<number, Point> | undefined;
  for (const rings of systems) {
    const local = layOutRingSystem(molecule, rings);
    for (const atom of local.keys()) systemOf.set(atom, local);
    if (largest === undefined || local.size > largest.size) largest = local;
  }
  const places = new Map<number, Point>();
  const queue: number[] = [];
  if (largest === undefined) {
    const start = farthest(molecule, farthest(molecule, atoms[0]));
    places.set(start, { x: 0, y: 0 });
    queue.push(start);
  } else
    for (const [atom, point] of largest) {
      places.set(atom, point);
      queue.push(atom);
    }
  for (let at = 0; at < queue.length; at++) {
    const atom = queue[at];
    const waiting = molecule.neighbours[atom].filter((n) => !places.has(n.atom)).map((n) => n.atom);
    // The longest branch continues the zigzag, so that main chains stay straight.
    waiting.sort((x, y) => branchSize(molecule, atom, y) - branchSize(molecule, atom, x));
    const angles = directionsFor(molecule, atom, waiting.length, places);
    waiting.forEach((next, i) => {
      const target = polar(places.get(atom)!, angles[i]);
      const system = systemOf.get(next);
      if (system === undefined) {
        places.set(next, target);
        queue.push(next);
      } else
        for (const [member, point] of moved(molecule, system, next, target, angles[i])) {
          places.set(member, point);
          queue.push(member);
        }
    });
  }
  return places;
}

function ringSystems(molecule: Molecule, atoms: ReadonlySet<number>): Ring[][] {
  const systems: Ring[][] = [];
  for (const ring of molecule.rings) {
    if (!atoms.has(ring.atoms[0])) continue;
    const joined = systems.filter((system) =>
      system.some((other) => other.atoms.some((atom) => ring.atoms.includes(atom))),
    );
    const rest = systems.filter((system) => !joined.includes(system));
    systems.splice(0, systems.length, ...rest, [...joined.flat(), ring]);
  }
  return systems;
}

function farthest(molecule: Molecule, from: number): number {
  const seen = new Set([from]);
  let last = from;
  for (const atom of seen) {
    last = atom;
    for (const n of molecule.neighbours[atom]) seen.add(n.atom);
  }
  return last;
}

function branchSize(molecule: Molecule, from: number, into: number): number {
  const seen = new Set([from, into]);
  const queue = [into];
  for (const atom of queue)
    for (const n of molecule.neighbours[atom])
      if (!seen.has(n.atom) && queue.length < 200) {
        seen.add(n.atom);
        queue.push(n.atom);
      }
  return queue.length;
}

/** Angles for `count` new neighbours of a placed atom. */
function directionsFor(molecule: Molecule, atom: number, count: number, places: ReadonlyMap<number, Point>): number[] {
  if (count === 0) return [];
  const here = places.get(atom)!;
  const used = molecule.neighbours[atom].flatMap((n) => {
    const point = places.get(n.atom);
    return point === undefined ? [] : [{ atom: n.atom, angle: angleOf(here, point) }];
  });
  if (used.length === 0) {
    const step = count === 2 ? (2 * Math.PI) / 3 : (2 * Math.PI) / Math.max(2, count);
    return Array.from({ length: count }, (_, i) => Math.PI / 6 + i * step);
  }
  if (used.length === 1) return fromOneSide(molecule, atom, count, used[0], places);
  // Inside the widest gap between existing neighbours.
  const sorted = used.map((u) => u.angle).sort((x, y) => x - y);
  let best = { start: 0, width: -1 };
  sorted.forEach((start, i) => {
    const end = i + 1 < sorted.length ? sorted[i + 1] : sorted[0] + 2 * Math.PI;
    if (end - start > best.width + 1e-6) best = { start, width: end - start };
  });
  if (count === 2 && best.width > Math.PI) {
    const middle = best.start + best.width / 2;
    const spread = Math.min(Math.PI / 3, best.width / 6);
    return [middle - spread, middle + spread];
  }
  return Array.from({ length: count }, (_, i) => best.start + (best.width * (i + 1)) / (count + 1));
}

function fromOneSide(
  molecule: Molecule,
  atom: number,
  count: number,
  from: { atom: number; angle: number },
  places: ReadonlyMap<number, Point>,
): number[] {
  const orders = molecule.neighbours[atom].map((n) => molecule.bonds[n.bond].order);
  const linear = orders.includes(3) || (orders.filter((order) => order === 2).length === 2 && orders.length === 2);
  if (count === 1) {
    if (linear) return [from.angle + Math.PI];
    // Zigzag: turn away from the previous bond's direction.
    const options = [from.angle + (2 * Math.PI) / 3, from.angle - (2 * Math.PI) / 3];
    const before = molecule.neighbours[from.atom].flatMap((n) => (n.atom === atom ? [] : (places.get(n.atom) ?? [])));
    const room = (angle: number) =>
      Math.min(9, ...before.map((point) => distance(point, polar(places.get(atom)!, angle))));
    return [room(options[0]) > room(options[1]) + 1e-6 ? options[0] : options[1]];
  }
  if (count === 2) {
    const [main, other] = fromOneSide(molecule, atom, 1, from, places).map((angle) => [
      angle,
      2 * from.angle - angle,
    ])[0];
    return [main, other];
  }
  return Array.from(
    { length: count },
    (_, i) => from.angle + (2 * Math.PI * ((i + 1) % (count + 1) || 1)) / (count + 1),
  ).sort((x, y) => Math.abs(x - from.angle - Math.PI) - Math.abs(y - from.angle - Math.PI));
}

/** Moves and rotates a ring system so that its atom lies at `target` and its rings beyond. */
function moved(
  molecule: Molecule,
  system: ReadonlyMap<number, Point>,
  atom: number,
  target: Point,
  direction: number,
): Map<number, Point> {
  const origin = system.get(atom)!;
  const around = molecule.neighbours[atom].flatMap((n) => system.get(n.atom) ?? []);
  const turn = direction - outward(origin, around);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return new Map(
    [...system].map(([member, { x, y }]) => {
      const [dx, dy] = [x - origin.x, y - origin.y];
      return [member, { x: target.x + dx * cos - dy * sin, y: target.y + dx * sin + dy * cos }];
    }),
  );
}

/** Direction from an atom into its rings: the middle of the widest angle between its ring bonds. */
function outward(origin: Point, around: readonly Point[]): number {
  const middle = centroid(around);
  if (distance(middle, origin) > 0.1) return angleOf(origin, middle);
  return angleOf(origin, around[0]) + Math.PI / 2;
}

/** Rotates the drawing in steps of 30 degrees to maximise its width and minimise its height. */
function turnWide(places: Map<number, Point>): void {
  let best = { turn: 0, score: Number.NEGATIVE_INFINITY };
  const points = [...places.values()];
  for (let i = 0; i < 6; i++) {
    const turn = (i * Math.PI) / 6;
    const xs = points.map(({ x, y }) => x * Math.cos(turn) - y * Math.sin(turn));
    const ys = points.map(({ x, y }) => x * Math.sin(turn) + y * Math.cos(turn));
    const score = Math.max(...xs) - Math.min(...xs) - (Math.max(...ys) - Math.min(...ys));
    if (score > best.score + 0.3) best = { turn, score };
  }
  const [cos, sin] = [Math.cos(best.turn), Math.sin(best.turn)];
  for (const [atom, { x, y }] of places) places.set(atom, { x: x * cos - y * sin, y: x * sin + y * cos });
}

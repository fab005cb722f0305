/**
 * Atoms in ordered cells of equal invariants, refined until equal atoms have equal neighbourhoods (as in McKay 1981). A
 * cell's colour is the position of its first atom, so splitting one cell leaves the other colours unchanged. Rounds are
 * synchronous: the result does not depend on atom numbers.
 */
import { tooLarge } from "../limits.ts";
import type { Molecule } from "../molecule.ts";
import { centreValue, doubleBondValue } from "./stereo-values.ts";

export class Partition {
  /** Colour of each atom: the first position of its cell. */
  readonly colour: Int32Array;
  /** Atoms by position. */
  readonly places: Int32Array;
  /** Number of atoms of the cell that begins at a position. */
  readonly sizes: Int32Array;
  /** A hash of how cells were split, in an order independent of atom numbers: equal histories have equal traces. */
  trace = 0;
  cells = 0;
  /** Comparison keys of the atoms of the current cells; a shared buffer that is written before it is read. */
  private readonly keys: number[][];

  private constructor(
    readonly graph: Graph,
    from?: Partition,
  ) {
    const count = graph.count;
    spend(graph, count >> 3);
    this.keys = from === undefined ? new Array(count) : from.keys;
    this.colour = from === undefined ? new Int32Array(count) : from.colour.slice();
    this.places = from === undefined ? new Int32Array(count) : from.places.slice();
    this.sizes = from === undefined ? new Int32Array(count) : from.sizes.slice();
    if (from !== undefined) {
      this.trace = from.trace;
      this.cells = from.cells;
    }
  }

  /** All atoms by their own invariants, refined. */
  static of(graph: Graph, invariants: Float64Array): Partition {
    const partition = new Partition(graph);
    for (let i = 0; i < graph.count; i++) partition.places[i] = i;
    partition.sizes[0] = graph.count;
    partition.cells = graph.count > 0 ? 1 : 0;
    partition.splitCell(0, (atom) => invariants[atom], []);
    partition.refine(undefined);
    return partition;
  }

  copy(): Partition {
    const copy = new Partition(this.graph, this);
    copy.trace = 0;
    return copy;
  }

  get discrete(): boolean {
    return this.cells === this.graph.count;
  }

  /** The first cell with several atoms. */
  firstTie(): number[] {
    for (let place = 0; place < this.graph.count; place += this.sizes[place])
      if (this.sizes[place] > 1) return Array.from(this.places.subarray(place, place + this.sizes[place]));
    return [];
  }

  /** Puts one atom of a cell before the others, and refines. */
  individualise(atom: number): void {
    const start = this.colour[atom];
    const changed: number[] = [];
    this.splitCell(start, (other) => (other === atom ? 0 : 1), changed);
    this.refine(changed);
  }

  /** Refines by neighbours, then by stereo relative to the colours, until neither splits a cell. */
  private refine(changed: number[] | undefined): void {
    this.refineByNeighbours(changed);
    if (this.graph.centres.length === 0 && this.graph.doubleBonds.length === 0) return;
    for (;;) {
      const { values, signature } = this.stereoValues();
      const split: number[] = [];
      for (let place = 0; place < this.graph.count; place += this.sizes[place])
        if (this.sizes[place] > 1) this.splitCell(place, (atom) => values.get(atom) ?? 0, split);
      if (split.length === 0) {
        this.mix(signature);
        return;
      }
      this.refineByNeighbours(split);
    }
  }

  private refineByNeighbours(changed: number[] | undefined): void {
    const { offsets, targets, codes } = this.graph;
    let dirty: Set<number> | undefined;
    const touch = (atoms: Iterable<number>) => {
      const cells = new Set<number>();
      for (const atom of atoms)
        for (let i = offsets[atom]; i < offsets[atom + 1]; i++) {
          const cell = this.colour[targets[i]];
          if (this.sizes[cell] > 1) cells.add(cell);
        }
      return cells;
    };
    if (changed !== undefined) dirty = touch(changed);
    for (;;) {
      const cells: number[] = [];
      if (dirty === undefined) {
        for (let place = 0; place < this.graph.count; place += this.sizes[place])
          if (this.sizes[place] > 1) cells.push(place);
      } else cells.push(...dirty);
      if (cells.length === 0) return;
      cells.sort((x, y) => x - y);
      for (const cell of cells) spend(this.graph, this.sizes[cell] + 8);
      // All keys of a round are computed before any cell is split.
      for (const cell of cells)
        for (let place = cell; place < cell + this.sizes[cell]; place++) {
          const atom = this.places[place];
          const list: number[] = [];
          for (let i = offsets[atom]; i < offsets[atom + 1]; i++)
            insertSorted(list, codes[i] * 1e6 + this.colour[targets[i]]);
          this.keys[atom] = list;
        }
      const split: number[] = [];
      for (const cell of cells) this.splitCell(cell, undefined, split);
      if (split.length === 0) return;
      dirty = touch(split);
    }
  }

  /** Splits one cell by one number of each atom, or by `keys`; atoms whose colour changes are added to `changed`. */
  private splitCell(start: number, key: ((atom: number) => number) | undefined, changed: number[]): void {
    const size = this.sizes[start];
    const { keys } = this;
    const members = Array.from(this.places.subarray(start, start + size));
    if (key !== undefined) for (const atom of members) keys[atom] = [key(atom)];
    const compare = (x: number, y: number) => {
      const [a, b] = [keys[x], keys[y]];
      for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
      return 0;
    };
    members.sort(compare);
    if (compare(members[0], members[size - 1]) === 0) return;
    let first = start;
    for (let i = 0; i < size; i++) {
      const atom = members[i];
      if (i > 0 && compare(members[i - 1], atom) !== 0) {
        this.sizes[first] = start + i - first;
        first = start + i;
        this.cells++;
      }
      this.places[start + i] = atom;
      if (this.colour[atom] !== first) {
        this.colour[atom] = first;
        changed.push(atom);
      }
    }
    this.sizes[first] = start + size - first;
    for (let place = start; place < start + size; place += this.sizes[place]) {
      this.mix(place);
      this.mix(this.sizes[place]);
      for (const number of keys[this.places[place]]) this.mix(number);
    }
  }

  private stereoValues(): { values: Map<number, number>; signature: number } {
    const values = new Map<number, number>();
    const seen: [number, number][] = [];
    for (const atom of this.graph.centres) {
      const value = centreValue(this.graph.molecule.atoms[atom].stereo!, this.colour);
      values.set(atom, value);
      seen.push([this.colour[atom], value]);
    }
    for (const index of this.graph.doubleBonds) {
      const bond = this.graph.molecule.bonds[index];
      const value = doubleBondValue(this.graph.molecule, bond, this.colour);
      for (const atom of [bond.a, bond.b]) {
        values.set(atom, (values.get(atom) ?? 0) * 3 + value);
        seen.push([this.colour[atom], value]);
      }
    }
    seen.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
    let signature = 0;
    for (const [colour, value] of seen) signature = mixed(mixed(signature, colour), value);
    return { values, signature };
  }

  private mix(value: number): void {
    this.trace = mixed(this.trace, value);
  }
}

/**
 * Atoms looked at for one canonical order. Molecules of a few hundred atoms take thousands, long chains of equal units millions; regular graphs and
 * hundreds of equal branches would take minutes.
 */
const maxWork = 8_000_000;

function spend({ work }: Graph, atoms: number): void {
  work.done += atoms;
  if (work.done > maxWork)
    throw tooLarge(
      "a molecule is too symmetric for its size to be put into a canonical order",
      "canonical order",
      `at most ${maxWork} steps`,
      "more",
    );
}

function mixed(hash: number, value: number): number {
  let x = Math.imul(hash ^ (value % 4294967296), 0x9e3779b1) ^ Math.imul(Math.floor(value / 4294967296), 0x85ebca77);
  x ^= x >>> 15;
  x = Math.imul(x, 0x2c1b3c6d);
  return (x ^ (x >>> 13)) >>> 0;
}

function insertSorted(list: number[], value: number): void {
  let i = list.length;
  while (i > 0 && list[i - 1] > value) i--;
  list.splice(i, 0, value);
}

/** A molecule's bonds as flat arrays, with the stereo information that can distinguish atoms. */
export interface Graph {
  molecule: Molecule;
  count: number;
  offsets: Int32Array;
  targets: Int32Array;
  codes: Uint8Array;
  centres: number[];
  doubleBonds: number[];
  /** Counts atoms looked at, over all partitions of one ranking. */
  work: { done: number };
}

export function graphOf(
  molecule: Molecule,
  centres: readonly number[],
  doubleBonds: readonly number[],
  work: Graph["work"],
): Graph {
  const count = molecule.atoms.length;
  const offsets = new Int32Array(count + 1);
  const targets = new Int32Array(molecule.bonds.length * 2);
  const codes = new Uint8Array(molecule.bonds.length * 2);
  let at = 0;
  molecule.neighbours.forEach((list, atom) => {
    for (const { atom: other, bond } of list) {
      targets[at] = other;
      const { aromatic, order } = molecule.bonds[bond];
      codes[at++] = aromatic ? 5 : order;
    }
    offsets[atom + 1] = at;
  });
  return { molecule, count, offsets, targets, codes, centres: [...centres], doubleBonds: [...doubleBonds], work };
}

/** Predicates about an atom's neighbourhood, shared by the descriptors. */
import type { Molecule, Neighbour } from "../molecule.ts";

export class Environment {
  constructor(readonly molecule: Molecule) {}

  element(atom: number): number {
    return this.molecule.atoms[atom].element;
  }

  aromatic(atom: number): boolean {
    return this.molecule.atoms[atom].aromatic;
  }

  charge(atom: number): number {
    return this.molecule.atoms[atom].charge;
  }

  /** All hydrogens, implicit and explicit. */
  hydrogens(atom: number): number {
    return (
      this.molecule.atoms[atom].hydrogens +
      this.molecule.neighbours[atom].filter((n) => this.element(n.atom) === 1).length
    );
  }

  /** Heavy-atom neighbours. */
  heavy(atom: number): Neighbour[] {
    return this.molecule.neighbours[atom].filter((n) => this.element(n.atom) !== 1);
  }

  /** Degree, hydrogens included. */
  connections(atom: number): number {
    return this.molecule.neighbours[atom].length + this.molecule.atoms[atom].hydrogens;
  }

  valence(atom: number): number {
    return this.molecule.neighbours[atom].reduce(
      (sum, n) => sum + this.molecule.bonds[n.bond].order,
      this.molecule.atoms[atom].hydrogens,
    );
  }

  isSingle({ bond }: Neighbour): boolean {
    return this.molecule.bonds[bond].order === 1 && !this.molecule.bonds[bond].aromatic;
  }

  isAromaticBond({ bond }: Neighbour): boolean {
    return this.molecule.bonds[bond].aromatic;
  }

  isDouble({ bond }: Neighbour): boolean {
    return this.molecule.bonds[bond].order === 2 && !this.molecule.bonds[bond].aromatic;
  }

  isTriple({ bond }: Neighbour): boolean {
    return this.molecule.bonds[bond].order === 3;
  }

  inRing({ bond }: Neighbour): boolean {
    return this.molecule.bonds[bond].inRing;
  }

  isAliphatic(atom: number, ...elements: number[]): boolean {
    return !this.aromatic(atom) && (elements.length === 0 || elements.includes(this.element(atom)));
  }

  inThreeRing(atom: number): boolean {
    return this.molecule.rings.some((ring) => ring.atoms.length === 3 && ring.atoms.includes(atom));
  }
}

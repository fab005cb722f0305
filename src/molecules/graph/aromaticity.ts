/**
 * Aromatic atoms and bonds of a molecule with Kekulé orders, by RDKit's model ("The RDKit Book", Aromaticity): each
 * ring atom contributes a number of pi electrons according to its valence, charge and exocyclic double bonds; a ring,
 * or up to six fused rings together, with 4n+2 of them is aromatic. Tested against RDKit atom by atom. Published
 * fingerprints, scaffolds and descriptors assume this model.
 */
import { moreElectronegative, outerElectrons, valencesOf } from "../elements.ts";
import { bondOrders, type Molecule, type Ring } from "../molecule.ts";

/** Larger rings are not considered in fused systems. */
const largestFusedRing = 24;
/** Maximum number of rings of a fused system; more would take exponential time. */
const maxFusedRings = 6;
/** Maximum number of subsets tried per fused system; reached by fullerenes and nanotubes. */
const maxSubsets = 20_000;

/** Minimum and maximum number of pi electrons of an atom; undefined if it cannot be part of an aromatic ring. */
type Donation = readonly [least: number, most: number] | undefined;

/** For each ring, those that share exactly one bond with it. */
type Touching = readonly ReadonlySet<number>[];

/** Sets `aromatic` of atoms and bonds. */
export function perceiveAromaticity(molecule: Molecule): void {
  for (const atom of molecule.atoms) atom.aromatic = false;
  for (const bond of molecule.bonds) bond.aromatic = false;
  const donations = molecule.atoms.map((_, index) =>
    molecule.neighbours[index].some(({ bond }) => molecule.bonds[bond].inRing)
      ? donationOf(molecule, index)
      : undefined,
  );
  const rings = molecule.rings.filter(
    (ring) =>
      ring.atoms.every((atom) => donations[atom] !== undefined) &&
      ring.atoms.some((atom) => molecule.atoms[atom].element !== 0),
  );
  for (const system of fusedSystems(rings)) markSystem(molecule, system, donations);
}

function donationOf(molecule: Molecule, index: number): Donation {
  const atom = molecule.atoms[index];
  const bonds = molecule.neighbours[index];
  const orders = bondOrders(molecule, index);
  const multiple = bonds.filter(({ bond }) => molecule.bonds[bond].order > 1);
  if (atom.element === 0) return multiple.length > 0 ? [1, 1] : [0, 2];
  if (atom.element > 18 && atom.element !== 34 && atom.element !== 52) return undefined;
  const valences = valencesOf(atom.element, 0);
  if (valences === undefined) return undefined;
  const normal = valencesOf(atom.element, atom.charge)?.[0];
  if (normal !== undefined && orders + atom.hydrogens > normal) return undefined;
  if (atom.radicals > 0 && (atom.element !== 6 || atom.charge !== 0)) return undefined;
  if (multiple.length > 1) return undefined;

  const electrons = piElectrons(molecule, index, valences[0], orders);
  const exocyclic = multiple.find(({ bond }) => !molecule.bonds[bond].inRing);
  const loses = exocyclic !== undefined && moreElectronegative(molecule.atoms[exocyclic.atom].element, atom.element);
  if (electrons < 0) return undefined;
  if (electrons === 0) {
    if (exocyclic !== undefined) return [0, 0];
    return multiple.length > 0 ? [1, 1] : undefined;
  }
  if (electrons === 1) {
    if (exocyclic !== undefined) return loses ? [0, 0] : [1, 1];
    if (multiple.length > 0) return [1, 1];
    return atom.charge === 1 ? [0, 0] : undefined;
  }
  const given = loses ? electrons - 1 : electrons;
  return given % 2 === 1 ? [1, 1] : [2, 2];
}

/** Electrons of an atom available to the ring after its sigma bonds; negative if there are none. */
function piElectrons(molecule: Molecule, index: number, valence: number, orders: number): number {
  const atom = molecule.atoms[index];
  if (valence <= 1) return -1;
  const bonded = molecule.neighbours[index].length;
  const degree = bonded + atom.hydrogens;
  if (degree > 3) return -1;
  const lonePair = Math.max(0, outerElectrons(atom.element) - valence - atom.charge);
  const electrons = valence - degree + lonePair - atom.radicals;
  return electrons > 1 && orders - bonded > 1 ? 1 : electrons;
}

/** Groups of rings connected by bonds that two rings share. */
function fusedSystems(rings: readonly Ring[]): { rings: Ring[]; touching: Touching }[] {
  const ringsOf = new Map<number, number[]>();
  rings.forEach((ring, index) => {
    if (ring.atoms.length > largestFusedRing) return;
    for (const bond of ring.bonds) {
      const list = ringsOf.get(bond);
      if (list === undefined) ringsOf.set(bond, [index]);
      else list.push(index);
    }
  });
  const touching = rings.map((ring, index) => {
    const shared = new Map<number, number>();
    for (const bond of ring.bonds)
      for (const other of ringsOf.get(bond) ?? []) if (other !== index) shared.set(other, (shared.get(other) ?? 0) + 1);
    if (ring.atoms.length > largestFusedRing) return new Set<number>();
    return new Set([...shared].flatMap(([other, bonds]) => (bonds === 1 ? [other] : [])).sort((x, y) => x - y));
  });
  const seen = new Uint8Array(rings.length);
  const systems: { rings: Ring[]; touching: Touching }[] = [];
  for (let start = 0; start < rings.length; start++) {
    if (seen[start]) continue;
    const members = [start];
    seen[start] = 1;
    for (let at = 0; at < members.length; at++)
      for (const other of touching[members[at]])
        if (!seen[other]) {
          seen[other] = 1;
          members.push(other);
        }
    const local = new Map(members.map((ring, i) => [ring, i]));
    systems.push({
      rings: members.map((i) => rings[i]),
      touching: members.map((i) => new Set([...touching[i]].map((other) => local.get(other)!))),
    });
  }
  return systems;
}

function markSystem(
  molecule: Molecule,
  { rings, touching }: { rings: Ring[]; touching: Touching },
  donations: readonly Donation[],
): void {
  const allBonds = new Set(rings.flatMap((ring) => ring.bonds));
  const done = new Set<number>();
  let tried = 0;
  for (let size = 1; size <= Math.min(rings.length, maxFusedRings) && done.size < allBonds.size; size++)
    for (const subset of subsets(rings.length, size)) {
      if (++tried > maxSubsets) return;
      if (!connected(subset, touching)) continue;
      const uses = new Map<number, number>();
      for (const ring of subset) for (const atom of rings[ring].atoms) uses.set(atom, (uses.get(atom) ?? 0) + 1);
      // An atom inside three rings (such as the centre of phenalene) is not on the perimeter along which the electrons
      // are delocalised.
      const rim = [...uses].filter(([, count]) => count <= 2).map(([atom]) => atom);
      if (!followsHueckel(rim, donations)) continue;
      const bondUses = new Map<number, number>();
      for (const ring of subset) {
        for (const atom of rings[ring].atoms) molecule.atoms[atom].aromatic = true;
        for (const bond of rings[ring].bonds) bondUses.set(bond, (bondUses.get(bond) ?? 0) + 1);
      }
      for (const [bond, count] of bondUses)
        if (count === 1) {
          molecule.bonds[bond].aromatic = true;
          done.add(bond);
        }
    }
}

function followsHueckel(atoms: readonly number[], donations: readonly Donation[]): boolean {
  let least = 0;
  let most = 0;
  let open = 0;
  for (const atom of atoms) {
    const [low, high] = donations[atom]!;
    if (low === 0 && high === 2 && ++open > 1) return false;
    least += low;
    most += high;
  }
  if (most < 6) return most === 2;
  for (let electrons = least; electrons <= most; electrons++) if ((electrons - 2) % 4 === 0) return true;
  return false;
}

function* subsets(count: number, size: number): Generator<number[]> {
  const chosen = Array.from({ length: size }, (_, i) => i);
  for (;;) {
    yield chosen;
    let place = size - 1;
    while (place >= 0 && chosen[place] === count - size + place) place--;
    if (place < 0) return;
    chosen[place]++;
    for (let i = place + 1; i < size; i++) chosen[i] = chosen[i - 1] + 1;
  }
}

function connected(subset: readonly number[], touching: Touching): boolean {
  const reached = [subset[0]];
  for (let at = 0; at < reached.length; at++)
    for (const other of subset) if (touching[reached[at]].has(other) && !reached.includes(other)) reached.push(other);
  return reached.length === subset.length;
}

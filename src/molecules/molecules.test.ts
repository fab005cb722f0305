/** Against RDKit 2026.09.1 (npm @rdkit/rdkit), which computes each expected value here and now. */
import { beforeAll, expect, test } from "vitest";
import { Random } from "../base/random.ts";
import { canonicalRanks } from "./canonical/rank.ts";
import {
  canonicalSmiles,
  descriptors,
  morganFingerprint,
  readMolBlock,
  readSmiles,
  writeMolBlock,
  writeSmiles,
} from "./index.ts";
import { corpus, rdkit, withRdkit } from "./testing.ts";

let reader: Awaited<ReturnType<typeof rdkit>>;
beforeAll(async () => {
  reader = await rdkit();
});

test("atoms, hydrogens, charges, aromatic atoms and ring counts are RDKit's, molecule by molecule", () => {
  const different: string[] = [];
  for (const text of corpus) {
    const molecule = readSmiles(text);
    const theirs = withRdkit(reader, text, (m) => JSON.parse(m.get_json()).molecules[0]);
    if (theirs === undefined) throw new Error(`RDKit does not read ${text}`);
    const ring = theirs.extensions.find((e: { name: string }) => e.name === "rdkitRepresentation");
    const aromatic = new Set<number>(ring.aromaticAtoms ?? []);
    const same =
      theirs.atoms.length === molecule.atoms.length &&
      (ring.atomRings ?? []).length === molecule.rings.length &&
      molecule.atoms.every(
        (atom, i) =>
          (theirs.atoms[i].impHs ?? 0) === atom.hydrogens &&
          (theirs.atoms[i].chg ?? 0) === atom.charge &&
          aromatic.has(i) === atom.aromatic,
      );
    if (!same) different.push(text);
  }
  expect(corpus.length).toBeGreaterThan(200);
  expect(different).toEqual([]);
});

test("RDKit reads our canonical SMILES as the same molecule, stereo included", () => {
  const different = corpus.filter((text) => {
    const ours = canonicalSmiles(readSmiles(text));
    return withRdkit(reader, text, (m) => m.get_smiles()) !== withRdkit(reader, ours, (m) => m.get_smiles());
  });
  expect(different).toEqual([]);
});

test("the canonical SMILES does not depend on the order of atoms", () => {
  const random = new Random(1);
  const different: string[] = [];
  for (const text of corpus) {
    const molecule = readSmiles(text);
    const { centres, doubleBonds } = canonicalRanks(molecule);
    const expected = canonicalSmiles(molecule);
    for (let i = 0; i < 3; i++) {
      const ranks = Int32Array.from(random.shuffle(molecule.atoms.map((_, atom) => atom)));
      const shuffled = writeSmiles(molecule, { ranks, centres, doubleBonds });
      if (canonicalSmiles(readSmiles(shuffled)) !== expected) different.push(shuffled);
    }
  }
  expect(different).toEqual([]);
});

test.each([
  ["cubane, whose corners are all equal", "C12C3C4C1C5C2C3C45"],
  ["adamantane", "C1C2CC3CC1CC(C2)C3"],
  ["cis-1,4-dimethylcyclohexane: hands that only count together", "C[C@H]1CC[C@@H](C)CC1"],
  ["trans-1,4-dimethylcyclohexane", "C[C@H]1CC[C@H](C)CC1"],
  ["a meso compound", "O[C@H](C(=O)O)[C@@H](O)C(=O)O"],
  ["inositol with six centres", "O[C@H]1[C@H](O)[C@@H](O)[C@H](O)[C@H](O)[C@@H]1O"],
  ["a crossed polyene", "C/C=C(/C=C/C)\\C=C\\C"],
  ["a sulfoxide", "CC[S@](=O)C"],
])("%s has one canonical form, RDKit's molecule", (_, text) => {
  const molecule = readSmiles(text);
  const expected = canonicalSmiles(molecule);
  const { centres, doubleBonds } = canonicalRanks(molecule);
  const random = new Random(3);
  for (let i = 0; i < 30; i++) {
    const ranks = Int32Array.from(random.shuffle(molecule.atoms.map((_, atom) => atom)));
    expect(canonicalSmiles(readSmiles(writeSmiles(molecule, { ranks, centres, doubleBonds })))).toBe(expected);
  }
  expect(withRdkit(reader, expected, (m) => m.get_smiles())).toBe(withRdkit(reader, text, (m) => m.get_smiles()));
});

test("different molecules have different canonical forms", () => {
  expect(canonicalSmiles(readSmiles("C[C@H]1CC[C@@H](C)CC1"))).not.toBe(
    canonicalSmiles(readSmiles("C[C@H]1CC[C@H](C)CC1")),
  );
  expect(canonicalSmiles(readSmiles("C/C=C/C"))).not.toBe(canonicalSmiles(readSmiles("C/C=C\\C")));
  expect(canonicalSmiles(readSmiles("C[C@H](N)C(=O)O"))).not.toBe(canonicalSmiles(readSmiles("C[C@@H](N)C(=O)O")));
});

test.each([1, 2, 3])("Morgan fingerprints of radius %i are RDKit's to the bit", (radius) => {
  const different = corpus.filter((text) => {
    const ours = new Uint8Array(morganFingerprint(readSmiles(text), { radius, bits: 2048 }).words.buffer);
    const theirs = withRdkit(reader, text, (m) =>
      m.get_morgan_fp_as_uint8array(JSON.stringify({ radius, nBits: 2048 })),
    );
    return !ours.every((byte, i) => byte === theirs?.[i]);
  });
  expect(different).toEqual([]);
});

test("descriptors are RDKit's", () => {
  const names = [
    ["molecularWeight", "amw", 0.005],
    ["exactMass", "exactmw", 1e-6],
    ["hydrogenBondDonors", "NumHBD", 0],
    ["hydrogenBondAcceptors", "NumHBA", 0],
    ["lipinskiDonors", "lipinskiHBD", 0],
    ["lipinskiAcceptors", "lipinskiHBA", 0],
    ["rotatableBonds", "NumRotatableBonds", 0],
    ["amideBonds", "NumAmideBonds", 0],
    ["heteroatoms", "NumHeteroatoms", 0],
    ["heavyAtoms", "NumHeavyAtoms", 0],
    ["fractionCsp3", "FractionCSP3", 1e-9],
    ["rings", "NumRings", 0],
    ["aromaticRings", "NumAromaticRings", 0],
    ["aliphaticRings", "NumAliphaticRings", 0],
    ["saturatedRings", "NumSaturatedRings", 0],
    ["heterocycles", "NumHeterocycles", 0],
    ["aromaticHeterocycles", "NumAromaticHeterocycles", 0],
    ["polarSurfaceArea", "tpsa", 1e-6],
    ["logP", "CrippenClogP", 1e-6],
  ] as const;
  const different: string[] = [];
  for (const text of corpus) {
    const ours = descriptors(readSmiles(text));
    const theirs = withRdkit(reader, text, (m) => JSON.parse(m.get_descriptors()));
    for (const [name, theirName, tolerance] of names)
      if (!(Math.abs(ours[name] - theirs[theirName]) <= tolerance + 1e-9))
        different.push(`${name} ${ours[name]} ${theirs[theirName]} ${text}`);
  }
  expect(different).toEqual([]);
});

test("mol blocks drawn by RDKit, V2000 and V3000, keep the molecule with its stereo", () => {
  const different: string[] = [];
  for (const text of corpus) {
    const blocks = withRdkit(reader, text, (m) => [m.get_molblock(), m.get_v3Kmolblock()])!;
    // The drawing cannot say everything the text says: the expectation is what RDKit itself reads back.
    const expected = canonicalSmiles(readSmiles(withRdkit(reader, blocks[0], (m) => m.get_smiles())!));
    for (const block of blocks)
      if (canonicalSmiles(readMolBlock(block.split("\n"), "test")) !== expected) different.push(text);
  }
  expect(different).toEqual([]);
});

test("RDKit reads the molecule, hands and sides included, from our drawing", () => {
  const different = corpus.filter((text) => {
    const molecule = readSmiles(text);
    const ours = withRdkit(reader, writeMolBlock(molecule), (m) => m.get_smiles());
    return ours !== withRdkit(reader, canonicalSmiles(molecule), (m) => m.get_smiles());
  });
  expect(different).toEqual([]);
});

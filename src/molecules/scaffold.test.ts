/** Scaffold names, and the splits that use them. */
import { expect, test } from "vitest";
import {
  canonicalSmiles,
  morganFingerprint,
  nearest,
  readSmiles,
  scaffoldName,
  splitByName,
  splitNames,
  tanimoto,
} from "./index.ts";
import { corpus } from "./testing.ts";

/** Scaffolds by hand from the definition: rings, chains between them, atoms double-bonded to either. */
test.each([
  ["benzene with a chain", "CCCc1ccccc1", "c1ccccc1"],
  ["a linker stays", "c1ccccc1CCc1ccncc1", "c1ccccc1CCc1ccncc1"],
  ["side chains of a linker go", "c1ccccc1CC(CO)c1ccncc1", "c1ccccc1CCc1ccncc1"],
  ["a ring ketone keeps its oxygen", "CC1CCC(=O)CC1", "O=C1CCCCC1"],
  ["an amide linker keeps its oxygen", "O=C(Nc1ccccc1)c1ccccc1C", "O=C(Nc1ccccc1)c1ccccc1"],
  ["a sulfone linker keeps both", "O=S(=O)(c1ccccc1)c1ccc(N)cc1", "O=S(=O)(c1ccccc1)c1ccccc1"],
  ["N-substituted pyrrole gets its hydrogen", "Cn1cccc1", "c1cc[nH]c1"],
  ["stereo goes", "C[C@H]1CCCC[C@@H]1c1ccccc1", "C1CCCCC1c1ccccc1"],
  ["no ring, no scaffold", "CCCCO", ""],
  ["an exocyclic double bond keeps its atom, not what follows", "CC(C)=C1CCCCC1", "C=C1CCCCC1"],
])("%s", (_, text, scaffold) => {
  expect(scaffoldName(readSmiles(text))).toBe(scaffold === "" ? "" : canonicalSmiles(readSmiles(scaffold)));
});

test("every split puts each molecule in exactly one part, and the same seed gives the same parts", () => {
  const keys = corpus.map((text) => scaffoldName(readSmiles(text)));
  for (const name of splitNames) {
    const split = splitByName(name, keys, { seed: 5 });
    expect([...split.train, ...split.valid, ...split.test].sort((x, y) => x - y)).toEqual(keys.map((_, i) => i));
    expect(splitByName(name, keys, { seed: 5 })).toEqual(split);
    if (name !== "random") {
      const train = new Set(split.train.map((i) => keys[i]));
      expect(split.test.filter((i) => train.has(keys[i]))).toEqual([]);
    }
  }
  expect(splitByName("random", keys, { seed: 6 })).not.toEqual(splitByName("random", keys, { seed: 5 }));
});

test("the DeepChem split fills training with the largest scaffolds, the later of equal ones first", () => {
  const keys = ["a", "b", "b", "c", "a", "b", "d", "e", "f", "g"];
  expect(splitByName("deepchem-scaffold", keys)).toMatchObject({
    train: [1, 2, 5, 0, 4, 9, 8, 7],
    valid: [6],
    test: [3],
  });
});

test("fractions must divide the set", () => {
  expect(() => splitByName("random", ["a"], { fractions: [0.8, 0.1, 0.2] })).toThrow(/add up to 1/);
});

test("Tanimoto similarity: 1 for the same molecule, and the nearest come first", () => {
  const [phenol, cresol, hexane] = ["Oc1ccccc1", "Oc1ccccc1C", "CCCCCC"].map((text) =>
    morganFingerprint(readSmiles(text)),
  );
  expect(tanimoto(phenol, phenol)).toBe(1);
  expect(nearest(phenol, [hexane, cresol], 2).map((hit) => hit.index)).toEqual([1, 0]);
  expect(() => tanimoto(phenol, morganFingerprint(readSmiles("C"), { bits: 1024 }))).toThrow(/different sizes/);
});

/** Molecules of every shape that grows without end: used in seconds, or refused by name. */
import { expect, test } from "vitest";
import { processorSeconds } from "../../test/support/processor-time.ts";
import { PolyclinicError } from "../base/errors.ts";
import {
  canonicalSmiles,
  depict,
  descriptors,
  environmentCounts,
  type Molecule,
  morganFingerprint,
  parentOf,
  readMoleculesCsv,
  readSdf,
  readSmiles,
  scaffoldName,
} from "./index.ts";
import { maxMoleculeAtoms } from "./limits.ts";

const closure = (n: number) => `%(${n})`;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

const shapes: Readonly<Record<string, (atoms: number) => string>> = {
  chain: (n) => "C".repeat(n),
  "one long word": (n) => "CC(=O)Oc1ccccc1C(=O)O".repeat(Math.ceil(n / 13)),
  "branches in branches": (n) => `${"C(".repeat(n - 1)}C${")".repeat(n - 1)}`,
  comb: (n) => "C(C)".repeat(n / 2),
  star: (n) => `*${"(C)".repeat(n - 2)}C`,
  mixture: (n) => `${"C.".repeat(n - 1)}C`,
  "one ring": (n) => `C1${"C".repeat(n - 2)}C1`,
  "one aromatic ring": (n) => `c1${"cc".repeat(n / 2 - 1)}c1`,
  ladder: (n) => [...range(n / 2 - 1), 9e4, ...range(n / 2 - 1).reverse(), 9e4].map((i) => `C${closure(i)}`).join(""),
  "ladder with crossed rungs": (n) => [...range(n / 2), ...range(n / 2)].map((i) => `C${closure(i)}`).join(""),
  polyene: (n) => `C${"/C=C".repeat(n / 2)}/C`,
  centres: (n) => `${"[C@H](F)".repeat(n / 2)}C`,
  "hydrogens as atoms": (n) => `${"C([H])([H])".repeat(n / 3)}C`,
  "ring closures that stay open": (n) => `C${range(n).map(closure).join("")}`,
};

function useAll(molecule: Molecule): void {
  for (const use of [
    canonicalSmiles,
    morganFingerprint,
    environmentCounts,
    descriptors,
    scaffoldName,
    depict,
    parentOf,
  ])
    try {
      use(molecule as never);
    } catch (error) {
      if (!PolyclinicError.is(error)) throw error;
      expect(error.code).toBe("molecules/too-large");
    }
}

test.each(Object.entries(shapes))("%s: in seconds or refused by name", (_, make) => {
  for (const atoms of [120, 200_000]) {
    const text = make(atoms);
    const started = processorSeconds();
    try {
      useAll(readSmiles(text));
    } catch (error) {
      if (!PolyclinicError.is(error)) throw error;
      expect(error.code).toMatch(/^molecules\/(too-large|smiles|aromaticity)$/);
      expect(atoms).toBeGreaterThan(100);
    }
    expect(processorSeconds() - started).toBeLessThan(10);
  }
});

test("what is refused is named with its place and the limit", () => {
  expect(() => readSmiles("C".repeat(maxMoleculeAtoms))).not.toThrow();
  expect(() => readSmiles("C".repeat(maxMoleculeAtoms + 1))).toThrow(
    expect.objectContaining({ code: "molecules/too-large", expected: "at most 5000 atoms" }),
  );
  expect(() => readSmiles(`[Fe]${"(Cl)".repeat(65)}`)).toThrow(
    expect.objectContaining({ code: "molecules/too-large", expected: "at most 64" }),
  );
  expect(() => canonicalSmiles(readSmiles(`C1${"C".repeat(1000)}C1`))).toThrow(/too symmetric/);
});

test("the parts of a mixture are written as each alone, and their number costs little", () => {
  const parts = ["OC(=O)c1ccccc1", "[Na+]", "[Cl-]", "F/C=C/F", "C[C@H](N)O"];
  const alone = parts.map((part) => canonicalSmiles(readSmiles(part)));
  expect(new Set(canonicalSmiles(readSmiles(parts.join("."))).split("."))).toEqual(new Set(alone));
  const started = processorSeconds();
  expect(canonicalSmiles(readSmiles(`CCO.${"O.".repeat(2000)}CCO`)).split(".")).toHaveLength(2002);
  expect(processorSeconds() - started).toBeLessThan(3);
});

test("a wide header over many short rows takes memory in proportion to the file", () => {
  const text = `smiles${",x".repeat(20_000)}\n${"C\n".repeat(20_000)}`;
  const started = processorSeconds();
  const records = readMoleculesCsv(text, "wide.csv");
  expect(records).toHaveLength(20_000);
  expect(records[7].error?.code).toBe("molecules/csv");
  expect(Object.keys(records[7].fields)).toEqual(["smiles"]);
  expect(processorSeconds() - started).toBeLessThan(4);
});

test("an SD record with more atoms than the limit is a broken record, and the next is read", () => {
  const atoms = range(20_001).map((i) => `M  V30 ${i + 1} C ${i}.0 0.0 0.0 0`);
  const large = `large\n\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN ATOM\n${atoms.join("\n")}\nM  V30 END ATOM\nM  END\n$$$$\n`;
  const small = `small\n\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN ATOM\nM  V30 1 C 0 0 0 0\nM  V30 END ATOM\nM  END\n$$$$\n`;
  const [first, second] = readSdf(large + small, "two.sdf");
  expect(first.error).toMatchObject({ where: expect.stringContaining("line 20006"), expected: "at most 20000 atoms" });
  expect(second.molecule?.atoms).toHaveLength(1);
});

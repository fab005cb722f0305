/** What is wrong with a text or a file is named with its place; what is changed while reading is noted. */
import { expect, test } from "vitest";
import { processorSeconds } from "../../test/support/processor-time.ts";
import {
  canonicalSmiles,
  componentsWithKinds,
  depict,
  descriptors,
  morganFingerprint,
  parentOf,
  readMoleculesCsv,
  readSdf,
  readSmiles,
  summarise,
  writeMolBlock,
} from "./index.ts";

test.each([
  ["C(C)(C)(C)(C)C", "molecules/valence", 1, "at most 4", "5"],
  ["CN(C)(C)C", "molecules/valence", 2, "at most 3", "4"],
  ["C[O](C)C", "molecules/valence", 2, "at most 2", "3"],
  ["F=C", "molecules/valence", 1, "at most 1", "2"],
  ["[CH5]", "molecules/valence", 1, "at most 4", "5 with 5 hydrogens"],
  ["C1CC", "molecules/smiles", 2, "a second ring closure 1", "the end of the string"],
  ["C(C", "molecules/smiles", 2, "')'", "the end of the string"],
  ["CC)C", "molecules/smiles", 3, undefined, undefined],
  ["C==C", "molecules/smiles", 3, "an atom or a ring closure", "'='"],
  ["CC=", "molecules/smiles", 3, "an atom", "the end of the string"],
  ["=CC", "molecules/smiles", 1, "an atom before the symbol", undefined],
  ["C[Xx]C", "molecules/smiles", 3, "an element symbol in brackets", "'X'"],
  ["CNaC", "molecules/smiles", 3, undefined, "'a'"],
  ["C Q", "molecules/smiles", 2, undefined, "a space"],
  ["[C@H](F)(Cl)Br[", "molecules/smiles", 16, "an element symbol in brackets", "the end of the string"],
  ["[CH4", "molecules/smiles", 5, "']'", "the end of the string"],
  ["[C@OH99](F)(Cl)(Br)(I)(N)O", "molecules/smiles", 4, "@OH1 to @OH30", "@OH99"],
  ["C1CC=1CC#1", "molecules/smiles", 10, "a second ring closure 1", "the end of the string"],
  ["C-1CC=1", "molecules/smiles", 7, "the bond type at character 3, or none", undefined],
  ["C11", "molecules/smiles", 3, undefined, undefined],
  ["C12CC12", "molecules/smiles", 7, undefined, "a second bond between the atoms at characters 1 and 5"],
  [
    "c1cccc1",
    "molecules/aromaticity",
    6,
    "a double-bond partner for every aromatic atom that needs one",
    "none for the C at character 6",
  ],
  ["cC", "molecules/aromaticity", 1, "an aromatic atom in a ring of aromatic atoms", undefined],
  ["F/C(\\Cl)=C/F", "molecules/stereo", 5, "opposite directions", "two neighbours below it"],
  ["", "molecules/smiles", 1, "a SMILES string", undefined],
])("%s: %s at character %i", (text, code, character, expected, found) => {
  let error: unknown;
  try {
    readSmiles(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code });
  const { where, expected: wanted, found: got } = error as { where: string; expected?: string; found?: string };
  expect(where).toMatch(new RegExp(`^SMILES character ${character}\\b`));
  if (expected !== undefined) expect(wanted).toBe(expected);
  if (found !== undefined) expect(got).toBe(found);
});

test("pyrrole without its hydrogen is told how to write it", () => {
  expect(() => readSmiles("c1ccnc1")).toThrow(/\[nH\]/);
  expect(readSmiles("c1cc[nH]c1").atoms.every((atom) => atom.aromatic)).toBe(true);
});

test("changes while reading are noted", () => {
  const kinds = (text: string) => readSmiles(text).notes.map((note) => note.kind);
  expect(kinds("CN(=O)=O")).toEqual(["normalised"]);
  expect(canonicalSmiles(readSmiles("CN(=O)=O"))).toBe(canonicalSmiles(readSmiles("C[N+](=O)[O-]")));
  expect(canonicalSmiles(readSmiles("CN=N#N"))).toBe(canonicalSmiles(readSmiles("CN=[N+]=[N-]")));
  expect(kinds("[H]C([H])([H])O")).toEqual(["hydrogen-merged"]);
  expect(kinds("C[C@@](C)C")).toEqual(["radical", "stereo-ignored"]);
  expect(kinds("C/C")).toEqual(["bond-direction-unused"]);
  expect(kinds("[CH3]")).toEqual(["radical"]);
  expect(kinds("F/C=C\\\\F")).toEqual(["normalised"]);
  expect(kinds("CCO")).toEqual([]);
});

test("marks at atoms that are no stereocentres do not make molecules different", () => {
  expect(canonicalSmiles(readSmiles("C[C@H](C)O"))).toBe("CC(C)O");
  expect(canonicalSmiles(readSmiles("C/C=C(/C)C"))).toBe("CC=C(C)C");
});

test("isotopes, charges, classes and wildcards come back as written", () => {
  for (const text of [
    "[13CH4]",
    "[2H]O[2H]",
    "[NH4+]",
    "[Fe+3]",
    "[CH3:7]C",
    "*CC",
    "[O-]S(=O)(=O)[O-]",
    "[Na+].[Cl-]",
  ])
    expect(canonicalSmiles(readSmiles(canonicalSmiles(readSmiles(text))))).toBe(canonicalSmiles(readSmiles(text)));
  expect(canonicalSmiles(readSmiles("[13CH4]"))).toBe("[13CH4]");
  expect(canonicalSmiles(readSmiles("[CH3:7]C"))).toContain(":7");
});

test("salts, solvents and mixtures are told apart, and nothing is taken away unasked", () => {
  const salt = readSmiles("CC(C)NCC(O)COc1cccc2ccccc12.Cl.O");
  expect(componentsWithKinds(salt).map(({ kind, formula }) => `${kind} ${formula}`)).toEqual([
    "compound C16H21NO2",
    "counter-ion ClH",
    "solvent H2O",
  ]);
  const parent = parentOf(salt);
  expect(parent.mixture).toBe(false);
  expect(canonicalSmiles(parent.molecule)).toBe(canonicalSmiles(readSmiles("CC(C)NCC(O)COc1cccc2ccccc12")));
  expect(parentOf(readSmiles("c1ccccc1O.c1ccncc1")).mixture).toBe(true);
  expect(parentOf(readSmiles("CC(=O)[O-].[Na+]")).removed).toEqual([{ kind: "counter-ion", formula: "Na+" }]);
});

test("a peptide of 2,000 atoms is read, ranked, fingerprinted and described in seconds", () => {
  const residues = [
    "NCC(=O)",
    "N[C@@H](C)C(=O)",
    "N[C@@H](Cc1ccccc1)C(=O)",
    "N[C@@H](CCCCN)C(=O)",
    "N[C@@H](CC(C)C)C(=O)",
  ];
  const text = `${Array.from({ length: 280 }, (_, i) => residues[i % 5]).join("")}O`;
  const molecule = readSmiles(text);
  expect(molecule.atoms.length).toBeGreaterThan(2000);
  const started = processorSeconds();
  const canonical = canonicalSmiles(molecule);
  expect(canonicalSmiles(readSmiles(canonical))).toBe(canonical);
  expect(morganFingerprint(molecule).count).toBeGreaterThan(20);
  expect(descriptors(molecule).amideBonds).toBe(279);
  expect(depict(molecule)).toContain("</svg>");
  expect(processorSeconds() - started).toBeLessThan(40);
  expect(() => writeMolBlock(molecule)).toThrow(/999 atoms/);
});

test("broken records of an SD file are named and counted, the others are read", () => {
  const good = writeMolBlock(readSmiles("CC(=O)Oc1ccccc1C(=O)O"), "aspirin");
  const broken = good.replace("aspirin", "cut").split("\n").slice(0, 8).join("\n");
  const badBond = good.replace("aspirin", "bond").replace(/^ {2}1 {2}2/m, "  1 77");
  const badElement = good.replace("aspirin", "element").replace(/ C {3}/, " Zz  ");
  const text = `${good}> <LOGP>\n1.31\n\n$$$$\n${broken}\n$$$$\n${badBond}\n$$$$\n${badElement}\n$$$$\n`;
  const records = readSdf(text, "set.sdf");
  expect(summarise(records)).toEqual({ records: 4, read: 1, broken: 3, byCode: { "molecules/mol-block": 3 } });
  expect(records[0]).toMatchObject({ name: "aspirin", fields: { LOGP: "1.31" }, line: 1 });
  expect(canonicalSmiles(records[0].molecule!)).toBe(canonicalSmiles(readSmiles("CC(=O)Oc1ccccc1C(=O)O")));
  expect(records.slice(1).map((record) => record.error!.where)).toEqual([
    expect.stringMatching(/^set\.sdf, record 2 \(cut\), line \d+$/),
    expect.stringMatching(/^set\.sdf, record 3 \(bond\), line \d+$/),
    expect.stringMatching(/^set\.sdf, record 4 \(element\), line \d+$/),
  ]);
});

test("rows of a CSV keep their line numbers across quoted line breaks, and bad ones are named", () => {
  const text = 'name,SMILES,y\n"two\nlines",CCO,1\nbad,C(C)(C)(C)(C)C,0\nshort,CC\n"quo""ted",c1ccccc1,1\n';
  const records = readMoleculesCsv(text, "set.csv");
  expect(records.map((record) => record.line)).toEqual([2, 4, 5, 6]);
  expect(records[1].error).toMatchObject({
    code: "molecules/valence",
    where: expect.stringMatching(/^set\.csv, line 4, SMILES character 1/),
  });
  expect(records[2].error).toMatchObject({
    code: "molecules/csv",
    where: "set.csv, line 5",
    expected: "3",
    found: "2",
  });
  expect(records[3].fields.name).toBe('quo"ted');
  expect(() => readMoleculesCsv("a,b\n1,2\n", "set.csv")).toThrow(/no SMILES column/);
});

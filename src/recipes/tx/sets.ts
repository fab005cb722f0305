/**
 * The MoleculeNet sets that the embedded therapeutics model is trained on, their tasks in this project's own wording,
 * and DeepChem's scaffold split, so that results are comparable with published ones. SIDER is left out: its 27 tasks of
 * little signal would take most of a short training.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import {
  canonicalSmiles,
  type Molecule,
  parseCsv,
  readSmiles,
  scaffoldName,
  splitByName,
} from "../../molecules/index.ts";

export const txSplit = "deepchem-scaffold";

export interface TxTask {
  readonly name: string;
  readonly column: string;
  readonly kind: "binary" | "regression";
  readonly context: string;
  /** Binary: the negative and the positive class. Regression: the quantity. */
  readonly options: readonly [string, string] | string;
  readonly unit?: string;
}

export interface TxSetDefinition {
  readonly name: string;
  readonly file: string;
  readonly smiles: string;
  /** Sampling weight in training. */
  readonly weight: number;
  readonly tasks: readonly TxTask[];
}

const binary = (name: string, column: string, context: string, no: string, yes: string): TxTask => ({
  name,
  column,
  kind: "binary",
  context,
  options: [no, yes],
});

const tox21: readonly [string, string][] = [
  ["NR-AR", "activate the androgen receptor"],
  ["NR-AR-LBD", "bind the androgen receptor's ligand-binding domain"],
  ["NR-AhR", "activate the aryl hydrocarbon receptor"],
  ["NR-Aromatase", "inhibit aromatase"],
  ["NR-ER", "activate the oestrogen receptor"],
  ["NR-ER-LBD", "bind the oestrogen receptor's ligand-binding domain"],
  ["NR-PPAR-gamma", "activate PPAR gamma"],
  ["SR-ARE", "start the antioxidant response"],
  ["SR-ATAD5", "raise the genotoxicity marker ATAD5"],
  ["SR-HSE", "start the heat shock response"],
  ["SR-MMP", "disturb the mitochondrial membrane potential"],
  ["SR-p53", "start the p53 response"],
];

export const txSets: readonly TxSetDefinition[] = [
  {
    name: "BBBP",
    file: "BBBP.csv",
    smiles: "smiles",
    weight: 0.2,
    tasks: [
      binary(
        "BBB_Martins",
        "BBBP",
        "The blood-brain barrier keeps most substances of the blood out of the brain; a drug for the nervous system has to pass it.",
        "does not cross the blood-brain barrier",
        "crosses the blood-brain barrier",
      ),
    ],
  },
  {
    name: "ESOL",
    file: "delaney-processed.csv",
    smiles: "smiles",
    weight: 0.14,
    tasks: [
      {
        name: "ESOL",
        column: "measured log solubility in mols per litre",
        kind: "regression",
        context: "How well a substance dissolves in water limits how much of it can be taken up.",
        options: "solubility in water",
        unit: "log10 mol/L",
      },
    ],
  },
  {
    name: "FreeSolv",
    file: "SAMPL.csv",
    smiles: "smiles",
    weight: 0.09,
    tasks: [
      {
        name: "HydrationFreeEnergy_FreeSolv",
        column: "expt",
        kind: "regression",
        context: "The free energy of hydration is released when a molecule passes from gas into water.",
        options: "free energy of hydration",
        unit: "kcal/mol",
      },
    ],
  },
  {
    name: "Lipophilicity",
    file: "Lipophilicity.csv",
    smiles: "smiles",
    weight: 0.2,
    tasks: [
      {
        name: "Lipophilicity_AstraZeneca",
        column: "exp",
        kind: "regression",
        context: "Lipophilicity, measured between octanol and water at pH 7.4, governs how a drug spreads in the body.",
        options: "lipophilicity",
        unit: "logD at pH 7.4",
      },
    ],
  },
  {
    name: "BACE",
    file: "bace.csv",
    smiles: "mol",
    weight: 0.12,
    tasks: [
      binary(
        "BACE",
        "Class",
        "Beta-secretase 1 cuts the precursor of amyloid beta and is a target in Alzheimer's disease.",
        "does not inhibit beta-secretase 1",
        "inhibits beta-secretase 1",
      ),
    ],
  },
  {
    name: "ClinTox",
    file: "clintox.csv",
    smiles: "smiles",
    weight: 0.08,
    tasks: [
      binary(
        "ClinTox",
        "CT_TOX",
        "Some drugs fail in clinical trials because they are toxic to people.",
        "did not fail clinical trials for toxicity",
        "failed clinical trials for toxicity",
      ),
      binary(
        "ClinTox_FDA_APPROVED",
        "FDA_APPROVED",
        "The Food and Drug Administration of the United States approves drugs.",
        "is not approved by the FDA",
        "is approved by the FDA",
      ),
    ],
  },
  {
    name: "Tox21",
    file: "tox21.csv",
    smiles: "smiles",
    weight: 0.17,
    tasks: tox21.map(([column, action]) =>
      binary(
        `Tox21_${column}`,
        column,
        `The assay ${column} of the Tox21 programme shows in cells whether a substance can ${action}.`,
        "is inactive in the assay",
        "is active in the assay",
      ),
    ),
  },
];

export type Part = "train" | "valid" | "test";

export interface TxMolecule {
  readonly molecule: Molecule;
  readonly smiles: string;
  readonly part: Part;
  /** One per task; NaN where it was not measured. */
  readonly labels: readonly number[];
}

export interface TxSet extends TxSetDefinition {
  readonly molecules: readonly TxMolecule[];
  /** Number of rows whose SMILES is invalid. */
  readonly refused: number;
  readonly sha256: string;
}

/**
 * Reads a set and splits it.
 *
 * @param folder with the CSV files.
 * @throws PolyclinicError `recipes/tx-data` if a file or a column is missing.
 */
export async function readTxSet(definition: TxSetDefinition, folder: string): Promise<TxSet> {
  const path = join(folder, definition.file);
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new PolyclinicError("recipes/tx-data", "is missing", {
      where: path,
      expected: `the CSV file of MoleculeNet's ${definition.name}`,
      cause,
    });
  });
  const table = parseCsv(text, path);
  const columnOf = (name: string) => {
    const at = table.header.indexOf(name);
    if (at < 0)
      throw new PolyclinicError("recipes/tx-data", "has no column with this name", {
        where: path,
        expected: name,
        found: table.header.join(", "),
      });
    return at;
  };
  const smilesAt = columnOf(definition.smiles);
  const labelsAt = definition.tasks.map(({ column }) => columnOf(column));
  const read: Omit<TxMolecule, "part">[] = [];
  let refused = 0;
  for (const { cells } of table.rows) {
    let molecule: Molecule;
    try {
      molecule = readSmiles(cells[smilesAt]);
    } catch (error) {
      if (!PolyclinicError.is(error)) throw error;
      refused++;
      continue;
    }
    const labels = labelsAt.map((at) => ((cells[at] ?? "") === "" ? Number.NaN : Number(cells[at])));
    read.push({ molecule, smiles: canonicalSmiles(molecule), labels });
  }
  const split = splitByName(
    txSplit,
    read.map(({ molecule }) => scaffoldName(molecule)),
    { seed: 0 },
  );
  const parts: Part[] = read.map(() => "train");
  for (const part of ["valid", "test"] as const) for (const i of split[part]) parts[i] = part;
  return {
    ...definition,
    molecules: read.map((each, i) => ({ ...each, part: parts[i] })),
    refused,
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}

/**
 * The input of the embedded therapeutics model: canonical SMILES, descriptors rounded to steps, and circular environments by
 * number. A small model trained on a few thousand molecules does not learn to count atoms in SMILES; computable properties are therefore given
 * explicitly. Each word (`logP=1.25;`, `e731;`) is one token.
 */
import { canonicalSmiles, descriptors, type Molecule, morganEnvironments } from "../../../molecules/index.ts";
import type { PromptInputs } from "../prompts.ts";

/** A descriptor written as a multiple of `step`, clamped to `low` and `high`. */
export interface DescriptorWord {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

/** In the order written. Masses in dalton, surfaces in square angstrom. */
export const descriptorWords = [
  { name: "logP", low: -4, high: 10, step: 0.25 },
  { name: "weight", low: 0, high: 900, step: 20 },
  { name: "tpsa", low: 0, high: 240, step: 8 },
  { name: "donors", low: 0, high: 8, step: 1 },
  { name: "acceptors", low: 0, high: 14, step: 1 },
  { name: "rotatable", low: 0, high: 16, step: 1 },
  { name: "aromatic", low: 0, high: 6, step: 1 },
  { name: "rings", low: 0, high: 8, step: 1 },
  { name: "csp3", low: 0, high: 1, step: 0.1 },
  { name: "hetero", low: 0, high: 18, step: 1 },
  { name: "charge", low: -2, high: 2, step: 1 },
] as const satisfies readonly DescriptorWord[];

export type DescriptorName = (typeof descriptorWords)[number]["name"];

/** Environments of radius 0 and 1 are folded to this many numbers. */
export const environmentWords = 1024;
const environmentRadius = 1;

/** Names of the placeholders in the model's prompts. */
export const smilesPlaceholder = "Drug SMILES";
export const descriptorsPlaceholder = "Drug descriptors";
export const environmentsPlaceholder = "Drug environments";

export interface MoleculeWords {
  readonly smiles: string;
  readonly values: Readonly<Record<DescriptorName, number>>;
  /** Without duplicates, ascending. */
  readonly environments: readonly number[];
}

export function wordsOf(molecule: Molecule): MoleculeWords {
  const of = descriptors(molecule);
  const environments = morganEnvironments(molecule, environmentRadius).map((hash) => hash % environmentWords);
  return {
    smiles: canonicalSmiles(molecule),
    values: {
      logP: of.logP,
      weight: of.molecularWeight,
      tpsa: of.polarSurfaceArea,
      donors: of.hydrogenBondDonors,
      acceptors: of.hydrogenBondAcceptors,
      rotatable: of.rotatableBonds,
      aromatic: of.aromaticRings,
      rings: of.rings,
      csp3: of.fractionCsp3,
      hetero: of.heteroatoms,
      charge: of.charge,
    },
    environments: [...new Set(environments)].sort((a, b) => a - b),
  };
}

/** A descriptor's word for a value. */
export function descriptorWord({ name, low, high, step }: DescriptorWord, value: number): string {
  const level = Math.round((Math.min(high, Math.max(low, value)) - low) / step);
  return `${name}=${Number((low + level * step).toFixed(2))};`;
}

export const environmentWord = (environment: number): string => `e${environment};`;

/** All words; the tokenizer has a token for each. */
export function allWords(): string[] {
  const levels = (word: DescriptorWord) =>
    Array.from({ length: Math.round((word.high - word.low) / word.step) + 1 }, (_, i) =>
      descriptorWord(word, word.low + i * word.step),
    );
  return [
    ...descriptorWords.flatMap(levels),
    ...Array.from({ length: environmentWords }, (_, i) => environmentWord(i)),
  ];
}

/** The placeholder values for the prompts of the embedded model. */
export function ownInputs({ smiles, values, environments }: MoleculeWords): PromptInputs {
  return {
    [smilesPlaceholder]: smiles,
    [descriptorsPlaceholder]: descriptorWords.map((word) => descriptorWord(word, values[word.name])).join(""),
    [environmentsPlaceholder]: environments.map(environmentWord).join(""),
  };
}

/**
 * The content of an answer in a common form for all tasks: sentences, labels, measurements and regions. The DICOM and FHIR exports are both generated from
 * this, so that they have the same content.
 */
import type { LabelProbability, LocatedBox } from "./result.ts";

export interface Sentence {
  readonly text: string;
  /** The question, if the sentence answers one. */
  readonly question?: string;
}

export interface Label {
  readonly label: string;
  /** Whether the model chose this label. */
  readonly chosen: boolean;
  /** 0 to 1. */
  readonly probability?: number;
}

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** An answer in a common form for all exports: findings, labels, measurements and boxes. */
export interface Statements {
  readonly findings: readonly Sentence[];
  readonly impression?: string;
  readonly otherSections: readonly { readonly heading: string; readonly text: string }[];
  readonly labels: readonly Label[];
  readonly measurements: readonly Measurement[];
  readonly regions: readonly LocatedBox[];
  /** The whole answer in one line, for headings and images. */
  readonly summary: string;
}

/** Statements with the given fields; all others are empty. */
export function statementsWith(given: Partial<Statements> & Pick<Statements, "summary">): Statements {
  return { findings: [], otherSections: [], labels: [], measurements: [], regions: [], ...given };
}

export const sentences = (text: string | undefined): Sentence[] => (text?.trim() ? [{ text: text.trim() }] : []);

export function labelsOf(chosen: readonly string[], probabilities?: readonly LabelProbability[]): Label[] {
  if (probabilities === undefined) return chosen.map((label) => ({ label, chosen: true }));
  return probabilities.map(({ label, probability }) => ({ label, chosen: chosen.includes(label), probability }));
}

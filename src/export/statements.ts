/**
 * What a result says, the same for every task: sentences, labels, measurements and regions. The DICOM and FHIR exports are written from
 * this, so that neither can leave out what the other has.
 */
import type {
  AnyResult,
  AskAnswer,
  ClassifyAnswer,
  CompareAnswer,
  LabelProbability,
  LocateAnswer,
  LocatedBox,
  ReportAnswer,
} from "../task/result.ts";

export interface Sentence {
  readonly text: string;
  /** What was asked, when the sentence answers a question. */
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

export interface Statements {
  readonly findings: readonly Sentence[];
  readonly impression?: string;
  readonly otherSections: readonly { readonly heading: string; readonly text: string }[];
  readonly labels: readonly Label[];
  readonly measurements: readonly Measurement[];
  readonly regions: readonly LocatedBox[];
  /** The whole answer in one line, for headings and pictures. */
  readonly summary: string;
}

const nothing: Omit<Statements, "summary"> = {
  findings: [],
  otherSections: [],
  labels: [],
  measurements: [],
  regions: [],
};

/** An unparsed result states nothing: its raw text is reported as such by {@link describeResult}. */
export function statementsOf(result: AnyResult): Statements {
  if (result.answer === undefined) return { ...nothing, summary: "The answer could not be parsed." };
  switch (result.task) {
    case "ask":
      return fromAsk(result.answer);
    case "report":
      return fromReport(result.answer);
    case "classify":
      return fromClassify(result.answer);
    case "locate":
      return fromLocate(result.answer);
    case "compare":
      return fromCompare(result.answer);
  }
}

function fromAsk({ question, answer, reasoning, quantities = [] }: AskAnswer): Statements {
  return {
    ...nothing,
    findings: [{ text: answer, question }, ...sentences(reasoning)],
    measurements: quantities,
    summary: `${question} ${answer}`,
  };
}

function fromReport({ findings, impression, otherSections }: ReportAnswer): Statements {
  return {
    ...nothing,
    findings: findings.map((text) => ({ text })),
    impression: impression || undefined,
    otherSections: Object.entries(otherSections).map(([heading, text]) => ({ heading, text })),
    summary: impression || findings[0] || "The report is empty.",
  };
}

function fromClassify({ question, labels, probabilities }: ClassifyAnswer): Statements {
  const stated = withProbabilities(labels, probabilities);
  const chosen = stated.filter((label) => label.chosen).map(({ label }) => label);
  const summary = chosen.length > 0 ? chosen.join(", ") : "none of the labels";
  return { ...nothing, findings: [{ text: summary, question }], labels: stated, summary };
}

function fromLocate({ object, boxes, reasoning }: LocateAnswer): Statements {
  const summary = boxes.length === 0 ? `${object}: none found` : `${object}: ${boxes.length} found`;
  return { ...nothing, findings: [{ text: summary }, ...sentences(reasoning)], regions: boxes, summary };
}

function fromCompare({ finding, course, probabilities, description }: CompareAnswer): Statements {
  const summary = `${finding ?? "Compared with the prior"}: ${course}`;
  return {
    ...nothing,
    findings: [{ text: summary }, ...sentences(description)],
    labels: probabilities === undefined ? [] : withProbabilities([course], probabilities),
    summary,
  };
}

const sentences = (text: string | undefined): Sentence[] => (text?.trim() ? [{ text: text.trim() }] : []);

function withProbabilities(chosen: readonly string[], probabilities?: readonly LabelProbability[]): Label[] {
  if (probabilities === undefined) return chosen.map((label) => ({ label, chosen: true }));
  return probabilities.map(({ label, probability }) => ({ label, chosen: chosen.includes(label), probability }));
}

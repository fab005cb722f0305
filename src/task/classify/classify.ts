/** The `classify` task: exactly one of a closed set of labels, or each label independently. Scored by likelihood if the engine can, otherwise generated. */
import { PolyclinicError } from "../../base/errors.ts";
import { askPrompt, classifyPrompt, presenceQuestion } from "../../prompts/index.ts";
import { defineTask, type Parsed, type Reply, type TaskPrompts } from "../define.ts";
import type { Worded } from "../layout.ts";
import { parseChoice } from "../parse/choice.ts";
import type { LabelProbability } from "../result.ts";
import { labelsOf, statementsWith } from "../statements.ts";

/** Labels from which the model chooses one or, with `multi`, any number. */
export interface ClassifyRequest {
  /** At least two, or at least one with `multi`. */
  labels: readonly string[];
  /** Default: which of the labels describes the study best. */
  question?: string;
  /** Each label is asked as its own yes/no question. Default false. */
  multi?: boolean;
  /** With `multi`: the minimum probability of yes for a label to be chosen. Default 0.5. */
  threshold?: number;
}

/** The chosen labels, with probabilities if the engine can score. */
export interface ClassifyAnswer {
  readonly kind: "single" | "multi";
  readonly question?: string;
  /** `single`: exactly one; `multi`: those whose probability of yes is at least the threshold. */
  readonly labels: readonly string[];
  /** Every label, in the given order; absent if the engine cannot score and the label was generated instead. */
  readonly probabilities?: readonly LabelProbability[];
  readonly threshold?: number;
}

const yesNo = ["yes", "no"] as const;

export const classifyTask = defineTask<ClassifyRequest, ClassifyAnswer, "classify">({
  name: "classify",
  summary: "choose among labels, with probabilities",
  description: "choose among labels by likelihood, or judge each label separately",
  example: "samples/chest-xray.jpg --labels normal,pneumonia",
  options: {
    labels: { kind: "list", required: true, letter: "l", help: "the labels, e.g. normal,pneumonia" },
    question: { kind: "text", letter: "q", help: "the question that the labels answer" },
    multi: { kind: "boolean", help: "judge each label separately, as a yes/no question" },
    threshold: {
      kind: "number",
      placeholder: "p",
      help: "with multi: the lowest probability at which a label counts as present (0.5)",
    },
  },
  needs: {},
  answerTokens: 500,
  check({ labels, multi, threshold }) {
    if (threshold !== undefined && !(threshold >= 0 && threshold <= 1))
      throw new PolyclinicError("task/argument", "is not a probability", {
        where: "threshold",
        expected: "0 to 1",
        found: String(threshold),
      });
    if (threshold !== undefined && !multi)
      throw new PolyclinicError("task/argument", "applies only with multi", {
        where: "threshold",
        expected: "no threshold: without multi, exactly one label is chosen",
        found: String(threshold),
        hint: "Judge each label separately (--multi; in code: multi: true), or leave the threshold out.",
      });
    const plain = labels.map((label) => label.trim().toLowerCase());
    const fault =
      labels.length < (multi ? 1 : 2)
        ? `${labels.length} given`
        : plain.length > new Set(plain).size
          ? "the same label twice"
          : undefined;
    if (fault === undefined) return;
    throw new PolyclinicError("task/labels", "the labels are not distinct", {
      where: "labels",
      expected: multi ? "one or more different labels" : "two or more different labels",
      found: fault,
    });
  },
  render(layout, options) {
    if (options.multi) return presencePrompts(layout, options.labels);
    const { labels, question } = options;
    const { subject, form, bodyPart } = layout;
    const prompt = classifyPrompt({ question, labels, subject, form, bodyPart });
    return { prompts: [prompt], closed: { answers: labels, score: "instead" } };
  },
  parse: (reply, options) => (options.multi ? parseEach(reply, options) : parseOne(reply, options)),
  answerSchema: (z) =>
    z.looseObject({
      kind: z.enum(["single", "multi"]),
      question: z.string().optional(),
      labels: z.array(z.string()),
      probabilities: z
        .array(z.looseObject({ label: z.string(), probability: z.number().min(0).max(1), logLikelihood: z.number() }))
        .optional(),
      threshold: z.number().optional(),
    }),
  text: ({ labels, probabilities }) =>
    probabilities === undefined ? labels.join("\n") : probabilityTable(probabilities, labels),
  statements({ question, labels, probabilities }) {
    const stated = labelsOf(labels, probabilities);
    const chosen = stated.filter((label) => label.chosen).map(({ label }) => label);
    const summary = chosen.length > 0 ? chosen.join(", ") : "none of the labels";
    return statementsWith({ findings: [{ text: summary, question }], labels: stated, summary });
  },
});

/** One yes/no question per label (the report's evaluation asks every condition on its own). */
function presencePrompts({ subject, form, bodyPart }: Worded, labels: readonly string[]): TaskPrompts {
  const prompts = labels.map((label) =>
    askPrompt({ question: presenceQuestion(label, subject), choices: yesNo, subject, form, bodyPart }),
  );
  return {
    prompts,
    titles: labels,
    record: {
      ...prompts[0],
      version: `classify-multi-${form}@1`,
      after: prompts.map(({ after }) => after).join("\n"),
    },
    closed: { answers: yesNo, score: "instead" },
  };
}

function parseOne({ texts, scores }: Reply, { labels, question }: ClassifyRequest): Parsed<ClassifyAnswer> {
  const questionField = question ? { question } : {};
  if (scores !== undefined) {
    const [probabilities] = scores;
    const best = probabilities.reduce((a, b) => (b.probability > a.probability ? b : a));
    return { answer: { kind: "single", ...questionField, labels: [best.label], probabilities }, problems: [] };
  }
  const chosen = parseChoice(texts[0], labels);
  if (chosen === undefined) return { problems: [`no final answer among: ${labels.join(", ")}`] };
  return { answer: { kind: "single", ...questionField, labels: [chosen.choice] }, problems: [] };
}

/** Every label must be answered: one unparsed reply makes the whole answer unparsed, since a missing answer is not a no. */
function parseEach({ texts, scores }: Reply, { labels, threshold = 0.5 }: ClassifyRequest): Parsed<ClassifyAnswer> {
  if (scores !== undefined) {
    const probabilities = scores.map(([yes], i) => ({ ...yes, label: labels[i] }));
    const chosen = probabilities.filter(({ probability }) => probability >= threshold).map(({ label }) => label);
    return { answer: { kind: "multi", labels: chosen, probabilities, threshold }, problems: [] };
  }
  const verdicts = texts.map((text) => parseChoice(text, yesNo)?.choice);
  const silent = labels.filter((_, i) => verdicts[i] === undefined);
  if (silent.length > 0) return { problems: silent.map((label) => `no yes or no for: ${label}`) };
  return { answer: { kind: "multi", labels: labels.filter((_, i) => verdicts[i] === "yes") }, problems: [] };
}

/** One label per line; the chosen ones are marked with a star. */
function probabilityTable(probabilities: readonly LabelProbability[], chosen: readonly string[]): string {
  const width = Math.max(...probabilities.map(({ label }) => label.length));
  return probabilities
    .map(
      ({ label, probability }) =>
        `${label.padEnd(width)}  ${probability.toFixed(3)}${chosen.includes(label) ? "  *" : ""}`,
    )
    .join("\n");
}

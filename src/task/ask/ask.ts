/** The `ask` task: a question about a study, free or closed. */
import { PolyclinicError } from "../../base/errors.ts";
import { askPrompt, finalAnswer, type PromptText, type Quantity } from "../../prompts/index.ts";
import { defineTask, type Parsed } from "../define.ts";
import type { Worded } from "../layout.ts";
import { letteredOptions } from "../lettered.ts";
import { type Chosen, parseChoice } from "../parse/choice.ts";
import { findFinalAnswer } from "../parse/final-answer.ts";
import { findQuantities } from "../parse/quantities.ts";
import type { LabelProbability } from "../result.ts";
import { labelsOf, sentences, statementsWith } from "../statements.ts";
import { type CitedFact, citationLine } from "./citation.ts";
import { withScale } from "./scale.ts";

/** A question about a study, with the permitted answers if it is closed. */
export interface AskRequest {
  /** A question with lettered options, one per line (`(A) ...`), is an exam question: the answer is one of the letters. */
  question: string;
  /** The only answers allowed. Default: the letters of an exam question; `["yes", "no"]` when the question is an English yes/no question. */
  choices?: readonly string[];
  /** Answer freely, also to a yes/no question. */
  free?: boolean;
}

/** The answer to a question: free text, one of the choices, or computed without a model. */
export interface AskAnswer {
  /** `computed`: from the facts of a health record or the samples of an ECG, without a model. */
  readonly kind: "free" | "closed" | "computed";
  readonly question: string;
  /** For a closed question one of `choices`, spelled as given; for the others the answer's text. */
  readonly answer: string;
  readonly choices?: readonly string[];
  /**
   * If the engine can score: one probability per choice of a closed answer, by its likelihood as the final answer without reasoning; or, if a free
   * question was answered by a classification, one per class.
   */
  readonly probabilities?: readonly LabelProbability[];
  /** The text before the final answer, if any. */
  readonly reasoning?: string;
  /** Named quantities found in the final answer of a free question (`1503 mm3`). */
  readonly quantities?: readonly Quantity[];
  /** The facts that a computed answer is based on, in the order of the numbers in its text. */
  readonly facts?: readonly CitedFact[];
}

export const askTask = defineTask<AskRequest, AskAnswer, "ask">({
  name: "ask",
  summary: "ask a question about a study",
  description: "ask a question about a study; several questions share the encoding of the images",
  example: 'samples/chest-xray.jpg "Is there pneumonia?"',
  options: {
    question: { kind: "text", required: true, letter: "q", last: "the question", several: true, help: "the question" },
    choices: {
      kind: "list",
      help: "the only answers allowed, e.g. improved,stable (yes/no questions need none)",
    },
    free: {
      kind: "boolean",
      help: "let the model answer in free text, even a yes/no question or one that could be computed",
    },
  },
  needs: {},
  // The notebooks allow 500 for images, arguments included.
  answerTokens: 500,
  check({ choices, free }) {
    if (free && choices !== undefined)
      throw new PolyclinicError("task/conflict", "free and choices exclude each other", { where: "choices" });
  },
  // Loaded only where they can apply: a command about an image starts in half the time.
  async compute(study, options) {
    const kind = study.parts[0]?.kind;
    if (kind === "waveform") return (await import("./signal.ts")).computeFromSignal(study, options);
    if (kind !== "record" && study.labs === undefined) return undefined;
    return (await import("./record.ts")).computeAnswer(study, options);
  },
  async verify(answer, study) {
    if (!study.parts.some(({ kind }) => kind === "record" || kind === "document")) return [];
    return (await import("./record.ts")).checkAgainstRecords(study, answer);
  },
  render(layout, options) {
    const choices = choicesOf(options);
    // Short forms are answered with the choice alone; if a model reasons first, the draft has no measurable cost.
    // Exam questions are answered with reasoning.
    const argued = choices === undefined || letteredOptions(options.question) !== undefined;
    const draft = argued ? undefined : finalAnswer(choices[0]);
    return {
      prompts: [askPromptOf(layout, options)],
      draft,
      // For an answer with reasoning, likelihoods without the reasoning would measure something else.
      ...(choices !== undefined && !argued && { closed: { answers: choices, score: "beside" as const } }),
    };
  },
  parse({ texts: [text], scores }, options) {
    const parsed = parseAsk(text, options.question, choicesOf(options));
    if (parsed.answer === undefined || scores === undefined) return parsed;
    return { ...parsed, answer: { ...parsed.answer, probabilities: scores[0] } };
  },
  answerSchema: (z) =>
    z.looseObject({
      kind: z.enum(["free", "closed", "computed"]),
      question: z.string(),
      answer: z.string(),
      choices: z.array(z.string()).optional(),
      probabilities: z
        .array(z.looseObject({ label: z.string(), probability: z.number().min(0).max(1), logLikelihood: z.number() }))
        .optional(),
      reasoning: z.string().optional(),
      quantities: z.array(z.looseObject({ name: z.string(), value: z.number(), unit: z.string() })).optional(),
      facts: z
        .array(
          z.looseObject({
            number: z.int().positive(),
            id: z.string(),
            name: z.string(),
            kind: z.string(),
            value: z.string().optional(),
            date: z.string().optional(),
            flag: z.string().optional(),
            source: z
              .union([
                z.looseObject({ resource: z.string(), path: z.string().optional() }),
                z.looseObject({ note: z.string(), from: z.int(), to: z.int() }),
                z.looseObject({
                  page: z.int().positive(),
                  box: z.looseObject({ x0: z.number(), y0: z.number(), x1: z.number(), y1: z.number() }),
                  text: z.string(),
                  document: z.string().optional(),
                }),
              ])
              .describe("a FHIR resource, a range of characters of a note, or a box on a page"),
            cautions: z.array(z.string()).optional(),
          }),
        )
        .optional()
        .describe("for a computed answer: the facts it is based on, by the numbers in its text"),
    }),
  key: ({ answer }) => answer.toLowerCase(),
  text: ({ answer, question, facts = [] }) => [withOption(answer, question), ...facts.map(citationLine)].join("\n"),
  statements: ({ question, answer, probabilities, reasoning, quantities = [], facts = [] }) =>
    statementsWith({
      labels: probabilities === undefined ? [] : labelsOf([answer], probabilities),
      findings: [
        { text: answer, question },
        ...sentences(reasoning),
        ...facts.map((fact) => ({ text: citationLine(fact) })),
      ],
      measurements: quantities,
      summary: `${question} ${withOption(answer, question)}`,
    }),
});

/** `(B) name`, if the question has lettered options. */
function withOption(answer: string, question: string): string {
  const option = letteredOptions(question)?.options.find(({ letter }) => letter === answer);
  return option === undefined ? answer : `(${answer}) ${option.text}`;
}

/** The text that `ask` puts around the items of a layout. */
export function askPromptOf(layout: Worded, options: AskRequest): PromptText {
  return askPrompt({
    question: withScale(options.question, layout),
    choices: choicesOf(options),
    lettered: letteredOptions(options.question) !== undefined && options.choices === undefined,
    subject: layout.subject,
    form: layout.form,
    bodyPart: layout.bodyPart,
  });
}

/** Parses an answer from its text, as `ask` does. */
export function parseAsk(text: string, question: string, choices?: readonly string[]): Parsed<AskAnswer> {
  if (choices !== undefined) {
    const chosen = parseChoice(text, choices) ?? optionByWords(text, question, choices);
    if (chosen === undefined) return { problems: [`no final answer among: ${choices.join(", ")}`] };
    const reasoning = chosen.reasoning === undefined ? {} : { reasoning: chosen.reasoning };
    return { answer: { kind: "closed", question, answer: chosen.choice, choices, ...reasoning }, problems: [] };
  }
  const final = findFinalAnswer(text);
  const answer = final === undefined || final.rest === "" ? text.trim() : final.rest;
  const quantities = findQuantities(answer);
  return {
    answer: {
      kind: "free",
      question,
      answer,
      ...(final !== undefined && final.rest !== "" && final.reasoning !== "" && { reasoning: final.reasoning }),
      ...(quantities.length > 0 && { quantities }),
    },
    problems: [],
  };
}

/** In an exam question, an option may be named by its text instead of its letter. */
function optionByWords(text: string, question: string, letters: readonly string[]): Chosen | undefined {
  const options = letteredOptions(question)?.options ?? [];
  if (options.length !== letters.length || options.some(({ letter }, i) => letter !== letters[i])) return undefined;
  const named = parseChoice(
    text,
    options.map((option) => option.text),
  );
  const found = options.find((option) => option.text === named?.choice);
  return found && { ...named, choice: found.letter };
}

function choicesOf({ question, choices, free }: AskRequest): readonly string[] | undefined {
  if (free) return undefined;
  if (choices !== undefined) return choices;
  return (
    letteredOptions(question)?.options.map(({ letter }) => letter) ??
    (isYesNoQuestion(question) ? ["yes", "no"] : undefined)
  );
}

/** `Is there ...?`; but not `Is it a or b?`, which asks for one of the two. */
export function isYesNoQuestion(question: string): boolean {
  const questionText = question.trim();
  return (
    /^(?:is|are|was|were|does|do|did|has|have|had|can|could)\b[^?]*\?\s*$/i.test(questionText) &&
    !/\bor\b(?!\s+(?:not|no)\b)/i.test(questionText)
  );
}

/** A question about a study, free or closed. */
import type { Model } from "../model/contract.ts";
import { askPrompt, finalAnswer, type PromptText } from "../prompts/index.ts";
import type { Study } from "../study/types.ts";
import { requireOptions, requireText, requireTexts } from "./arguments.ts";
import { type Layout, layOut } from "./layout.ts";
import { learnedSlices } from "./learned.ts";
import { parseChoice } from "./parse/choice.ts";
import { findFinalAnswer } from "./parse/final-answer.ts";
import { findQuantities } from "./parse/quantities.ts";
import type { AskAnswer, AskResult } from "./result.ts";
import { layoutOf, type Parsed, recordWritten, type TaskOptions, write } from "./run.ts";
import { withScale } from "./scale.ts";

export interface AskOptions extends TaskOptions {
  question: string;
  /**
   * The only answers allowed, or `free`. Default: `["yes", "no"]` when the question is an English yes/no question, free otherwise.
   */
  choices?: readonly string[] | "free";
}

/** Answer tokens: the notebooks allow 500 for images, arguments included. */
const answerTokens = 500;

/**
 * ```ts
 * const { answer } = await ask(study, model, { question: "Is there pneumonia?" });
 * // { kind: "closed", question: "Is there pneumonia?", answer: "yes", choices: ["yes", "no"] }
 * ```
 * @throws PolyclinicError `task/argument` for an empty question, and what laying out and the model throw.
 */
export async function ask(input: Study | Layout, model: Model, options: AskOptions): Promise<AskResult> {
  requireOptions(options);
  requireText("question", options.question);
  if (options.choices !== undefined && options.choices !== "free") requireTexts("choices", options.choices);
  const layout = await asLearned(await layoutOf(input, model, options), model, options);
  const choices = choicesOf(options);
  // Short forms are answered by the choice alone; where a model argues first, the draft costs nothing that can be measured.
  const draft = choices === undefined || options.think ? undefined : finalAnswer(choices[0]);
  const written = await write(layout, model, askWords(layout, options), answerTokens, options, { draft });
  return recordWritten("ask", model, written, (text) => parseAsk(text, options.question, choices));
}

/** A question that the model learned on fewer slices of a volume is asked on that many, unless the caller says how many to show. */
async function asLearned(layout: Layout, model: Model, options: AskOptions): Promise<Layout> {
  if (model.recipe === undefined || options.view?.maxSlices !== undefined) return layout;
  const slices = learnedSlices(askWords(layout, options));
  if (slices === undefined || layout.images.length <= slices) return layout;
  return layOut(layout.study, model, { ...options, view: { ...options.view, maxSlices: slices } });
}

/** The words `ask` puts around the images of a layout. */
export function askWords(layout: Layout, options: Pick<AskOptions, "question" | "choices">): PromptText {
  return askPrompt({
    question: withScale(options.question, layout),
    choices: choicesOf(options),
    subject: layout.subject,
    form: layout.form,
    bodyPart: layout.bodyPart,
  });
}

/** Reads an answer again from its text, as `ask` did. */
export function parseAsk(text: string, question: string, choices?: readonly string[]): Parsed<AskAnswer> {
  if (choices !== undefined) {
    const chosen = parseChoice(text, choices);
    if (chosen === undefined) return { problems: [`no final answer out of: ${choices.join(", ")}`] };
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

function choicesOf({ question, choices }: Pick<AskOptions, "question" | "choices">): readonly string[] | undefined {
  if (choices === "free") return undefined;
  return choices ?? (isYesNoQuestion(question) ? ["yes", "no"] : undefined);
}

/** `Is there ...?`; but not `Is it a or b?`, which asks for one of the two. */
export function isYesNoQuestion(question: string): boolean {
  const asked = question.trim();
  return (
    /^(?:is|are|was|were|does|do|did|has|have|had|can|could)\b[^?]*\?\s*$/i.test(asked) &&
    !/\bor\b(?!\s+(?:not|no)\b)/i.test(asked)
  );
}

/** Two studies in time: has it improved, is it stable, or has it worsened? */
import { PolyclinicError } from "../base/errors.ts";
import type { Model } from "../model/contract.ts";
import { type Course, comparePrompt, courses } from "../prompts/index.ts";
import type { Study } from "../study/types.ts";
import { requireModel, requireOptionalText, requireOptions, requireStudy } from "./arguments.ts";
import { weigh } from "./classify.ts";
import { type LayOutOptions, type Layout, layOut } from "./layout.ts";
import { parseChoice } from "./parse/choice.ts";
import type { CompareAnswer, CompareResult } from "./result.ts";
import { type Parsed, recordWritten, type TaskOptions, write } from "./run.ts";

export interface CompareOptions extends TaskOptions {
  /** What to follow (`pleural effusion`). Default: the disease as a whole. */
  finding?: string;
}

/** Answer tokens of the longitudinal notebook. */
const answerTokens = 600;

/** Other words for the three courses that models use. */
const synonyms: Readonly<Record<string, Course>> = {
  better: "improved",
  improving: "improved",
  improvement: "improved",
  unchanged: "stable",
  "no change": "stable",
  "no significant change": "stable",
  worse: "worsened",
  worsening: "worsened",
  progressed: "worsened",
};

/**
 * @param input the prior and the current study, or one study (or its layout) with exactly two parts in clinical order.
 * @throws PolyclinicError `task/pair` when it is not clear which is which.
 */
export async function compare(
  input: Study | Layout | { readonly prior: Study; readonly current: Study },
  model: Model,
  options: CompareOptions = {},
): Promise<CompareResult> {
  requireOptions(options);
  requireOptionalText("finding", options.finding);
  const layout = await layOutPair(input, model, options);
  const prior = layout.images[0].part;
  const priorImages = layout.images.filter(({ part }) => part === prior).length;
  const prompt = comparePrompt({
    finding: options.finding,
    form: layout.form,
    priorImages,
    currentImages: layout.images.length - priorImages,
  });
  const probabilities = model.score === undefined ? undefined : await weigh(layout, model, prompt, courses, options);
  const written = await write(layout, model, prompt, answerTokens, options);
  return recordWritten("compare", model, written, (text) => {
    const parsed = parseCompare(text, options.finding);
    if (parsed.answer === undefined || probabilities === undefined) return parsed;
    return { ...parsed, answer: { ...parsed.answer, probabilities } };
  });
}

/** Prior and current as one study, prior first: what a comparison's `part` numbers count in, and what its exports take. */
export function pairOf(prior: Study, current: Study): Study {
  return {
    parts: [...prior.parts, ...current.parts],
    leftOut: [...prior.leftOut, ...current.leftOut],
    warnings: [...prior.warnings, ...current.warnings],
  };
}

/** The layout of a pair, which can be kept and asked again. */
export async function layOutPair(
  input: Study | Layout | { readonly prior: Study; readonly current: Study },
  model: Model,
  options: LayOutOptions = {},
): Promise<Layout> {
  const separate = typeof input === "object" && input !== null && "prior" in input ? input : undefined;
  if (separate !== undefined) {
    requireStudy("prior", separate.prior);
    requireStudy("current", separate.current);
  } else requireStudy("study", input);
  requireModel(model);
  const layout =
    "kind" in input
      ? input
      : await layOut("prior" in input ? pairOf(input.prior, input.current) : input, model, {
          ...options,
          subject: options.subject ?? "pair",
        });
  const parts = new Set(layout.images.map(({ part }) => part));
  if (parts.size === 2) return layout;
  throw new PolyclinicError("task/pair", "a comparison needs a prior and a current", {
    expected: "two parts that a model can look at",
    found: `${parts.size}`,
    hint: "Name one image or series for the prior and one for the current.",
  });
}

export function parseCompare(text: string, finding?: string): Parsed<CompareAnswer> {
  const chosen = parseChoice(text, [...courses, ...Object.keys(synonyms)]);
  if (chosen === undefined) return { problems: [`no final answer out of: ${courses.join(", ")}`] };
  const course = synonyms[chosen.choice] ?? (chosen.choice as Course);
  return {
    answer: {
      ...(finding !== undefined && { finding }),
      course,
      ...(chosen.reasoning !== undefined && { description: chosen.reasoning }),
    },
    problems: [],
  };
}

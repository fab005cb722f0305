/** A closed set of labels: exactly one of them, or each on its own. Scored by likelihood where the engine can, generated where it cannot. */
import { PolyclinicError } from "../base/errors.ts";
import type { Model, Usage } from "../model/contract.ts";
import { askPrompt, classifyAnswer, classifyPrompt, type PromptText, presenceQuestion } from "../prompts/index.ts";
import type { Study } from "../study/types.ts";
import { requireNumbers, requireOptionalText, requireOptions, requireTexts } from "./arguments.ts";
import { keepLayout, type Layout, messagesOf, releaseLayout } from "./layout.ts";
import { probabilitiesOf } from "./likelihood.ts";
import { parseChoice } from "./parse/choice.ts";
import type { ClassifyAnswer, ClassifyResult, LabelProbability } from "./result.ts";
import { layoutOf, type Parsed, prefixFor, record, recordWritten, samplingOf, type TaskOptions, write } from "./run.ts";

export interface ClassifyOptions extends TaskOptions {
  /** At least two, or at least one with `multi`. */
  labels: readonly string[];
  /** Default: which of the labels describes the images best. */
  question?: string;
  /** Each label is asked as its own yes/no question. Default false. */
  multi?: boolean;
  /** With `multi`: the probability of yes from which a label counts. Default 0.5. */
  threshold?: number;
}

const answerTokens = 500;
const yesNo = ["yes", "no"] as const;

/**
 * ```ts
 * const { answer } = await classify(study, model, { labels: ["normal", "pneumonia"] });
 * // { kind: "single", labels: ["pneumonia"], probabilities: [{ label: "normal", probability: 0.04, ... }, ...] }
 * ```
 * @throws PolyclinicError `task/labels` for too few, empty or repeated labels, `task/argument` for something else.
 */
export async function classify(input: Study | Layout, model: Model, options: ClassifyOptions): Promise<ClassifyResult> {
  requireOptions(options);
  requireOptionalText("question", options.question);
  requireNumbers({ threshold: options.threshold });
  checkLabels(options);
  const layout = await layoutOf(input, model, options);
  return options.multi ? classifyEach(layout, model, options) : classifyOne(layout, model, options);
}

async function classifyOne(layout: Layout, model: Model, options: ClassifyOptions): Promise<ClassifyResult> {
  const { labels, question } = options;
  const { subject, form, bodyPart } = layout;
  const prompt = classifyPrompt({ question, labels, subject, form, bodyPart });
  if (model.score === undefined) {
    const written = await write(layout, model, prompt, answerTokens, options);
    return recordWritten("classify", model, written, (text) => parseClassify(text, labels, question));
  }
  const probabilities = await weigh(layout, model, prompt, labels, options);
  const best = probabilities.reduce((a, b) => (b.probability > a.probability ? b : a));
  const answer: ClassifyAnswer = { kind: "single", ...(question && { question }), labels: [best.label], probabilities };
  return record(
    "classify",
    model,
    layout,
    prompt,
    samplingOf(1, options),
    scored(answer, await cost(layout, model, [prompt])),
  );
}

/** Reads one label again from a text, as `classify` does where an engine cannot score. */
export function parseClassify(text: string, labels: readonly string[], question?: string): Parsed<ClassifyAnswer> {
  const chosen = parseChoice(text, labels);
  if (chosen === undefined) return { problems: [`no final answer out of: ${labels.join(", ")}`] };
  return { answer: { kind: "single", ...(question && { question }), labels: [chosen.choice] }, problems: [] };
}

/** One yes/no question a label (the report's evaluation asks every condition on its own). */
async function classifyEach(given: Layout, model: Model, options: ClassifyOptions): Promise<ClassifyResult> {
  const threshold = options.threshold ?? 0.5;
  const layout = options.labels.length > 1 ? await keepLayout(given, model, options) : given;
  const prompts = options.labels.map((label) => presencePrompt(layout, label));
  const all = {
    ...prompts[0],
    version: `classify-multi-${layout.form}@1`,
    after: prompts.map(({ after }) => after).join("\n"),
  };
  try {
    if (model.score === undefined) return await generateEach(layout, model, prompts, all, options);
    const probabilities: LabelProbability[] = [];
    for (const [i, label] of options.labels.entries()) {
      const [yes] = await weigh(layout, model, prompts[i], yesNo, options);
      probabilities.push({ ...yes, label });
    }
    const labels = probabilities.filter(({ probability }) => probability >= threshold).map(({ label }) => label);
    const answer: ClassifyAnswer = { kind: "multi", labels, probabilities, threshold };
    return record(
      "classify",
      model,
      layout,
      all,
      samplingOf(1, options),
      scored(answer, await cost(layout, model, prompts)),
      prompts,
    );
  } finally {
    if (layout !== given) releaseLayout(layout);
  }
}

function presencePrompt({ subject, form, bodyPart }: Layout, label: string): PromptText {
  return askPrompt({ question: presenceQuestion(label, subject), choices: yesNo, subject, form, bodyPart });
}

/** Every label has to be answered: one unparsed reply makes the whole answer unparsed, since silence is not no. */
async function generateEach(
  layout: Layout,
  model: Model,
  prompts: readonly PromptText[],
  all: PromptText,
  options: ClassifyOptions,
): Promise<ClassifyResult> {
  const replies = [];
  for (const prompt of prompts)
    replies.push(await write(layout, model, prompt, answerTokens, { ...options, onText: undefined }));
  const texts = replies.map(({ generation }) => generation.text);
  const chosen = texts.map((text) => parseChoice(text, yesNo)?.choice);
  const silent = options.labels.filter((_, i) => chosen[i] === undefined);
  const labels = options.labels.filter((_, i) => chosen[i] === "yes");
  const worst = replies.find(({ generation }) => generation.finishReason !== "stop") ?? replies[0];
  const told = {
    answer: silent.length === 0 ? ({ kind: "multi", labels } as const) : undefined,
    problems: silent.map((label) => `no yes or no for: ${label}`),
    text: options.labels.map((label, i) => `${label}: ${texts[i]}`).join("\n"),
    finishReason: worst.generation.finishReason,
    usage: replies.map(({ generation }) => generation.usage).reduce(add),
  };
  return record<ClassifyAnswer, "classify">("classify", model, layout, all, worst.sampling, told, prompts);
}

/** Each label's probability and log-likelihood as the answer to one prompt. */
export async function weigh(
  layout: Layout,
  model: Model,
  prompt: PromptText,
  labels: readonly string[],
  options: TaskOptions,
): Promise<LabelProbability[]> {
  if (model.score === undefined) throw new PolyclinicError("task/no-score", "this engine cannot weigh answers");
  const continuations = labels.map(classifyAnswer);
  const prefix = prefixFor(layout, prompt, options);
  const { signal } = options;
  const scores = await model.score(messagesOf(layout, prompt, options), continuations, { prefix, signal });
  const probabilities = probabilitiesOf(continuations, scores);
  return labels.map((label, i) => ({ label, probability: probabilities[i], logLikelihood: scores[i].logLikelihood }));
}

function scored(answer: ClassifyAnswer, usage: Usage) {
  return { answer, problems: [], text: "", finishReason: "scored" as const, usage };
}

/** Prompt tokens of questions that were only scored. */
async function cost(layout: Layout, model: Model, prompts: readonly PromptText[]): Promise<Usage> {
  let promptTokens = 0;
  for (const prompt of prompts) promptTokens += await model.countTokens(messagesOf(layout, prompt));
  return { promptTokens, completionTokens: 0, cachedTokens: (layout.prefix?.tokens ?? 0) * prompts.length };
}

function add(a: Usage, b: Usage): Usage {
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
  };
}

function checkLabels({ labels, multi }: ClassifyOptions): void {
  if (!Array.isArray(labels) || labels.some((label) => typeof label !== "string")) requireTexts("labels", labels);
  const plain = labels.map((label) => label.trim().toLowerCase());
  const fault =
    labels.length < (multi ? 1 : 2)
      ? `${labels.length} given`
      : plain.includes("")
        ? "an empty label"
        : plain.length > new Set(plain).size
          ? "a label twice"
          : undefined;
  if (fault === undefined) return;
  throw new PolyclinicError("task/labels", "the labels cannot be told apart", {
    where: "labels",
    expected: multi ? "one or more different labels" : "two or more different labels",
    found: fault,
  });
}

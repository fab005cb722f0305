/** Collects a model's replies to one or more prompts: generated or scored. */
import { PolyclinicError, throwIfAborted } from "../base/errors.ts";
import type { GenerationResult, Generator, JsonSchema, Usage } from "../model/contract.ts";
import type { PromptText } from "../prompts/index.ts";
import { endsInRepetition } from "../text/index.ts";
import type { TaskPrompts } from "./define.ts";
import { introductionOf, type Layout, messagesOf } from "./layout.ts";
import { scoreAnswers } from "./likelihood.ts";
import { maxAnswerLength } from "./parse/longest.ts";
import type { LabelProbability } from "./result.ts";
import type { TaskOptions } from "./run.ts";
import type { Sampling } from "./sampling.ts";

/**
 * Likelihoods are optional next to a generated answer: after a thought they would measure something else, and if a server fails to return them, the answer
 * is kept without them.
 */
export async function scoresOf(
  layout: Layout,
  model: Generator,
  prompts: readonly PromptText[],
  { answers, score }: NonNullable<TaskPrompts["closed"]>,
  options: TaskOptions,
): Promise<LabelProbability[][] | undefined> {
  if (model.score === undefined || (score === "beside" && options.think)) return undefined;
  try {
    return await scoreEach(layout, model, prompts, answers, options);
  } catch (error) {
    if (score === "beside" && PolyclinicError.is(error) && error.code.startsWith("remote/")) return undefined;
    throw error;
  }
}

export interface GenerationPlan {
  readonly sampling: Sampling;
  readonly schema?: JsonSchema | undefined;
  readonly draft?: string | undefined;
  readonly read: (text: string) => string | undefined;
}

export async function generateReply(
  layout: Layout,
  model: Generator,
  prompt: PromptText,
  { sampling, schema, draft, read }: GenerationPlan,
  options: TaskOptions,
  prompts: number,
): Promise<GenerationResult> {
  const generation = model.generate(messagesOf(layout, prompt, options), {
    ...sampling,
    ...(schema !== undefined && { schema }),
    // A thought would precede the draft.
    ...(draft !== undefined && !options.think && { draft }),
    read,
    signal: options.signal,
    prefix: prefixFor(layout, prompt, options),
  });
  // Streamed pieces of several answers would be mixed.
  if (options.onText !== undefined && prompts === 1) for await (const { text } of generation) options.onText(text);
  const result = await generation.result;
  throwIfAborted(options.signal);
  return result;
}

/** In process, repetition is stopped during decoding; a server's text is checked when it is complete. */
export function repeats(replies: readonly GenerationResult[]): boolean {
  return replies.some(({ finishReason, text }) => finishReason === "repetition" || endsInRepetition(text));
}

/** Why a reply cannot be an answer, regardless of its content. */
export function faultOf({ text, unclosedThought }: GenerationResult): string | undefined {
  if (unclosedThought) return "the token limit was reached before the thought ended: allow more tokens";
  if (text.length > maxAnswerLength)
    return `the reply has ${text.length} characters, of which the first ${maxAnswerLength} are parsed`;
  return text.trim() === "" ? "the model wrote nothing" : undefined;
}

async function scoreEach(
  layout: Layout,
  model: Generator,
  prompts: readonly PromptText[],
  answers: readonly string[],
  options: TaskOptions,
): Promise<LabelProbability[][]> {
  const scores: LabelProbability[][] = [];
  for (const prompt of prompts) {
    const messages = messagesOf(layout, prompt, options);
    const prefix = prefixFor(layout, prompt, options);
    const score: NonNullable<Generator["score"]> = (...all) => model.score!(...all);
    scores.push(await scoreAnswers(score, messages, answers, { prefix, signal: options.signal }));
  }
  return scores;
}

/** The kept prefix, if this prompt begins with it. The engine works on its own copy. */
function prefixFor(layout: Layout, prompt: PromptText, { think }: TaskOptions) {
  if (layout.prefix === undefined || think || prompt.before !== introductionOf(layout)) return undefined;
  return layout.prefix;
}

/** Number of prompt tokens of questions that were only scored. */
export async function costOf(layout: Layout, model: Generator, prompts: readonly PromptText[]): Promise<Usage> {
  let promptTokens = 0;
  for (const prompt of prompts) promptTokens += await model.countTokens(messagesOf(layout, prompt));
  return { promptTokens, completionTokens: 0, cachedTokens: (layout.prefix?.tokens ?? 0) * prompts.length };
}

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
  };
}

/** What all tasks share: rendering on a layout, driving the model, and the record around the answer. */
import { PolyclinicError, throwIfAborted } from "../base/errors.ts";
import type { GenerateOptions, GenerationResult, Model, Usage } from "../model/contract.ts";
import { introduction, type PromptText } from "../prompts/index.ts";
import type { Study } from "../study/types.ts";
import { requireModel, requireNumbers, requireOptions, requireStudy } from "./arguments.ts";
import { cautionsOf } from "./cautions.ts";
import { type LayOutOptions, type Layout, layOut, messagesOf } from "./layout.ts";
import { notForClinicalUse, type Parse, type Sampling, type TaskFinishReason, type TaskResult } from "./result.ts";

export interface TaskOptions extends LayOutOptions {
  /** Upper bound of answer tokens. Default: the task's own. */
  maxTokens?: number;
  /** Default 0 (greedy): all published results of the family are (report section 3). */
  temperature?: number;
  topK?: number;
  topP?: number;
  minP?: number;
  repetitionPenalty?: number;
  seed?: number;
  /** Lets the model think first; it needs more tokens, and the thought is never part of the answer. Default false. */
  think?: boolean;
  signal?: AbortSignal;
  /** The answer as it is written, piece by piece. */
  onText?: (text: string) => void;
}

/** Most tokens of an answer; with a thought before it (notebooks: 1500 for images) that much more. */
const thinkingTokens = 1500;

export interface Written {
  readonly layout: Layout;
  readonly prompt: PromptText;
  readonly sampling: Sampling;
  readonly generation: GenerationResult;
}

/**
 * A layout as it is, a study laid out for the model.
 *
 * @throws PolyclinicError `task/argument` when one of these is something else.
 */
export async function layoutOf(input: Study | Layout, model: Model, options: TaskOptions): Promise<Layout> {
  requireStudy("study", input);
  requireModel(model);
  requireOptions(options);
  throwIfAborted(options.signal);
  return "kind" in input && input.kind === "layout" ? input : layOut(input as Study, model, options);
}

export async function write(
  layout: Layout,
  model: Model,
  prompt: PromptText,
  answerTokens: number,
  options: TaskOptions,
  { schema, draft }: Pick<GenerateOptions, "schema" | "draft"> = {},
): Promise<Written> {
  const sampling = samplingOf(answerTokens, options);
  const generate: GenerateOptions = {
    ...sampling,
    ...(schema !== undefined && { schema }),
    ...(draft !== undefined && { draft }),
    signal: options.signal,
  };
  const prefix = prefixFor(layout, prompt, options);
  const answer = model.generate(messagesOf(layout, prompt, options), { ...generate, prefix });
  if (options.onText !== undefined) for await (const { text } of answer) options.onText(text);
  const generation = await answer.result;
  throwIfAborted(options.signal);
  return { layout, prompt, sampling, generation };
}

/** The kept images, when this prompt begins with them. An engine writes to a copy of its own. */
export function prefixFor(layout: Layout, prompt: PromptText, { think }: TaskOptions) {
  const own = introduction(layout.subject, layout.form, layout.bodyPart);
  if (layout.prefix === undefined || think || prompt.before !== own) return undefined;
  return layout.prefix;
}

export function samplingOf(answerTokens: number, options: TaskOptions): Sampling {
  const { temperature, topK, topP, minP, repetitionPenalty, seed } = options;
  requireNumbers({ temperature, topK, topP, minP, repetitionPenalty, seed });
  const maxTokens = options.maxTokens ?? answerTokens + (options.think ? thinkingTokens : 0);
  if (!Number.isInteger(maxTokens) || maxTokens < 1)
    throw new PolyclinicError("task/option", "the number of answer tokens is not usable", {
      where: "maxTokens",
      expected: "a whole number from 1",
      found: String(maxTokens),
    });
  return {
    maxTokens,
    temperature: temperature ?? 0,
    ...(topK !== undefined && { topK }),
    ...(topP !== undefined && { topP }),
    ...(minP !== undefined && { minP }),
    ...(repetitionPenalty !== undefined && { repetitionPenalty }),
    ...(seed !== undefined && { seed }),
  };
}

/** A parsed answer, or nothing and why. */
export interface Parsed<Answer> {
  readonly answer?: Answer;
  readonly problems: readonly string[];
}

/** The record of a written answer. An answer to a thought that never ended, or to nothing, is not parsed at all. */
export function recordWritten<Answer, Task extends string>(
  task: Task,
  model: Model,
  written: Written,
  parse: (text: string) => Parsed<Answer>,
): TaskResult<Answer, Task> {
  const { generation } = written;
  const noAnswer = generation.unclosedThought
    ? "the model was still thinking when its tokens ran out: allow more tokens"
    : generation.text.trim() === ""
      ? "the model wrote nothing"
      : undefined;
  const parsed = noAnswer === undefined ? parse(generation.text) : { problems: [noAnswer] };
  const cut = generation.finishReason === "length" && !generation.unclosedThought;
  return record(task, model, written.layout, written.prompt, written.sampling, {
    answer: parsed.answer,
    problems: cut ? [...parsed.problems, "the answer was cut off: allow more tokens"] : parsed.problems,
    text: generation.text,
    thought: generation.thought,
    finishReason: generation.finishReason,
    usage: generation.usage,
  });
}

interface Told<Answer> {
  readonly answer?: Answer;
  readonly problems: readonly string[];
  readonly text: string;
  readonly thought?: string;
  readonly finishReason: TaskFinishReason;
  readonly usage: Usage;
}

/** @param asked every prompt that was put, where that was more than one. */
export function record<Answer, Task extends string>(
  task: Task,
  model: Model,
  layout: Layout,
  prompt: PromptText,
  sampling: Sampling,
  { answer, problems, text, thought, finishReason, usage }: Told<Answer>,
  asked: readonly PromptText[] = [prompt],
): TaskResult<Answer, Task> {
  const cautions = cautionsOf(layout, model, asked);
  const parse: Parse = { status: answer === undefined ? "unparsed" : "parsed", problems };
  return {
    schema: "polyclinic.result/1",
    task,
    promptVersion: prompt.version,
    prompt: prompt.before === undefined ? prompt.after : `${prompt.before}\n\n${prompt.after}`,
    ...(answer !== undefined && { answer }),
    parse,
    ...(cautions.length > 0 && { cautions }),
    text,
    ...(thought !== undefined && { thought }),
    model: model.identity,
    saw: layout.saw,
    sampling,
    finishReason,
    usage,
    notice: notForClinicalUse,
  };
}

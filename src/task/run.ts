/**
 * A task put to a model about a study: the one way from options to a result. Over 300 lines because that way is read from top to bottom, and each step
 * needs what the one before it found.
 */
import { PolyclinicError, throwIfAborted } from "../base/errors.ts";
import type { GenerationResult, Generator, JsonSchema, Usage } from "../model/contract.ts";
import type { PromptText } from "../prompts/index.ts";
import { pairOf } from "../study/study.ts";
import type { Part, Study } from "../study/types.ts";
import { endsInRepetition } from "../text/index.ts";
import { requireModel, requireOptions, requireStudy } from "./arguments.ts";
import type { Asked, Parsed, Task } from "./define.ts";
import { requireFit, requireShown } from "./fits.ts";
import { introductionOf, keepLayout, type LayOutOptions, type Layout, layOut, messagesOf } from "./layout.ts";
import { scoreAnswers } from "./likelihood.ts";
import { checkOptions } from "./options.ts";
import { longestAnswer } from "./parse/longest.ts";
import { record, recordComputed, recordRefused, sourcesOf } from "./record.ts";
import type { LabelProbability, TaskResult } from "./result.ts";
import { type Sampling, type SamplingOptions, samplingOf } from "./sampling.ts";
import { judge, type Ruling } from "./scope/judge.ts";
import { recordRefusal } from "./scope/records.ts";
import { asAnswerOf, routed } from "./scope/route.ts";
import { waveformRefusal } from "./scope/waveforms.ts";

/** The options every task takes. `maxTokens` defaults to the task's own bound, `temperature` to 0. */
export interface TaskOptions extends SamplingOptions, LayOutOptions {
  /** Lets the model think first; it needs more tokens, and the thought is never part of the answer. Default false. */
  think?: boolean;
  signal?: AbortSignal;
  /** Answer also what is beyond the model's scope; the answer is branded as such in every export. Default false. */
  anyway?: boolean;
  /** The answer as it is written, piece by piece. */
  onText?: (text: string) => void;
}

/** A study, one that is laid out already, or two studies in time. */
export type TaskInput = Study | Layout | { readonly prior: Study; readonly current: Study };

/**
 * ```ts
 * const { answer } = await run(taskNamed("ask"), study, model, { question: "Is there pneumonia?" });
 * ```
 * @throws PolyclinicError `task/argument` for an option of another kind, `task/does-not-fit` when the task cannot be asked of this study or
 *   this model, and what laying out and the model throw. What the model wrote never throws: it is in the result.
 */
export async function run<Options extends object, Answer, Name extends string>(
  task: Task<Options, Answer, Name>,
  input: TaskInput,
  model: Generator,
  options: Options & TaskOptions,
): Promise<TaskResult<Answer, Name>> {
  const computed = runWithoutModel(task, input, options);
  if (computed !== undefined) return computed;
  const study = studyOfInput(input);
  requireModel(model);
  const parts = chosenParts(input, options);
  const unread = options.anyway ? undefined : (recordRefusal(parts, model) ?? waveformRefusal(parts, model));
  if (unread !== undefined)
    return recordRefused(task.name, model, sourcesOf(study), unread, samplingOf(task.answerTokens, options));
  const given = await layoutFor(task as unknown as Task, input, model, aboutQuestion(options));
  const focused = task.focus?.(given, options) ?? given;
  const own = Object.fromEntries(Object.keys(task.options).map((name) => [name, options[name as keyof Options]]));
  const ruling = await judge(task.name, own, focused, model, options.signal);
  if (ruling.refusal !== undefined && !options.anyway)
    return recordRefused(task.name, model, focused.saw, ruling.refusal, samplingOf(task.answerTokens, options));
  const other = routed(task as unknown as Task, options, ruling);
  if (other !== undefined) {
    const result = await runAs(other.task, given, model, other.options as object & TaskOptions, ruling);
    return asAnswerOf(task as unknown as Task, other.task, options, result) as TaskResult<Answer, Name>;
  }
  return runAs(task, given, model, options, ruling);
}

/**
 * The result where the answer can be computed from the study; undefined where a model has to be asked.
 *
 * @throws PolyclinicError `task/argument` for an option of another kind.
 */
export function runWithoutModel<Options extends object, Answer, Name extends string>(
  task: Task<Options, Answer, Name>,
  input: TaskInput,
  options: Options & TaskOptions,
): TaskResult<Answer, Name> | undefined {
  requireOptions(options);
  checkOptions(task.options, options);
  task.check?.(options);
  if (task.compute === undefined) return undefined;
  const parts = chosenParts(input, options);
  const computed = task.compute({ parts }, options);
  return computed && recordComputed(task.name, studyOfInput(input), parts, computed);
}

/** What the task is about: the chosen parts, or those a layout shows. */
function chosenParts(input: TaskInput, { view }: LayOutOptions): readonly Part[] {
  const { parts } = studyOfInput(input);
  if ("kind" in input) return [...new Set(input.items.map(({ part }) => part))].map((part) => parts[part]);
  return view?.parts === undefined ? parts : parts.filter((_, i) => view.parts!.includes(i));
}

/** The view of a record shows in full what the question is about. */
export function aboutQuestion<Options extends TaskOptions>(options: Options): Options {
  const { question } = options as { question?: unknown };
  return typeof question === "string" ? { ...options, view: { question, ...options.view } } : options;
}

async function runAs<Options extends object, Answer, Name extends string>(
  task: Task<Options, Answer, Name>,
  given: Layout,
  model: Generator,
  options: Options & TaskOptions,
  ruling: Ruling,
): Promise<TaskResult<Answer, Name>> {
  const schema = await task.schema?.(options);
  const layout = task.focus?.(given, options) ?? given;
  const asked = task.render(layout, options, schema);
  // What is put to the model several times, or scored as well as answered, is read once.
  const again = asked.prompts.length > 1 || (asked.closed?.score === "beside" && model.score !== undefined);
  const kept = again && layout.prefix === undefined ? await keepLayout(layout, model, options) : layout;
  try {
    return await answer(task, kept, model, options, asked, schema, ruling);
  } finally {
    if (kept !== given) await kept.close();
  }
}

/**
 * The layout a task is asked on, which can be kept and asked again.
 *
 * @throws PolyclinicError `task/argument`, `task/does-not-fit`, and what laying out throws.
 */
export async function layoutFor(
  task: Task,
  input: TaskInput,
  model: Generator,
  options: LayOutOptions & { signal?: AbortSignal } = {},
): Promise<Layout> {
  const study = studyOfInput(input);
  requireModel(model);
  throwIfAborted(options.signal);
  requireFit(task, study, model, options.view);
  const subject = options.subject ?? (task.needs.pair || "prior" in input ? "pair" : undefined);
  const layout =
    "kind" in input ? input : await layOut(study, model, { ...options, ...(subject !== undefined && { subject }) });
  requireShown(task, layout, model);
  return layout;
}

function studyOfInput(input: TaskInput): Study {
  if (typeof input === "object" && input !== null && "prior" in input) {
    requireStudy("prior", input.prior);
    requireStudy("current", input.current);
    return pairOf(input.prior, input.current);
  }
  requireStudy("study", input);
  return "kind" in input ? input.study : input;
}

async function answer<Options extends object, Answer, Name extends string>(
  task: Task<Options, Answer, Name>,
  layout: Layout,
  model: Generator,
  options: Options & TaskOptions,
  asked: Asked,
  schema: JsonSchema | undefined,
  ruling: Ruling,
): Promise<TaskResult<Answer, Name>> {
  const { prompts, closed, titles = [] } = asked;
  const shown = asked.record ?? prompts[0];
  const scores = closed && (await scoresOf(layout, model, prompts, closed, options));
  if (scores !== undefined && closed?.score === "instead") {
    const { answer, problems } = await task.parse({ texts: prompts.map(() => ""), scores }, options, layout);
    const usage = await costOf(layout, model, prompts);
    const sampling = samplingOf(1, options);
    const told = { answer, problems, text: "", sampling, finishReason: "scored" as const, usage };
    return record(task.name, model, layout, ruling, shown, told);
  }
  const sampling = samplingOf(task.answerTokens, options);
  const read = readerOf(task, options, layout);
  const replies: GenerationResult[] = [];
  for (const prompt of prompts)
    replies.push(
      await write(layout, model, prompt, { sampling, schema, draft: asked.draft, read }, options, prompts.length),
    );
  const texts = replies.map(({ text }) => text);
  const [only] = replies;
  const fault = prompts.length === 1 ? (only.strategy?.deferred ?? faultOf(only)) : undefined;
  const parsed: Parsed<Answer> =
    fault === undefined
      ? await task.parse({ texts, ...(scores && { scores }) }, options, layout)
      : { problems: [fault] };
  const cut = prompts.length === 1 && only.finishReason === "length" && !only.unclosedThought;
  return record(task.name, model, layout, ruling, shown, {
    answer: parsed.answer,
    problems: [
      ...parsed.problems,
      ...(cut ? ["the answer was cut off: allow more tokens"] : []),
      ...(repeats(replies) ? ["repetition: the model wrote one phrase over and over and was stopped"] : []),
    ],
    text: prompts.length === 1 ? only.text : texts.map((text, i) => `${titles[i] ?? i + 1}: ${text}`).join("\n"),
    ...(prompts.length === 1 && { thought: only.thought }),
    ...(prompts.length === 1 && only.strategy !== undefined && { strategy: only.strategy }),
    ...(parsed.answer !== undefined && { doubts: task.verify?.(parsed.answer, shownOf(layout), options) }),
    sampling,
    finishReason: (replies.find(({ finishReason }) => finishReason !== "stop") ?? only).finishReason,
    usage: replies.map(({ usage }) => usage).reduce(add),
  });
}

/**
 * Beside a written answer, likelihoods are an addition: after a thought they would say something else, and where a server fails to tell them, the answer
 * stands without them.
 */
async function scoresOf(
  layout: Layout,
  model: Generator,
  prompts: readonly PromptText[],
  { answers, score }: NonNullable<Asked["closed"]>,
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

const shownOf = ({ study, items }: Layout) => ({
  parts: [...new Set(items.map(({ part }) => part))].map((part) => study.parts[part]),
});

interface Writing {
  readonly sampling: Sampling;
  readonly schema?: JsonSchema | undefined;
  readonly draft?: string | undefined;
  readonly read: (text: string) => string | undefined;
}

/** What a text answers; nothing where a task reads it only with time, or cannot. */
function readerOf<Options extends object, Answer>(
  task: Task<Options, Answer>,
  options: Options,
  layout: Layout,
): Writing["read"] {
  return (text) => {
    const parsed = task.parse({ texts: [text] }, options, layout);
    if (parsed instanceof Promise) return text.trim().toLowerCase() || undefined;
    return parsed.answer && (task.key?.(parsed.answer) ?? JSON.stringify(parsed.answer));
  };
}

async function write(
  layout: Layout,
  model: Generator,
  prompt: PromptText,
  { sampling, schema, draft, read }: Writing,
  options: TaskOptions,
  prompts: number,
): Promise<GenerationResult> {
  const generation = model.generate(messagesOf(layout, prompt, options), {
    ...sampling,
    ...(schema !== undefined && { schema }),
    // A thought comes before the draft could.
    ...(draft !== undefined && !options.think && { draft }),
    read,
    signal: options.signal,
    prefix: prefixFor(layout, prompt, options),
  });
  // Pieces of several answers would run into each other.
  if (options.onText !== undefined && prompts === 1) for await (const { text } of generation) options.onText(text);
  const result = await generation.result;
  throwIfAborted(options.signal);
  return result;
}

/** In process a loop is stopped; a server's text is looked at when it is whole. */
function repeats(replies: readonly GenerationResult[]): boolean {
  return replies.some(({ finishReason, text }) => finishReason === "repetition" || endsInRepetition(text));
}

/** Why what was written is no answer at all, whatever it says. */
function faultOf({ text, unclosedThought }: GenerationResult): string | undefined {
  if (unclosedThought) return "the model was still thinking when its tokens ran out: allow more tokens";
  if (text.length > longestAnswer) return `${text.length} characters are no answer: at most ${longestAnswer} are read`;
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

/** The kept items, when this prompt begins with them. An engine writes to a copy of its own. */
function prefixFor(layout: Layout, prompt: PromptText, { think }: TaskOptions) {
  if (layout.prefix === undefined || think || prompt.before !== introductionOf(layout)) return undefined;
  return layout.prefix;
}

/** Prompt tokens of questions that were only scored. */
async function costOf(layout: Layout, model: Generator, prompts: readonly PromptText[]): Promise<Usage> {
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

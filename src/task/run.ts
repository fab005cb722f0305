/** Runs a task on a study with a model: the only path from options to a result. */
import { throwIfAborted } from "../base/errors.ts";
import type { GenerationResult, Generator, JsonSchema } from "../model/contract.ts";
import { pairOf } from "../study/study.ts";
import type { Part, Study } from "../study/types.ts";
import { requireModel, requireOptions, requireStudy } from "./arguments.ts";
import type { Parsed, Task, TaskPrompts } from "./define.ts";
import { requireFit, requireShown } from "./fits.ts";
import { type LayOutOptions, type Layout, layOut, prefillLayout } from "./layout.ts";
import { checkOptions } from "./options.ts";
import { record, recordComputed, recordRefused, sourcesOf } from "./record.ts";
import { addUsage, costOf, faultOf, type GenerationPlan, generateReply, repeats, scoresOf } from "./replies.ts";
import type { TaskResult } from "./result.ts";
import { type SamplingOptions, samplingOf } from "./sampling.ts";
import { groupedRequest } from "./scope/grouped.ts";
import { judge, type ScopeDecision } from "./scope/judge.ts";
import { recordRefusal } from "./scope/records.ts";
import { asAnswerOf, routed } from "./scope/route.ts";
import { withStatedClass } from "./scope/stated-classes.ts";
import { waveformRefusal } from "./scope/waveforms.ts";
import { taskNamed } from "./tasks.ts";

/** The options every task takes. `maxTokens` defaults to the task's own bound, `temperature` to 0. */
export interface TaskOptions extends SamplingOptions, LayOutOptions {
  /** Lets the model write a thought first, which needs more tokens and is never part of the answer. Default false. */
  think?: boolean;
  signal?: AbortSignal;
  /** Also answer requests outside the model's scope; the answer is labelled as such in every export. Default false. */
  anyway?: boolean;
  /** Called with each piece of the answer as it is generated. */
  onText?: (text: string) => void;
}

/** A study, a layout, or a prior and a current study. */
export type TaskInput = Study | Layout | { readonly prior: Study; readonly current: Study };

/**
 * ```ts
 * const { answer } = await run(taskNamed("ask"), study, model, { question: "Is there pneumonia?" });
 * ```
 * @throws PolyclinicError `task/argument` for an option of the wrong kind, `task/does-not-fit` if the task does not fit this study or
 *   this model, and the errors of layout and model. The model's text never causes an error: parse failures are in the result.
 */
export async function run<Options extends object, Answer, Name extends string>(
  task: Task<Options, Answer, Name>,
  input: TaskInput,
  model: Generator,
  options: Options & TaskOptions,
): Promise<TaskResult<Answer, Name>> {
  const computed = await runWithoutModel(task, input, options);
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
  // Sampling and layout options apply to any task; the own options of this one do not.
  const shared = Object.fromEntries(Object.entries(options).filter(([name]) => !(name in task.options)));
  const classified = (labels: readonly string[]) =>
    runAs(taskNamed("classify"), given, model, { ...shared, labels } as object & TaskOptions, ruling);
  const grouped = groupedRequest(task.name, options, ruling);
  if (grouped !== undefined) {
    const result = grouped.answer(await classified(grouped.labels));
    return asAnswerOf(task as unknown as Task, taskNamed(grouped.task), options, result) as TaskResult<Answer, Name>;
  }
  const same = { task: task as unknown as Task, options };
  const other = routed(same.task, options, ruling) ?? same;
  const written = await runAs(other.task, given, model, other.options as object & TaskOptions, ruling);
  const result = await withStatedClass(written, ruling, classified);
  return (other === same ? result : asAnswerOf(same.task, other.task, options, result)) as TaskResult<Answer, Name>;
}

/**
 * The result if the answer can be computed from the study; undefined if a model is needed.
 *
 * @throws PolyclinicError `task/argument` for an option of the wrong kind.
 */
export async function runWithoutModel<Options extends object, Answer, Name extends string>(
  task: Task<Options, Answer, Name>,
  input: TaskInput,
  options: Options & TaskOptions,
): Promise<TaskResult<Answer, Name> | undefined> {
  requireOptions(options);
  checkOptions(task.options, options);
  task.check?.(options);
  if (task.compute === undefined) return undefined;
  const parts = chosenParts(input, options);
  const study = studyOfInput(input);
  const computed = await task.compute(withLabs(parts, study), options);
  return computed && recordComputed(task.name, study, parts, computed);
}

/** The parts that the task applies to: the selected ones, or those of a layout. */
function chosenParts(input: TaskInput, { view }: LayOutOptions): readonly Part[] {
  const { parts } = studyOfInput(input);
  if ("kind" in input) return [...new Set(input.items.map(({ part }) => part))].map((part) => parts[part]);
  return view?.parts === undefined ? parts : parts.filter((_, i) => view.parts!.includes(i));
}

/** Passes the question to the view of a record, which shows its subject in full. */
export function aboutQuestion<Options extends TaskOptions>(options: Options): Options {
  const { question } = options as { question?: unknown };
  return typeof question === "string" ? { ...options, view: { question, ...options.view } } : options;
}

async function runAs<Options extends object, Answer, Name extends string>(
  task: Task<Options, Answer, Name>,
  given: Layout,
  model: Generator,
  options: Options & TaskOptions,
  ruling: ScopeDecision,
): Promise<TaskResult<Answer, Name>> {
  const schema = await task.schema?.(options);
  const layout = task.focus?.(given, options) ?? given;
  const taskPrompts = task.render(layout, options, schema);
  // Prefill once if there are several prompts, or scoring in addition to generation.
  const again = taskPrompts.prompts.length > 1 || (taskPrompts.closed?.score === "beside" && model.score !== undefined);
  const prefilled = again && layout.prefix === undefined ? await prefillLayout(layout, model, options) : layout;
  try {
    return await answer(task, prefilled, model, options, taskPrompts, schema, ruling);
  } finally {
    if (prefilled !== given) await prefilled.close();
  }
}

/**
 * The layout for a task, which can be kept and reused.
 *
 * @throws PolyclinicError `task/argument`, `task/does-not-fit`, and the errors of layout.
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
  taskPrompts: TaskPrompts,
  schema: JsonSchema | undefined,
  ruling: ScopeDecision,
): Promise<TaskResult<Answer, Name>> {
  const { prompts, closed, titles = [] } = taskPrompts;
  const shown = taskPrompts.record ?? prompts[0];
  const scores = closed && (await scoresOf(layout, model, prompts, closed, options));
  if (scores !== undefined && closed?.score === "instead") {
    const { answer, problems } = await task.parse({ texts: prompts.map(() => ""), scores }, options, layout);
    const usage = await costOf(layout, model, prompts);
    const sampling = samplingOf(1, options);
    const scored = { answer, problems, text: "", sampling, finishReason: "scored" as const, usage };
    return record(task.name, model, layout, ruling, shown, scored);
  }
  const sampling = samplingOf(task.answerTokens, options);
  const read = readerOf(task, options, layout);
  const replies: GenerationResult[] = [];
  for (const prompt of prompts)
    replies.push(
      await generateReply(
        layout,
        model,
        prompt,
        { sampling, schema, draft: taskPrompts.draft, read },
        options,
        prompts.length,
      ),
    );
  const texts = replies.map(({ text }) => text);
  const [only] = replies;
  const deferred = prompts.length === 1 && only.strategy?.deferred !== undefined;
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
      ...(cut ? ["the answer reached the token limit and is incomplete: allow more tokens"] : []),
      ...(repeats(replies) ? ["repetition: the model kept repeating a phrase and was stopped"] : []),
    ],
    text: prompts.length === 1 ? only.text : texts.map((text, i) => `${titles[i] ?? i + 1}: ${text}`).join("\n"),
    ...(prompts.length === 1 && { thought: only.thought }),
    ...(prompts.length === 1 && only.strategy !== undefined && { strategy: only.strategy }),
    ...(parsed.answer !== undefined && {
      contradictions: await task.verify?.(parsed.answer, shownOf(layout), options),
    }),
    sampling,
    finishReason: deferred
      ? "deferred"
      : (replies.find(({ finishReason }) => finishReason !== "stop") ?? only).finishReason,
    usage: replies.map(({ usage }) => usage).reduce(addUsage),
  });
}

const shownOf = ({ study, items }: Layout) =>
  withLabs(
    [...new Set(items.map(({ part }) => part))].map((part) => study.parts[part]),
    study,
  );

/** The results of a laboratory report are read from all its pages, so they are not available for a selection of pages. */
const withLabs = (parts: readonly Part[], { parts: all, labs }: Study): Pick<Study, "parts" | "labs"> =>
  labs !== undefined && parts.length === all.length ? { parts, labs } : { parts };

/** The comparable answer of a text; undefined if the task parses asynchronously, or cannot parse it. */
function readerOf<Options extends object, Answer>(
  task: Task<Options, Answer>,
  options: Options,
  layout: Layout,
): GenerationPlan["read"] {
  return (text) => {
    const parsed = task.parse({ texts: [text] }, options, layout);
    if (parsed instanceof Promise) return text.trim().toLowerCase() || undefined;
    return parsed.answer && (task.key?.(parsed.answer) ?? JSON.stringify(parsed.answer));
  };
}

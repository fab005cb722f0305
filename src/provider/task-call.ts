/** A task called through the AI SDK: `providerOptions.polyclinic` names it and its options, the prompt's files are the study. */
import type { LanguageModelV3CallOptions, LanguageModelV3FilePart } from "@ai-sdk/provider";
import { PolyclinicError } from "../base/errors.ts";
import type { Generator } from "../model/contract.ts";
import type { Scope } from "../model/scope/scope.ts";
import type { NamedData, OpenStudyOptions } from "../study/index.ts";
import type { Task } from "../task/define.ts";
import type { AnyOptions } from "../task/options.ts";
import type { TaskResult } from "../task/result.ts";
import { run, type TaskOptions } from "../task/run.ts";
import { refusalText } from "../task/scope/reason.ts";
import { taskNamed } from "../task/tasks.ts";

export interface TaskCall {
  readonly task: Task;
  /** Whether the call named the task; otherwise the prompt's question is asked. */
  readonly named: boolean;
  readonly files: readonly NamedData[];
  /** The task's own options and sampling options. */
  readonly options: Readonly<Record<string, unknown>> & TaskOptions;
}

/**
 * The task that a call names; undefined if it names none.
 *
 * ```ts
 * await generateText({
 *   model: polyclinic("nano"),
 *   providerOptions: { polyclinic: { task: "classify", labels: ["normal", "pneumonia"] } },
 *   messages: [{ role: "user", content: [{ type: "file", mediaType: "application/dicom", data: dicom }] }],
 * });
 * ```
 * The text of the last message sets the option that comes last on the command line (the question), unless the options
 * set it.
 *
 * @param sampling as the SDK passes it.
 * @throws PolyclinicError `task/unknown`, `provider/content` for files given by URL.
 */
export function taskCallOf(
  { prompt, providerOptions }: LanguageModelV3CallOptions,
  sampling: TaskOptions,
): TaskCall | undefined {
  const { task: name, ...own } = providerOptions?.polyclinic ?? {};
  if (name === undefined) return undefined;
  const task = taskNamed(String(name));
  const content = prompt.flatMap((message) => (message.role === "user" ? message.content : []));
  const files = content.filter((part) => part.type === "file");
  const text = content.flatMap((part) => (part.type === "text" ? [part.text] : [])).at(-1);
  const described: AnyOptions = task.options;
  const [last] = Object.entries(described).find(([, option]) => option.last !== undefined) ?? [];
  const stated = last !== undefined && own[last] === undefined && text !== undefined ? { [last]: text } : {};
  return { task, named: true, files: files.map(namedData), options: { ...sampling, ...own, ...stated } };
}

/** Whether a model takes free questions, as models without a scope do. */
export const takesAnyQuestion = ({ abilities }: Scope): boolean =>
  abilities.some(({ requests }) =>
    requests.some(({ task, open }) => (task === "ask" || task === "*") && open?.includes("*")),
  );

/** The question at the end of the prompt about the images before it. */
export function questionCallOf({ prompt }: LanguageModelV3CallOptions, sampling: TaskOptions): TaskCall {
  const content = prompt.flatMap((message) => (message.role === "user" ? message.content : []));
  const question = content.flatMap((part) => (part.type === "text" ? [part.text] : [])).at(-1) ?? "";
  const files = content.filter((part) => part.type === "file");
  // The task sets its own token limit.
  const { maxTokens: _, ...own } = sampling;
  return { task: taskNamed("ask"), named: false, files: files.map(namedData), options: { ...own, question } };
}

function namedData({ data, filename, mediaType }: LanguageModelV3FilePart, i: number): NamedData {
  const name = filename ?? `file ${i + 1}`;
  if (data instanceof URL)
    throw new PolyclinicError("provider/content", "a URL cannot be opened as a study", {
      where: name,
      expected: "the file's contents as bytes",
      found: `${mediaType} at ${data.href}`,
    });
  return { name, data: typeof data === "string" ? Buffer.from(data, "base64") : data };
}

/**
 * Opens the files, runs the task and closes them again. Two files of a comparison are the prior and the current one.
 */
export async function runTaskCall(
  { task, files, options }: TaskCall,
  model: Generator,
  onText?: (text: string) => void,
): Promise<TaskResult> {
  // Imported lazily: only a task needs the readers.
  const { openStudy } = await import("../study/index.ts");
  const reading: OpenStudyOptions = options.signal === undefined ? {} : { signal: options.signal };
  // Not `await using`: TypeScript 5.9 leaves the import above unrewritten in a function that has one.
  const study = await openStudy(files, reading);
  try {
    return await run(task, study, model, { ...options, ...(onText && { onText }) });
  } finally {
    await study.close();
  }
}

/** The answer as text; the model's raw text when it could not be parsed. */
export function textOfResult(task: Task, result: TaskResult): string {
  if (result.refusal !== undefined && result.answer === undefined)
    return refusalText(result.model.name, result.refusal);
  return result.answer === undefined ? result.text : task.text(result.answer);
}

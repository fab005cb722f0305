/** The command of a task, generated from its description in the same way for every task. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import type { Generator } from "../../model/contract.ts";
import type { Study } from "../../study/types.ts";
import { requireText } from "../../task/arguments.ts";
import type { Task } from "../../task/define.ts";
import type { Layout } from "../../task/layout.ts";
import { caseAndQuestion } from "../../task/lettered.ts";
import type { AnyOptions } from "../../task/options.ts";
import type { TaskResult } from "../../task/result.ts";
import {
  type AnswerOptions,
  addAnswerOptions,
  addModelOptions,
  addOutputOptions,
  addStudyOptions,
  type ModelOptions,
  type OutputOptions,
  type StudyOptions,
  taskOptions,
} from "../shared/options.ts";
import { checkOutputs, show, streamTo } from "../shared/output.ts";
import { readQuestion, splitLast } from "../shared/question.ts";
import { openSession } from "../shared/session.ts";
import {
  addNeighbourOptions,
  addStrategyOptions,
  type NeighbourOptions,
  type StrategyOptions,
  strategyOf,
  withReports,
} from "../shared/strategy.ts";
import { addTaskOptions, readTaskOptions } from "../shared/task-options.ts";
import { dim, interrupted, note, print } from "../shared/terminal.ts";
import { addWeighOptions, type WeighOptions, weighed } from "../shared/weigh.ts";

type Options = ModelOptions &
  StudyOptions &
  AnswerOptions &
  StrategyOptions &
  NeighbourOptions &
  WeighOptions &
  OutputOptions &
  Readonly<Record<string, unknown>>;

export function registerTaskCommand(program: Command, task: Task): void {
  const described: AnyOptions = task.options;
  const last = lastOf(described);
  const command = program.command(task.name).description(task.description ?? task.summary);
  if (task.needs.pair)
    command
      .argument("<prior>", "file, folder or archive of the prior study")
      .argument("<current>", "file, folder or archive of the current study");
  else
    command.argument(
      "<files...>",
      `files, folders or archives of one study${last === undefined ? "" : `, then ${last.what}`}`,
    );
  addTaskOptions(command, described, { required: true, repeatable: true });
  if (!task.needs.pair) addNeighbourOptions(command);
  if (task.name === "ddx") addWeighOptions(command);
  addOutputOptions(addStrategyOptions(addAnswerOptions(addStudyOptions(addModelOptions(command)))))
    .addHelpText("after", `\nExample:\n  $ polyclinic ${task.name} ${task.example}`)
    .action((...given: unknown[]) => {
      const options = command.opts<Options>();
      const values = given.slice(0, -2).flat() as string[];
      return task.needs.pair
        ? answer(
            task,
            values.map((file) => [file]),
            options,
            {},
          )
        : answerFiles(task, values, options);
    });
}

/** The option that can be given as the last argument, after the files. */
function lastOf(described: AnyOptions): { name: string; what: string } | undefined {
  const [found] = Object.entries(described).filter(([, { last }]) => last !== undefined);
  return found === undefined ? undefined : { name: found[0], what: found[1].last! };
}

async function answerFiles(task: Task, values: string[], options: Options): Promise<void> {
  const last = lastOf(task.options);
  const [only] = values;
  if (values.length === 1 && last?.name === "question" && options.question === undefined && isTextFile(only)) {
    const inside = caseAndQuestion(await readFile(only, "utf8").catch(() => ""));
    if (inside !== undefined) return answer(task, [values], options, { question: inside.question }, inside.caseText);
  }
  if (last === undefined || options[last.name] !== undefined) return answer(task, [values], options, {});
  const { files, last: text } = await splitLast(values, last.what);
  return answer(task, [files], options, { [last.name]: await readQuestion(text) });
}

/** @throws PolyclinicError `task/schema` naming the file. */
async function requireSchema(task: Task, request: object, file: unknown): Promise<void> {
  try {
    await task.schema?.(request as never);
  } catch (cause) {
    if (!PolyclinicError.is(cause)) throw cause;
    const { code, summary, where, expected, found, hint } = cause;
    throw new PolyclinicError(code, summary, { where: `--schema ${file}: ${where}`, expected, found, hint, cause });
  }
}

const isTextFile = (path: string) => /\.(?:txt|md)$/i.test(path);

/** The case without its question, which is passed separately. */
const withText = (study: Study, text: string): Study => ({
  ...study,
  parts: study.parts.map((part) => (part.kind === "text" ? { ...part, text } : part)),
});

/**
 * @param fileSets one list of files per study.
 * @param stated options given as positional arguments.
 * @param caseText the case from a text file that also contains its question.
 */
async function answer(
  task: Task,
  fileSets: readonly (readonly string[])[],
  options: Options,
  stated: Readonly<Record<string, unknown>>,
  caseText?: string,
): Promise<void> {
  const own = { ...(await readTaskOptions(task.options, options)), ...stated };
  const requests = eachRequest(task.options, own);
  const several = requests.length > 1;
  await checkOutputs(options, several);
  // A schema that cannot be used is said before files are read and a model is opened.
  if (Object.values(task.options as AnyOptions).some(({ kind }) => kind === "json"))
    for (const request of requests) await requireSchema(task, request, options.schema);
  const byAgent = options.strategy === recordAgent;
  if (byAgent) requireAsk(task, options);
  const strategy = byAgent ? undefined : await strategyOf(options);
  const { prefillLayout, layoutFor, run, runWithoutModel } = await import("../../task/index.ts");
  const common = { ...taskOptions(options), signal: interrupted };
  const results: TaskResult[] = [];
  const session = await openSession(fileSets, options, async ([only, ...others]) => {
    if (others.length > 0 || task.compute === undefined || byAgent) return false;
    for (const request of requests) {
      const result = await runWithoutModel(task, only, { ...common, ...request });
      if (result === undefined) return false;
      results.push(result);
    }
    return true;
  });
  const { close } = session;
  const plain = caseText === undefined ? session.studies : session.studies.map((study) => withText(study, caseText));
  let prefilled: Layout | undefined;
  try {
    const studies = await withReports(plain, fileSets, options);
    const { pairOf } = await import("../../study/study.ts");
    const [study, current] = studies;
    const input = current === undefined ? study : { prior: study, current };
    const all = results.length === requests.length ? results : undefined;
    const opened = all === undefined ? session : { model: undefined };
    const model =
      opened.model && strategy
        ? (await import("../../strategy/strategic-model.ts")).withStrategy(opened.model, strategy.by, strategy)
        : opened.model;
    // The view of a record depends on the question, so it is laid out for each one.
    const read = studies.some(({ parts }) => parts.some(({ kind }) => kind === "record"));
    if (several && model?.prefill !== undefined && !read)
      prefilled = await prefillLayout(await layoutFor(task, input, model, common), model, { signal: interrupted });
    for (const [i, request] of requests.entries()) {
      if (several && !options.json) print(`${i > 0 ? "\n" : ""}> ${headOf(task.options, request)}`);
      const streaming = strategy === undefined && !byAgent ? streamTo(options) : { started: false };
      const result =
        all?.[i] ??
        (byAgent
          ? await askAgent(study, model!, String(request.question), options)
          : await run(task, prefilled ?? input, model!, { ...common, ...request, onText: streaming.onText }));
      const whole = options.weigh === true ? await weighed(result, study, opened.model!, options) : result;
      const shown = current === undefined ? study : pairOf(study, current);
      await show(whole, shown, options, { streamed: streaming.started, footer: i === requests.length - 1 });
    }
  } finally {
    await prefilled?.close();
    await close();
  }
}

/** The only strategy that receives the study instead of a prompt: it searches a health record with tools. */
const recordAgent = "record-agent";

function requireAsk(task: Task, { budget, corpus, exemplars }: Options): void {
  const other = [budget !== undefined && "--budget", corpus && "--corpus", exemplars && "--exemplars"].find(Boolean);
  if (task.name === "ask" && !other) return;
  throw new PolyclinicError("usage/strategy", "the record agent only answers questions about one health record", {
    where: "--strategy record-agent",
    expected: "polyclinic ask, without --budget, --corpus and --exemplars",
    found: task.name === "ask" ? String(other) : `polyclinic ${task.name}`,
  });
}

async function askAgent(study: Study, model: Generator, question: string, { json, quiet }: Options) {
  const { askRecordAgent } = await import("../../strategy/tools/record-agent.ts");
  return askRecordAgent(study, model, {
    question,
    signal: interrupted,
    onRound: ({ tool, arguments: given, result }) => {
      if (quiet || json || tool === "finish") return;
      const [first = "", ...more] = (result ?? "").split("\n");
      const lines = more.length > 0 ? ` (and ${more.length} more ${more.length === 1 ? "line" : "lines"})` : "";
      const toolCall = tool === undefined ? "no tool" : `${tool} ${shortened(JSON.stringify(given ?? {}))}`;
      note(dim(`${toolCall}: ${shortened(first)}${lines}`));
    },
  });
}

const shortened = (text: string) => (text.length > 120 ? `${text.slice(0, 120)}...` : text);

/** One set of options per value of the repeated option. */
function eachRequest(described: AnyOptions, own: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  for (const [name, { several, required, kind, last }] of Object.entries(described)) {
    if (kind === "text" && required) for (const one of [own[name]].flat()) requireText(last ?? `--${name}`, one);
    if (several && Array.isArray(own[name])) return own[name].map((value) => ({ ...own, [name]: value }));
  }
  return [{ ...own }];
}

function headOf(described: AnyOptions, request: Readonly<Record<string, unknown>>): string {
  const [name] = Object.entries(described).find(([, { several }]) => several) ?? [];
  return name === undefined ? "" : String(request[name]);
}

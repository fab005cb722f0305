/** `polyclinic ask`. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { PolyclinicError } from "../base/errors.ts";
import {
  type AnswerOptions,
  addAnswerOptions,
  addModelOptions,
  addOutputOptions,
  addStudyOptions,
  collect,
  list,
  type ModelOptions,
  type OutputOptions,
  type StudyOptions,
  taskOptions,
} from "./options.ts";
import { checkOutputs, show, streamTo } from "./output.ts";
import { openSession, splitLast } from "./session.ts";
import { interrupted, print } from "./terminal.ts";

interface Options extends ModelOptions, StudyOptions, AnswerOptions, OutputOptions {
  question?: string[];
  choices?: string[];
  free?: boolean;
}

export function registerAsk(program: Command): void {
  const command = program
    .command("ask")
    .description("ask a question about a study; several questions share the work of reading the images")
    .argument("<files...>", "files, folders or archives of one study, then the question")
    .option(
      "-q, --question <text>",
      "a question, or @file with one; can be given several times, instead of the last argument",
      collect,
    )
    .option("--choices <list>", "the only answers allowed, as improved,stable (yes/no questions have theirs)", list)
    .option("--free", "let the model answer freely, also to a yes/no question");
  addOutputOptions(addAnswerOptions(addStudyOptions(addModelOptions(command))))
    .addHelpText("after", '\nExample:\n  $ polyclinic ask chest.jpg "Is there pneumonia?"')
    .action(ask);
}

async function ask(values: string[], options: Options): Promise<void> {
  const { files, questions } = await split(values, options);
  await checkOutputs(options, questions.length > 1);
  const session = await openSession([files], options);
  try {
    const { ask: askModel, keepLayout, layOut, releaseLayout } = await import("../task/index.ts");
    const { model, studies } = session;
    const task = { ...taskOptions(options), signal: interrupted };
    let layout = await layOut(studies[0], model, task);
    if (questions.length > 1) layout = await keepLayout(layout, model, { signal: interrupted });
    const choices = options.free ? "free" : options.choices;
    try {
      for (const [i, question] of questions.entries()) {
        if (questions.length > 1 && !options.json) print(`${i > 0 ? "\n" : ""}> ${question}`);
        const onText = streamTo(options);
        const result = await askModel(layout, model, { ...task, question, choices, onText });
        const last = i === questions.length - 1;
        await show(result, studies[0], { ...options, quiet: options.quiet || !last }, onText !== undefined);
      }
    } finally {
      releaseLayout(layout);
    }
  } finally {
    await session.close();
  }
}

async function split(
  values: string[],
  { question, choices, free }: Options,
): Promise<{ files: string[]; questions: string[] }> {
  if (free && choices !== undefined)
    throw new PolyclinicError("usage/conflict", "--free and --choices exclude each other");
  if (question !== undefined) return { files: values, questions: await Promise.all(question.map(readQuestion)) };
  const { files, last } = splitLast(values, "the question");
  return { files, questions: [last] };
}

/** `@question.txt` stands for what the file says. */
async function readQuestion(question: string): Promise<string> {
  if (!question.startsWith("@")) return question;
  const path = question.slice(1);
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new PolyclinicError("usage/question", `cannot be read (${cause.code})`, {
      where: path,
      expected: "a text file",
      cause,
    });
  });
}

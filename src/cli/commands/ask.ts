/** `polyclinic ask`. */
import type { Command } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import { requireText } from "../../task/arguments.ts";
import { type AnsweringOptions, addAnsweringOptions, withDesk } from "../shared/answering.ts";
import { collect, list } from "../shared/options.ts";
import { show, streamTo } from "../shared/output.ts";
import { readQuestion, splitLast } from "../shared/question.ts";
import { interrupted, print } from "../shared/terminal.ts";

interface Options extends AnsweringOptions {
  question?: string[];
  choices?: string[];
  free?: boolean;
}

export function registerAsk(program: Command): void {
  const command = program
    .command("ask")
    .description("ask a question about a study; several questions share the work of reading the images")
    .argument("<files...>", "files, folders or archives of one study, then the question, or @file with one")
    .option(
      "-q, --question <text>",
      "a question, or @file with one; can be given several times, instead of the last argument",
      collect,
    )
    .option("--choices <list>", "the only answers allowed, as improved,stable (yes/no questions have theirs)", list)
    .option("--free", "let the model answer freely, also to a yes/no question");
  addAnsweringOptions(command, 'polyclinic ask samples/chest-xray.jpg "Is there pneumonia?"').action(ask);
}

async function ask(values: string[], options: Options): Promise<void> {
  const { files, questions } = await split(values, options);
  for (const question of questions) requireText("the question", question);
  const choices = options.free ? "free" : options.choices;
  const several = questions.length > 1;
  await withDesk(
    [files],
    options,
    async ({ tasks, studies: [study], model, options: task }) => {
      let layout = await tasks.layOut(study, model, task);
      if (several) layout = await tasks.keepLayout(layout, model, { signal: interrupted });
      try {
        for (const [i, question] of questions.entries()) {
          if (several && !options.json) print(`${i > 0 ? "\n" : ""}> ${question}`);
          const streaming = streamTo(options);
          const result = await tasks.ask(layout, model, { ...task, question, choices, onText: streaming.onText });
          const footer = i === questions.length - 1;
          await show(result, study, options, { streamed: streaming.begun, footer });
        }
      } finally {
        tasks.releaseLayout(layout);
      }
    },
    { several },
  );
}

async function split(
  values: string[],
  { question, choices, free }: Options,
): Promise<{ files: string[]; questions: string[] }> {
  if (free && choices !== undefined)
    throw new PolyclinicError("usage/conflict", "--free and --choices exclude each other");
  if (question !== undefined) return { files: values, questions: await Promise.all(question.map(readQuestion)) };
  const { files, last } = await splitLast(values, "the question");
  return { files, questions: [await readQuestion(last)] };
}

/** `polyclinic classify`. */
import type { Command } from "commander";
import { type AnsweringOptions, addAnsweringOptions, answerOnce } from "../shared/answering.ts";
import { list, number } from "../shared/options.ts";
import { readQuestion } from "../shared/question.ts";

interface Options extends AnsweringOptions {
  labels: string[];
  question?: string;
  multi?: boolean;
  threshold?: number;
}

export function registerClassify(program: Command): void {
  const command = program
    .command("classify")
    .description("weigh labels against each other by their likelihood, or each on its own")
    .argument("<files...>", "files, folders or archives of one study")
    .requiredOption("-l, --labels <list>", "the labels, as normal,pneumonia", list)
    .option("-q, --question <text>", "what the labels answer, or @file with it")
    .option("--multi", "each label on its own, as a yes/no question")
    .option("--threshold <p>", "with --multi: the probability from which a label counts (0.5)", number);
  addAnsweringOptions(command, "polyclinic classify samples/chest-xray.jpg --labels normal,pneumonia").action(classify);
}

async function classify(files: string[], options: Options): Promise<void> {
  const { labels, multi, threshold } = options;
  const question = options.question === undefined ? undefined : await readQuestion(options.question);
  await answerOnce([files], options, ({ tasks, studies: [study], model, options: task }) =>
    tasks.classify(study, model, { ...task, labels, question, multi, threshold }),
  );
}

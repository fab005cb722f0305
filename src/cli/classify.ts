/** `polyclinic classify`. */
import type { Command } from "commander";
import {
  type AnswerOptions,
  addAnswerOptions,
  addModelOptions,
  addOutputOptions,
  addStudyOptions,
  list,
  type ModelOptions,
  number,
  type OutputOptions,
  type StudyOptions,
  taskOptions,
} from "./options.ts";
import { checkOutputs, show } from "./output.ts";
import { openSession } from "./session.ts";
import { interrupted } from "./terminal.ts";

interface Options extends ModelOptions, StudyOptions, AnswerOptions, OutputOptions {
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
    .option("-q, --question <text>", "what the labels answer")
    .option("--multi", "each label on its own, as a yes/no question")
    .option("--threshold <p>", "with --multi: the probability from which a label counts (0.5)", number);
  addOutputOptions(addAnswerOptions(addStudyOptions(addModelOptions(command))))
    .addHelpText("after", "\nExample:\n  $ polyclinic classify chest.jpg --labels normal,pneumonia")
    .action(classify);
}

async function classify(files: string[], options: Options): Promise<void> {
  await checkOutputs(options);
  const session = await openSession([files], options);
  try {
    const { classify: weigh } = await import("../task/index.ts");
    const { labels, question, multi, threshold } = options;
    const task = { ...taskOptions(options), signal: interrupted, labels, question, multi, threshold };
    await show(await weigh(session.studies[0], session.model, task), session.studies[0], options, false);
  } finally {
    await session.close();
  }
}

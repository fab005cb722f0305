/** `polyclinic report`. */
import type { Command } from "commander";
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
} from "./options.ts";
import { checkOutputs, show, streamTo } from "./output.ts";
import { openSession } from "./session.ts";
import { interrupted } from "./terminal.ts";

interface Options extends ModelOptions, StudyOptions, AnswerOptions, OutputOptions {
  indication?: string;
}

export function registerReport(program: Command): void {
  const command = program
    .command("report")
    .description("write a report of a study: findings and impression")
    .argument("<files...>", "files, folders or archives of one study")
    .option("--indication <text>", "why the study was made");
  addOutputOptions(addAnswerOptions(addStudyOptions(addModelOptions(command))))
    .addHelpText("after", "\nExample:\n  $ polyclinic report chest.jpg --indication cough --sr report.dcm")
    .action(report);
}

async function report(files: string[], options: Options): Promise<void> {
  await checkOutputs(options);
  const session = await openSession([files], options);
  try {
    const { report: write } = await import("../task/index.ts");
    const onText = streamTo(options);
    const task = { ...taskOptions(options), signal: interrupted, onText, indication: options.indication };
    await show(await write(session.studies[0], session.model, task), session.studies[0], options, onText !== undefined);
  } finally {
    await session.close();
  }
}

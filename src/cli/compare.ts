/** `polyclinic compare`. */
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
  finding?: string;
}

export function registerCompare(program: Command): void {
  const command = program
    .command("compare")
    .description("compare a prior with a current study: improved, stable or worsened")
    .argument("<prior>", "file, folder or archive of the earlier study")
    .argument("<current>", "file, folder or archive of the later study")
    .option("--finding <name>", "what to follow, as pleural effusion");
  addOutputOptions(addAnswerOptions(addStudyOptions(addModelOptions(command))))
    .addHelpText("after", '\nExample:\n  $ polyclinic compare prior.jpg current.jpg --finding "pneumonia"')
    .action(compare);
}

async function compare(priorFile: string, currentFile: string, options: Options): Promise<void> {
  await checkOutputs(options);
  const session = await openSession([[priorFile], [currentFile]], options);
  try {
    const { compare: weigh, pairOf } = await import("../task/index.ts");
    const [prior, current] = session.studies;
    const onText = streamTo(options);
    const task = { ...taskOptions(options), signal: interrupted, onText, finding: options.finding };
    const result = await weigh({ prior, current }, session.model, task);
    await show(result, pairOf(prior, current), options, onText !== undefined);
  } finally {
    await session.close();
  }
}

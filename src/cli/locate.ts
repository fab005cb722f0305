/** `polyclinic locate`. */
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
  whole,
} from "./options.ts";
import { checkOutputs, show, streamTo } from "./output.ts";
import { openSession, splitLast } from "./session.ts";
import { interrupted } from "./terminal.ts";

interface Options extends ModelOptions, StudyOptions, AnswerOptions, OutputOptions {
  image?: number;
}

export function registerLocate(program: Command): void {
  const command = program
    .command("locate")
    .description("find something in an image and give its box in source pixels; left and right are the patient's")
    .argument("<files...>", "files of one study, then what to find")
    .option(
      "--image <n>",
      "which image to look at, from 0 in the order of inspect; needed for volumes and slides",
      whole,
    );
  addOutputOptions(addAnswerOptions(addStudyOptions(addModelOptions(command))))
    .addHelpText("after", '\nExample:\n  $ polyclinic locate chest.jpg "right lung" --overlay lung.png')
    .action(locate);
}

async function locate(values: string[], options: Options): Promise<void> {
  const { files, last: object } = splitLast(values, "what to find");
  await checkOutputs(options);
  const session = await openSession([files], options);
  try {
    const { locate: find } = await import("../task/index.ts");
    const onText = streamTo(options);
    const task = { ...taskOptions(options), signal: interrupted, onText, object, image: options.image };
    await show(await find(session.studies[0], session.model, task), session.studies[0], options, onText !== undefined);
  } finally {
    await session.close();
  }
}

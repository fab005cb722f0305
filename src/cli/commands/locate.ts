/** `polyclinic locate`. */
import type { Command } from "commander";
import { requireText } from "../../task/arguments.ts";
import { type AnsweringOptions, addAnsweringOptions, answerOnce } from "../shared/answering.ts";
import { whole } from "../shared/options.ts";
import { splitLast } from "../shared/question.ts";

interface Options extends AnsweringOptions {
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
  addAnsweringOptions(command, 'polyclinic locate samples/chest-xray.jpg "right lung" --overlay lung.png').action(
    locate,
  );
}

async function locate(values: string[], options: Options): Promise<void> {
  const { image } = options;
  const { files, last: object } = await splitLast(values, "what to find");
  requireText("what to find", object);
  await answerOnce([files], options, ({ tasks, studies: [study], model, options: task }) =>
    tasks.locate(study, model, { ...task, object, image }),
  );
}

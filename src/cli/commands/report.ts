/** `polyclinic report`. */
import type { Command } from "commander";
import { type AnsweringOptions, addAnsweringOptions, answerOnce } from "../shared/answering.ts";

interface Options extends AnsweringOptions {
  indication?: string;
}

export function registerReport(program: Command): void {
  const command = program
    .command("report")
    .description("write a report of a study: findings and impression")
    .argument("<files...>", "files, folders or archives of one study")
    .option("--indication <text>", "why the study was made");
  addAnsweringOptions(command, "polyclinic report samples/chest-xray.jpg --sr report.dcm").action(report);
}

async function report(files: string[], options: Options): Promise<void> {
  const { indication } = options;
  await answerOnce([files], options, ({ tasks, studies: [study], model, options: task }) =>
    tasks.report(study, model, { ...task, indication }),
  );
}

/** `polyclinic compare`. */
import type { Command } from "commander";
import { type AnsweringOptions, addAnsweringOptions, answerOnce } from "../shared/answering.ts";

interface Options extends AnsweringOptions {
  finding?: string;
}

export function registerCompare(program: Command): void {
  const command = program
    .command("compare")
    .description("compare a prior with a current study: improved, stable or worsened")
    .argument("<prior>", "file, folder or archive of the earlier study")
    .argument("<current>", "file, folder or archive of the later study")
    .option("--finding <name>", "what to follow, as pleural effusion");
  addAnsweringOptions(
    command,
    "polyclinic compare samples/chest-pair/1-prior.jpg samples/chest-pair/2-current.jpg --finding pneumonia",
  ).action(compare);
}

async function compare(priorFile: string, currentFile: string, options: Options): Promise<void> {
  const { finding } = options;
  await answerOnce([[priorFile], [currentFile]], options, ({ tasks, studies, model, options: task }) => {
    const [prior, current] = studies;
    return tasks.compare({ prior, current }, model, { ...task, finding });
  });
}

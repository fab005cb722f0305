/** What the commands that answer about a study share: their options, and the way from files to an answer that is shown. */
import type { Command } from "commander";
import type { Model } from "../../model/contract.ts";
import type { Study } from "../../study/types.ts";
import type { AnyResult } from "../../task/result.ts";
import type { TaskOptions } from "../../task/run.ts";
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

export interface AnsweringOptions extends ModelOptions, StudyOptions, AnswerOptions, OutputOptions {}

/** @param example as a person would type it, without the prompt sign. */
export function addAnsweringOptions(command: Command, example: string): Command {
  return addOutputOptions(addAnswerOptions(addStudyOptions(addModelOptions(command)))).addHelpText(
    "after",
    `\nExample:\n  $ ${example}`,
  );
}

/** What an answer is made with. */
export interface Desk {
  readonly tasks: typeof import("../../task/index.ts");
  readonly studies: readonly Study[];
  readonly model: Model;
  /** The options every task takes, the signal among them. */
  readonly options: TaskOptions;
}

/**
 * Checks the outputs, opens studies and model side by side, and closes both again whatever happens.
 *
 * @param fileSets one list of files a study.
 * @param several whether more than one answer will be shown: files are then refused.
 */
export async function withDesk(
  fileSets: readonly (readonly string[])[],
  options: AnsweringOptions,
  use: (desk: Desk) => Promise<void>,
  { several = false }: { several?: boolean } = {},
): Promise<void> {
  await checkOutputs(options, several);
  const { studies, model, close } = await openSession(fileSets, options);
  try {
    const tasks = await import("../../task/index.ts");
    await use({ tasks, studies, model, options: { ...taskOptions(options), signal: interrupted } });
  } finally {
    await close();
  }
}

/** One answer about one study, or about a prior and a current: streamed to a terminal as it is written, and shown. */
export async function answerOnce(
  fileSets: readonly (readonly string[])[],
  options: AnsweringOptions,
  answer: (desk: Desk) => Promise<AnyResult>,
): Promise<void> {
  await withDesk(fileSets, options, async (desk) => {
    const streaming = streamTo(options);
    const result = await answer({ ...desk, options: { ...desk.options, onText: streaming.onText } });
    const [study, current] = desk.studies;
    const shown = current === undefined ? study : desk.tasks.pairOf(study, current);
    await show(result, shown, options, { streamed: streaming.begun });
  });
}

/** `ddx --weigh`: a differential weighed by the model's own sampled lists. */
import type { Command } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import type { Generator } from "../../model/contract.ts";
import type { Study } from "../../study/types.ts";
import type { DdxAnswer } from "../../task/ddx/ddx.ts";
import type { TaskResult } from "../../task/index.ts";
import { interrupted } from "./terminal.ts";
import { list, positiveWhole } from "./values.ts";

export interface WeighOptions {
  weigh?: boolean;
  weighLists?: number;
  findings?: string[];
  budget?: number;
}

export function addWeighOptions(command: Command): Command {
  return command
    .option(
      "--weigh",
      "evidence for and against, and what to ask or test next, from lists that the model writes for the case, without each of its statements, and with each possible answer",
    )
    .option(
      "--findings <list>",
      "what may be asked or tested next, separated by commas (default: the model names five)",
      list,
    )
    .option("--weigh-lists <n>", "lists for each of these (7)", positiveWhole);
}

/** @throws PolyclinicError `usage/weigh` unless the case is text. */
export async function weighed(
  result: TaskResult,
  study: Study,
  model: Generator,
  { findings, weighLists, budget }: WeighOptions,
): Promise<TaskResult> {
  if (result.answer === undefined) return result;
  const texts = study.parts.flatMap((part) => (part.kind === "text" ? [part.text] : []));
  if (texts.length !== study.parts.length)
    throw new PolyclinicError("usage/weigh", "is for a case in words, because statements are left out and added", {
      where: "--weigh",
      expected: "a text file",
      found: study.parts.map(({ kind }) => kind).join(", "),
    });
  const { callsTo } = await import("../../strategy/index.ts");
  const { ownLists } = await import("../../strategy/ddx/own-lists.ts");
  const { settingOf } = await import("../../strategy/consult/words.ts");
  const { call } = callsTo(model, { signal: interrupted, ...(budget !== undefined && { budget }) });
  const answer = result.answer as DdxAnswer;
  const own = await ownLists(call, texts.join("\n"), {
    count: answer.diagnoses.length,
    setting: settingOf(model),
    ...(findings !== undefined && { candidates: findings }),
    ...(weighLists !== undefined && { samples: weighLists }),
  });
  return { ...result, answer: { ...answer, ownLists: own } };
}

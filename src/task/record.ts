/** The record around an answer. */
import type { Model, Usage } from "../model/contract.ts";
import type { PromptText } from "../prompts/index.ts";
import { cautionsOf } from "./cautions.ts";
import type { Layout } from "./layout.ts";
import { notForClinicalUse, type TaskFinishReason, type TaskResult } from "./result.ts";
import type { Sampling } from "./sampling.ts";

export interface Told<Answer> {
  readonly answer?: Answer;
  readonly problems: readonly string[];
  readonly text: string;
  readonly thought?: string;
  readonly sampling: Sampling;
  readonly finishReason: TaskFinishReason;
  readonly usage: Usage;
}

/** @param asked every prompt that was put. @param prompt what stands for them in the record. */
export function record<Answer, Name extends string>(
  task: Name,
  model: Model,
  layout: Layout,
  asked: readonly PromptText[],
  prompt: PromptText,
  { answer, problems, text, thought, sampling, finishReason, usage }: Told<Answer>,
): TaskResult<Answer, Name> {
  const cautions = cautionsOf(layout, model, asked);
  return {
    schema: "polyclinic.result/1",
    task,
    promptVersion: prompt.version,
    prompt: prompt.before === undefined ? prompt.after : `${prompt.before}\n\n${prompt.after}`,
    ...(answer !== undefined && { answer }),
    parse: { status: answer === undefined ? "unparsed" : "parsed", problems },
    ...(cautions.length > 0 && { cautions }),
    text,
    ...(thought !== undefined && { thought }),
    model: model.identity,
    saw: layout.saw,
    sampling,
    finishReason,
    usage,
    notice: notForClinicalUse,
  };
}

/** The record around an answer, or around a refusal. */
import type { Model, Usage } from "../model/contract.ts";
import type { PromptText } from "../prompts/index.ts";
import { cautionsOf } from "./cautions.ts";
import type { Layout } from "./layout.ts";
import { notForClinicalUse, type TaskFinishReason, type TaskResult } from "./result.ts";
import type { Sampling } from "./sampling.ts";
import type { Ruling } from "./scope/judge.ts";
import { brandOf, type Refusal } from "./scope/reason.ts";

export interface Told<Answer> {
  readonly answer?: Answer;
  readonly problems: readonly string[];
  readonly text: string;
  readonly thought?: string;
  readonly sampling: Sampling;
  readonly finishReason: TaskFinishReason;
  readonly usage: Usage;
}

/** @param prompt what stands for all prompts in the record. */
export function record<Answer, Name extends string>(
  task: Name,
  model: Model,
  layout: Layout,
  { refusal, limits }: Ruling,
  prompt: PromptText,
  { answer, problems, text, thought, sampling, finishReason, usage }: Told<Answer>,
): TaskResult<Answer, Name> {
  const cautions = [...(refusal === undefined ? [] : [brandOf(refusal)]), ...limits, ...cautionsOf(layout)];
  return {
    schema: "polyclinic.result/1",
    task,
    promptVersion: prompt.version,
    prompt: prompt.before === undefined ? prompt.after : `${prompt.before}\n\n${prompt.after}`,
    ...(answer !== undefined && { answer }),
    parse: { status: answer === undefined ? "unparsed" : "parsed", problems },
    ...(refusal !== undefined && { refusal }),
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

/** The record of a request that was not put to the model. */
export function recordRefused<Answer, Name extends string>(
  task: Name,
  model: Model,
  layout: Layout,
  refusal: Refusal,
  sampling: Sampling,
): TaskResult<Answer, Name> {
  return {
    schema: "polyclinic.result/1",
    task,
    promptVersion: "refused@1",
    prompt: "",
    parse: { status: "refused", problems: refusal.reasons.map(({ says }) => says) },
    refusal,
    text: "",
    model: model.identity,
    saw: layout.saw,
    sampling,
    finishReason: "refused",
    usage: { promptTokens: 0, completionTokens: 0, cachedTokens: 0 },
    notice: notForClinicalUse,
  };
}

/** The record around an answer, or around a refusal. */
import type { Generator, Usage } from "../model/contract.ts";
import type { PromptText } from "../prompts/index.ts";
import type { Part, Study } from "../study/types.ts";
import { cautionsOf } from "./cautions.ts";
import type { Computed } from "./define.ts";
import type { Layout } from "./layout.ts";
import { notForClinicalUse, type Seen, type TaskFinishReason, type TaskResult } from "./result.ts";
import type { Sampling } from "./sampling.ts";
import type { Ruling } from "./scope/judge.ts";
import { brandOf, type Refusal } from "./scope/reason.ts";

export interface Told<Answer> {
  readonly answer?: Answer;
  readonly problems: readonly string[];
  readonly text: string;
  readonly thought?: string;
  /** What speaks against the answer in the study itself; said before anything else but that it is out of scope. */
  readonly doubts?: readonly string[];
  readonly sampling: Sampling;
  readonly finishReason: TaskFinishReason;
  readonly usage: Usage;
}

/** @param prompt what stands for all prompts in the record. */
export function record<Answer, Name extends string>(
  task: Name,
  model: Generator,
  layout: Layout,
  { refusal, limits }: Ruling,
  prompt: PromptText,
  { answer, problems, text, thought, doubts = [], sampling, finishReason, usage }: Told<Answer>,
): TaskResult<Answer, Name> {
  const cautions = [...(refusal === undefined ? [] : [brandOf(refusal)]), ...doubts, ...limits, ...cautionsOf(layout)];
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
  model: Generator,
  saw: Seen,
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
    saw,
    sampling,
    finishReason: "refused",
    usage: { promptTokens: 0, completionTokens: 0, cachedTokens: 0 },
    notice: notForClinicalUse,
  };
}

/** Nothing was laid out: the sources alone. */
export function sourcesOf({ parts }: Pick<Study, "parts">): Seen {
  return { recipe: "none", images: [], leftOut: [], sources: parts.map(({ origin }) => origin.sha256) };
}

/** Stands where a model's identity would: who answered is this program. */
const computedBy = { name: "record engine", hash: undefined, precision: "exact", engine: "computed" } as const;

/** The record of an answer that was computed: no model was asked, nothing was shown to one. */
export function recordComputed<Answer, Name extends string>(
  task: Name,
  study: Study,
  parts: readonly Part[],
  { answer, text, cautions }: Computed<Answer>,
): TaskResult<Answer, Name> {
  return {
    schema: "polyclinic.result/1",
    task,
    promptVersion: "computed@1",
    prompt: "",
    answer,
    parse: { status: "parsed", problems: [] },
    ...(cautions.length > 0 && { cautions }),
    text,
    model: computedBy,
    saw: {
      ...sourcesOf(study),
      recipe: "record-computed",
      leftOut: study.parts.filter((part) => !parts.includes(part)).map(({ label }) => label),
    },
    sampling: { maxTokens: 0, temperature: 0 },
    finishReason: "computed",
    usage: { promptTokens: 0, completionTokens: 0, cachedTokens: 0 },
    notice: notForClinicalUse,
  };
}

/** Builds the result around an answer or a refusal. */
import type { Generator, Usage } from "../model/contract.ts";
import type { StrategyRecord } from "../model/strategy-record.ts";
import type { PromptText } from "../prompts/index.ts";
import type { Part, Study } from "../study/types.ts";
import { cautionsOf } from "./cautions.ts";
import type { Computed } from "./define.ts";
import type { Layout } from "./layout.ts";
import { notForClinicalUse, type Seen, type TaskFinishReason, type TaskResult } from "./result.ts";
import type { Sampling } from "./sampling.ts";
import type { ScopeDecision } from "./scope/judge.ts";
import { brandOf, type Refusal } from "./scope/reason.ts";

export interface Outcome<Answer> {
  readonly answer?: Answer;
  readonly problems: readonly string[];
  readonly text: string;
  readonly thought?: string;
  readonly strategy?: StrategyRecord;
  /** Contradictions between the answer and the study; listed first, after an out-of-scope caution. */
  readonly contradictions?: readonly string[];
  readonly sampling: Sampling;
  readonly finishReason: TaskFinishReason;
  readonly usage: Usage;
}

/** @param prompt the prompt recorded in the result. */
export function record<Answer, Name extends string>(
  task: Name,
  model: Generator,
  layout: Layout,
  { refusal, limits }: ScopeDecision,
  prompt: PromptText,
  { answer, problems, text, thought, strategy, contradictions = [], sampling, finishReason, usage }: Outcome<Answer>,
): TaskResult<Answer, Name> {
  const cautions = [
    ...(refusal === undefined ? [] : [brandOf(refusal)]),
    ...contradictions,
    ...limits,
    ...cautionsOf(layout),
  ];
  return {
    schema: "polyclinic.result/1",
    task,
    promptVersion: prompt.version,
    prompt: prompt.before === undefined ? prompt.after : `${prompt.before}\n\n${prompt.after}`,
    ...(answer !== undefined && { answer }),
    parse: { status: statusOf(answer, strategy), problems },
    ...(refusal !== undefined && { refusal }),
    ...(cautions.length > 0 && { cautions }),
    text,
    ...(thought !== undefined && { thought }),
    ...(strategy !== undefined && { strategy }),
    model: model.identity,
    saw: layout.saw,
    sampling,
    finishReason,
    usage,
    notice: notForClinicalUse,
  };
}

const statusOf = (answer: unknown, strategy: StrategyRecord | undefined) =>
  strategy?.deferred !== undefined ? "deferred" : answer === undefined ? "unparsed" : "parsed";

/** The result of a refused request. */
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
    parse: { status: "refused", problems: refusal.reasons.map(({ message }) => message) },
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

/** What a computed answer used: only the sources, because no model saw anything. */
export function sourcesOf({ parts }: Pick<Study, "parts">): Seen {
  return { recipe: "none", images: [], leftOut: [], sources: parts.map(({ origin }) => origin.sha256) };
}

/** Replaces the model's identity for an answer computed by this program. */
const computedBy = { hash: undefined, precision: "exact", engine: "computed" } as const;

/** The result of a computed answer: no model was called. */
export function recordComputed<Answer, Name extends string>(
  task: Name,
  study: Study,
  parts: readonly Part[],
  { answer, text, cautions, from = "record" }: Computed<Answer>,
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
    model: { name: `${from} engine`, ...computedBy },
    saw: {
      ...sourcesOf(study),
      recipe: `${from}-computed`,
      leftOut: study.parts.filter((part) => !parts.includes(part)).map(({ label }) => label),
    },
    sampling: { maxTokens: 0, temperature: 0 },
    finishReason: "computed",
    usage: { promptTokens: 0, completionTokens: 0, cachedTokens: 0 },
    notice: notForClinicalUse,
  };
}

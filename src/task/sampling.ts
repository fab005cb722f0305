/** How an answer is sampled: the only place where these options are listed. Flags, schemas, records and requests are derived from it. */
import { PolyclinicError } from "../base/errors.ts";
import type { GenerateOptions } from "../model/contract.ts";
import { requireNumber } from "./arguments.ts";
import type { OptionDescriptions } from "./options.ts";

/** Temperature is 0 (greedy) by default, as in all published MedGemma results (MedGemma 1.5 report, section 3). */
export type SamplingOptions = Pick<
  GenerateOptions,
  "maxTokens" | "temperature" | "topK" | "topP" | "minP" | "repetitionPenalty" | "seed"
>;

/** Descriptions of the sampling options, from which flags and schemas are derived. */
export const samplingOptions: OptionDescriptions<SamplingOptions> = {
  maxTokens: { kind: "number", whole: true, placeholder: "n", help: "maximum number of tokens of an answer" },
  temperature: { kind: "number", placeholder: "t", help: "sampling temperature; 0 is greedy decoding (0)" },
  topK: { kind: "number", whole: true, placeholder: "n", help: "sample from the n most likely tokens" },
  topP: { kind: "number", placeholder: "p", help: "sample from the most likely tokens whose probabilities sum to p" },
  minP: {
    kind: "number",
    placeholder: "p",
    help: "exclude tokens whose probability is below p times that of the most likely token",
  },
  repetitionPenalty: {
    kind: "number",
    placeholder: "x",
    help: "repetition penalty; values above 1 discourage repetition",
  },
  seed: { kind: "number", whole: true, placeholder: "n", help: "seed of the sampling, for repeatable answers" },
};

/** The sampling settings of an answer; absent fields had the checkpoint's defaults. */
export type Sampling = Readonly<SamplingOptions> & { readonly maxTokens: number };

/** Tokens allowed for a thought in addition to the answer (Google's notebooks allow 1500 for images). */
const thinkingTokens = 1500;

/** @throws PolyclinicError `task/argument`, `task/option` naming the option. */
export function samplingOf(answerTokens: number, options: SamplingOptions & { readonly think?: boolean }): Sampling {
  const given: Record<string, number> = {};
  for (const name of Object.keys(samplingOptions) as (keyof SamplingOptions)[]) {
    const value =
      options[name] ??
      (name === "maxTokens" ? answerTokens + (options.think ? thinkingTokens : 0) : undefined) ??
      (name === "temperature" ? 0 : undefined);
    if (value === undefined) continue;
    if (name !== "maxTokens") requireNumber(name, value);
    given[name] = value;
  }
  const { maxTokens } = given;
  if (!Number.isInteger(maxTokens) || maxTokens < 1)
    throw new PolyclinicError("task/option", "the number of answer tokens is invalid", {
      where: "maxTokens",
      expected: "a whole number >= 1",
      found: String(maxTokens),
    });
  return given as Sampling & typeof given;
}

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
  maxTokens: { kind: "number", whole: true, placeholder: "n", help: "most tokens of an answer" },
  temperature: { kind: "number", placeholder: "t", help: "0 is greedy (0)" },
  topK: { kind: "number", whole: true, placeholder: "n", help: "sample from the n likeliest tokens" },
  topP: { kind: "number", placeholder: "p", help: "sample from the likeliest tokens that make up p" },
  minP: { kind: "number", placeholder: "p", help: "leave out tokens less likely than p times the likeliest" },
  repetitionPenalty: { kind: "number", placeholder: "x", help: "above 1 discourages repetition" },
  seed: { kind: "number", whole: true, placeholder: "n", help: "makes a sampled answer repeatable" },
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

/** Generation results in OpenAI's format. */
import type { GenerationResult, LikelyToken, TokenLikelihood, Usage } from "../../model/contract.ts";

export const finishReasons = { stop: "stop", length: "length", abort: "stop", repetition: "length" } as const;

export function usageOf(usages: readonly Usage[]) {
  const completion = usages.reduce((sum, { completionTokens }) => sum + completionTokens, 0);
  const { promptTokens, cachedTokens } = usages[0];
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completion,
    total_tokens: promptTokens + completion,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}

export const noUsage = usageOf([{ promptTokens: 0, completionTokens: 0, cachedTokens: 0 }]);

export function logprobsOf(tokens: readonly TokenLikelihood[] | undefined) {
  if (tokens === undefined) return null;
  const one = ({ token, bytes, logprob }: LikelyToken) => ({ token, bytes, logprob });
  return { content: tokens.map((token) => ({ ...one(token), top_logprobs: token.top.map(one) })), refusal: null };
}

/** The field's name in vLLM and llama.cpp. */
export const thoughtOf = ({ thought }: GenerationResult) =>
  thought === undefined ? {} : { reasoning_content: thought };

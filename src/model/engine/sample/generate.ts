/** Generates one answer: prefills the positions missing from the cache, then decodes token by token until a stop condition. */
import { PolyclinicError } from "../../../base/errors.ts";
import { AnswerStream, type Constraint, RepetitionGuard, type Tokenizer } from "../../../text/index.ts";
import type { FinishReason, GenerationResult, TextDelta } from "../../contract.ts";
import type { KvCache } from "../decode/kv-cache.ts";
import type { PromptTokens } from "../decode/prompt-tokens.ts";
import type { Engine } from "../engine.ts";
import { LikelihoodRecorder } from "./likelihoods.ts";
import type { Sampler } from "./sampling.ts";

export interface GenerateRequest {
  readonly prompt: PromptTokens;
  /** Computed tokens of the prompt's beginning; written to. */
  readonly cache: KvCache;
  readonly sampler: Sampler;
  readonly maxTokens: number;
  readonly stopTokenIds: ReadonlySet<number>;
  readonly stop: readonly string[];
  readonly constraint?: Constraint;
  /** A draft of the answer's first tokens: computed along with the prompt, kept only where the sampler chooses the same. */
  readonly draft?: readonly number[];
  readonly signal?: AbortSignal;
  /** Likelihoods are told, with so many likeliest tokens. */
  readonly logprobs?: number;
}

export async function* generateTokens(
  engine: Engine,
  tokenizer: Tokenizer,
  request: GenerateRequest,
): AsyncGenerator<TextDelta, GenerationResult> {
  const { prompt, cache, sampler, constraint, stopTokenIds, maxTokens, signal } = request;
  const cachedTokens = cache.lengths[0];
  const stream = new AnswerStream(tokenizer, { stop: request.stop });
  const likelihoods = request.logprobs === undefined ? undefined : new LikelihoodRecorder(tokenizer, request.logprobs);
  const piece = (text: string): TextDelta => {
    const logprobs = likelihoods?.take();
    return { text, ...(logprobs !== undefined && { logprobs }) };
  };
  const context = [...prompt.ids];
  const tokenIds: number[] = [];
  const repetition = new RepetitionGuard<number>();
  let finishReason: FinishReason = "length";
  try {
    let draft = (request.draft ?? []).slice(0, maxTokens - 1);
    const ids = Int32Array.of(...prompt.ids, ...draft);
    // Logits after the prompt, and after each drafted token.
    let logits = await engine.prefill(cache, { ...prompt, ids }, { signal, wanted: 1 + draft.length });
    for (;;) {
      likelihoods?.before(logits[0]);
      const id = sampler.next(logits[0], context, constraint?.mask(maxTokens - tokenIds.length));
      if (stopTokenIds.has(id)) {
        finishReason = "stop";
        break;
      }
      constraint?.accept(id);
      tokenIds.push(id);
      context.push(id);
      const { text, stopped } = stream.push(id);
      if (!stream.inThought && !tokenizer.isControl(id)) likelihoods?.chosen(id);
      if (text !== "") yield piece(text);
      if (stopped || constraint?.finished) {
        finishReason = "stop";
        break;
      }
      if (repetition.push(id) !== undefined) {
        finishReason = "repetition";
        break;
      }
      if (tokenIds.length >= maxTokens) break;
      if (signal?.aborted) {
        finishReason = "abort";
        break;
      }
      if (id === draft[0]) {
        draft = draft.slice(1);
        logits = logits.slice(1);
        continue;
      }
      // The rest of the draft was wrong: take it out of the cache.
      if (draft.length > 0) cache.truncate(0, context.length - 1);
      draft = [];
      logits = await engine.decode(cache, [id]);
    }
  } catch (error) {
    if (!PolyclinicError.is(error) || error.code !== "abort/aborted") throw error;
    finishReason = "abort";
  }
  const { text, answer } = stream.finish();
  if (text !== "") yield piece(text);
  const logprobs = likelihoods?.within(answer.text);
  const usage = { promptTokens: prompt.ids.length, completionTokens: tokenIds.length, cachedTokens };
  return { ...answer, tokenIds, ...(logprobs !== undefined && { logprobs }), finishReason, usage };
}

/**
 * Generates one answer: prefills the positions missing from the cache, then decodes until a stop condition, in steps
 * shared with the engine's other answers.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import { AnswerStream, type Constraint, RepetitionGuard, type Tokenizer } from "../../../text/index.ts";
import type { FinishReason, GenerationResult, TextDelta } from "../../contract.ts";
import type { Conversation } from "../decode/continuous-batching.ts";
import type { KvCache } from "../decode/kv-cache.ts";
import type { PromptTokens } from "../decode/prompt-tokens.ts";
import type { Engine } from "../engine.ts";
import type { AnswerMemory } from "./answer-memory.ts";
import { Drafting } from "./drafting.ts";
import { LikelihoodRecorder } from "./likelihoods.ts";
import type { Sampler } from "./sampling.ts";

export interface GenerateRequest {
  readonly prompt: PromptTokens;
  /** Computed tokens of the prompt's prefix; owned by this answer from now on. */
  readonly cache: KvCache;
  readonly sampler: Sampler;
  readonly maxTokens: number;
  readonly stopTokenIds: ReadonlySet<number>;
  readonly stop: readonly string[];
  readonly constraint?: Constraint;
  /** The caller's recent answers, for drafts. */
  readonly memory: AnswerMemory;
  /** A draft of the answer's first tokens: computed along with the prompt, kept only where the sampler chooses the same. */
  readonly draft?: readonly number[];
  readonly signal?: AbortSignal;
  /** Number of most likely tokens to return with likelihoods. */
  readonly logprobs?: number;
}

export async function* generateTokens(
  engine: Engine,
  tokenizer: Tokenizer,
  request: GenerateRequest,
): AsyncGenerator<TextDelta, GenerationResult> {
  const { prompt, cache, sampler, constraint, stopTokenIds, maxTokens, signal } = request;
  const { recent } = request.memory;
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
  let conversation: Conversation | undefined;
  try {
    let draft = (request.draft ?? []).slice(0, maxTokens - 1);
    const ids = Int32Array.of(...prompt.ids, ...draft);
    // Logits after the prompt, and after each drafted token.
    const begun = await engine.converse(cache, { ...prompt, ids }, { signal, logitsFor: 1 + draft.length });
    conversation = begun.conversation;
    let { logits } = begun;
    const { costOfTokens: cost } = engine;
    const drafting = new Drafting(context, { encode: (text) => tokenizer.encode(text), cost, recent });
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
      drafting.push(id);
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
      // The rest of the draft was rejected: it is removed from the cache.
      if (draft.length > 0) conversation.truncate(context.length - 1);
      draft = drafting.propose(maxTokens - tokenIds.length - 1, conversation.company, constraint);
      logits = await conversation.step({ ids: [id, ...draft], logitsFor: 1 + draft.length });
    }
  } catch (error) {
    if (!PolyclinicError.is(error) || error.code !== "abort/aborted") throw error;
    finishReason = "abort";
  } finally {
    conversation?.leave();
    recent.add(context, tokenIds.length);
  }
  const { text, answer } = stream.finish();
  if (text !== "") yield piece(text);
  const logprobs = likelihoods?.within(answer.text);
  const usage = { promptTokens: prompt.ids.length, completionTokens: tokenIds.length, cachedTokens };
  return { ...answer, tokenIds, ...(logprobs !== undefined && { logprobs }), finishReason, usage };
}

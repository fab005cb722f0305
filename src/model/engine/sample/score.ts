/** Log-likelihoods of continuations of a prompt, which is computed once. */
import { throwIfAborted } from "../../../base/errors.ts";
import type { ScoreResult } from "../../contract.ts";
import type { KvCache } from "../decode/kv-cache.ts";
import type { PromptTokens } from "../decode/prompt-tokens.ts";
import type { Engine } from "../engine.ts";
import { logProbability } from "./sampling.ts";

/** Maximum number of continuation tokens per step; each needs a row of logits over the vocabulary. */
const tokensPerStep = 64;

/**
 * @param cache the part of the prompt already computed; written to.
 * @param continuations token ids, none empty.
 */
export async function scoreContinuations(
  engine: Engine,
  cache: KvCache,
  prompt: PromptTokens,
  continuations: readonly (readonly number[])[],
  signal?: AbortSignal,
): Promise<ScoreResult[]> {
  const [first] = await engine.prefill(cache, prompt, { signal });
  const scores = continuations.map((ids) => [logProbability(first, ids[0])]);
  for (const group of groups(continuations)) {
    throwIfAborted(signal);
    // The last token's logits predict the token after it, which is not scored.
    const inputs = group.map((i) => continuations[i].slice(0, -1));
    const logits =
      group.length === 1 && inputs[0].length > tokensPerStep
        ? [await long(engine, cache, prompt, inputs[0], continuations[group[0]], scores[group[0]], signal)]
        : await engine.branches(cache, inputs);
    for (const [g, i] of group.entries()) {
      for (const [t, row] of logits[g].entries()) scores[i].push(logProbability(row, continuations[i][t + 1]));
    }
  }
  return scores.map((tokenLogLikelihoods, i) => ({
    logLikelihood: tokenLogLikelihoods.reduce((sum, x) => sum + x, 0),
    tokenLogLikelihoods,
    tokenIds: [...continuations[i]],
  }));
}

/** Groups continuations of more than one token so that each group fits in one step. */
function groups(continuations: readonly (readonly number[])[]): number[][] {
  const all: number[][] = [];
  let room = 0;
  for (const [i, { length }] of continuations.entries()) {
    if (length < 2) continue;
    if (length - 1 > room) {
      all.push([]);
      room = tokensPerStep;
    }
    all[all.length - 1].push(i);
    room -= length - 1;
  }
  return all;
}

/** Scores a continuation that is too long for one step, on a copy of the cache and piece by piece, so that its logits are never all in memory. */
async function long(
  engine: Engine,
  cache: KvCache,
  prompt: PromptTokens,
  inputs: readonly number[],
  ids: readonly number[],
  scores: number[],
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const copy = cache.copy();
  for (let start = 0; start < inputs.length; start += tokensPerStep) {
    const end = Math.min(start + tokensPerStep, inputs.length);
    const extended = { ids: Int32Array.from([...prompt.ids, ...inputs.slice(0, end)]), images: prompt.images };
    const rows = await engine.prefill(copy, extended, { signal, logitsFor: "all" });
    for (const [t, row] of rows.entries()) scores.push(logProbability(row, ids[start + t + 1]));
  }
  return [];
}

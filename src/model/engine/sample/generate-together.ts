/** Several answers to one prompt, decoded as a batch: each step reads the weights once for all of them. */
import { AnswerStream, RepetitionGuard, type Tokenizer } from "../../../text/index.ts";
import type { FinishReason, GenerationResult } from "../../contract.ts";
import type { KvCache } from "../decode/kv-cache.ts";
import type { Engine } from "../engine.ts";
import type { GenerateRequest } from "./generate.ts";
import type { Sampler } from "./sampling.ts";

export interface TogetherRequest
  extends Pick<GenerateRequest, "prompt" | "cache" | "maxTokens" | "stopTokenIds" | "stop" | "signal"> {
  /** One for each answer. */
  readonly samplers: readonly Sampler[];
}

/** An answer in progress. */
interface Path {
  readonly sampler: Sampler;
  readonly stream: AnswerStream;
  readonly context: number[];
  readonly tokenIds: number[];
  readonly repetition: RepetitionGuard<number>;
  logits: Float32Array;
  finishReason?: FinishReason;
}

/**
 * @param request `cache` holds the beginning of the prompt, one sequence.
 * @returns an answer for each sampler, as `generateTokens` gives it, to rounding.
 */
export async function generateTogether(
  engine: Engine,
  tokenizer: Tokenizer,
  { prompt, cache, samplers, maxTokens, stopTokenIds, stop, signal }: TogetherRequest,
): Promise<GenerationResult[]> {
  const cachedTokens = cache.lengths[0];
  const [first] = await engine.prefill(cache, prompt, { ...(signal && { signal }) });
  const paths: Path[] = samplers.map((sampler) => ({
    sampler,
    stream: new AnswerStream(tokenizer, { stop }),
    context: [...prompt.ids],
    tokenIds: [],
    repetition: new RepetitionGuard<number>(),
    logits: first.slice(),
  }));
  let open = paths;
  let caches: KvCache = cache.copy(
    0,
    open.map(() => 0),
  );
  while (open.length > 0) {
    for (const path of open) advance(path, stopTokenIds, maxTokens, signal);
    const going = open.flatMap(({ finishReason }, i) => (finishReason === undefined ? [i] : []));
    if (going.length === 0) break;
    // Copying the remaining caches costs about as much as a step of the finished ones: copy only when half have finished.
    if (going.length <= caches.batch / 2) {
      caches = caches.copy(0, going);
      open = going.map((i) => open[i]);
    }
    const logits = await engine.decode(
      caches,
      open.map(({ tokenIds }) => tokenIds[tokenIds.length - 1] ?? 0),
    );
    for (const [i, path] of open.entries()) path.logits = logits[i];
  }
  return paths.map(({ stream, tokenIds, finishReason }) => ({
    ...stream.finish().answer,
    tokenIds,
    finishReason: finishReason ?? "length",
    usage: { promptTokens: prompt.ids.length, completionTokens: tokenIds.length, cachedTokens },
  }));
}

/** Appends the next token to a path, or ends it. Finished paths are left unchanged. */
function advance(path: Path, stops: ReadonlySet<number>, maxTokens: number, signal: AbortSignal | undefined): void {
  if (path.finishReason !== undefined) return;
  const { sampler, stream, context, tokenIds, repetition, logits } = path;
  const id = sampler.next(logits, context);
  if (stops.has(id)) {
    path.finishReason = "stop";
    return;
  }
  tokenIds.push(id);
  context.push(id);
  if (stream.push(id).stopped) path.finishReason = "stop";
  else if (repetition.push(id) !== undefined) path.finishReason = "repetition";
  else if (tokenIds.length >= maxTokens) path.finishReason = "length";
  else if (signal?.aborted) path.finishReason = "abort";
}

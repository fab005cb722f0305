/** Likelihoods of continuations from a vLLM server, which returns those of every prompt token; the last ones belong to the continuation. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Message, ScoreResult } from "../contract.ts";
import type { Http } from "./http.ts";
import type { Limiter } from "./limiter.ts";
import { chatMessages } from "./request.ts";
import { type RetryPolicy, withRetry } from "./retry.ts";

interface Server {
  readonly http: Http;
  readonly model: string;
  readonly limiter: Limiter;
  readonly retry: RetryPolicy;
}

export async function scoreByPrompt(
  server: Server,
  messages: readonly Message[],
  continuations: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ScoreResult[]> {
  const empty = continuations.indexOf("");
  if (empty >= 0)
    throw new PolyclinicError("model/empty-continuation", "has no tokens", { where: `continuations[${empty}]` });
  const turn = <T>(work: () => Promise<T>) => server.limiter.run(() => withRetry(work, server.retry, signal), signal);
  const before = await turn(() => tokenise(server, messages, signal));
  return Promise.all(
    continuations.map((continuation) => turn(() => scoreOne(server, messages, continuation, before.length, signal))),
  );
}

async function scoreOne(
  server: Server,
  messages: readonly Message[],
  continuation: string,
  before: number,
  signal: AbortSignal | undefined,
): Promise<ScoreResult> {
  const answered: Message[] = [...messages, { role: "assistant", content: [{ type: "text", text: continuation }] }];
  const tokenIds = (await tokenise(server, answered, signal)).slice(before);
  const url = `${server.http.base}/chat/completions`;
  const reply = (await server.http.json(
    url,
    {
      model: server.model,
      messages: await chatMessages(answered),
      add_generation_prompt: false,
      continue_final_message: true,
      max_tokens: 1,
      temperature: 0,
      prompt_logprobs: 0,
    },
    signal,
  )) as { prompt_logprobs?: (Record<string, { logprob: number }> | null)[] | null };
  const last = reply.prompt_logprobs?.slice(-tokenIds.length);
  const found = tokenIds.map((id, i) => last?.[i]?.[String(id)]?.logprob);
  const tokenLogLikelihoods = found.filter((value) => value !== undefined);
  if (tokenIds.length === 0 || tokenLogLikelihoods.length < found.length)
    throw new PolyclinicError("remote/no-logprobs", "the server returned no prompt likelihoods", {
      where: url,
      expected: "prompt_logprobs with one entry per token",
      found: reply.prompt_logprobs ? "other tokens" : "none",
      hint: "vLLM returns them unless they are disabled (--max-logprobs 0).",
    });
  return { logLikelihood: tokenLogLikelihoods.reduce((a, b) => a + b, 0), tokenLogLikelihoods, tokenIds };
}

/** Uses vLLM's tokenize endpoint; an image counts as its placeholder, which is the same with and without the answer. */
async function tokenise(server: Server, messages: readonly Message[], signal?: AbortSignal): Promise<number[]> {
  const answered = messages.at(-1)?.role === "assistant";
  const reply = (await server.http.json(
    `${server.http.root}/tokenize`,
    {
      model: server.model,
      messages: await chatMessages(messages),
      add_generation_prompt: !answered,
      continue_final_message: answered,
    },
    signal,
  )) as { tokens?: number[] };
  return reply.tokens ?? [];
}

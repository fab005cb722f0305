/** `/v1/chat/completions`: whole or streamed, as OpenAI's clients expect it. */
import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { GenerateOptions, GenerationResult, Generator } from "../../model/contract.ts";
import { strategyNamed, withStrategy } from "../../strategy/index.ts";
import { findFinalAnswer } from "../../task/parse/final-answer.ts";
import { judgeMessages } from "../../task/scope/messages.ts";
import { type Refusal, refusalText } from "../../task/scope/reason.ts";
import type { EngineInUse, Engines } from "../engines/engines.ts";
import { HttpError } from "../http-error.ts";
import { errorBody } from "./errors.ts";
import { messagesOf } from "./messages.ts";
import { type ChatRequest, parseChatRequest } from "./request.ts";

/** Tokens of an answer when the client sets no bound. */
const defaultMaxTokens = 1024;

const finishReasons = { stop: "stop", length: "length", abort: "stop", repetition: "length" } as const;

export async function chatCompletions(context: Context, engines: Engines): Promise<Response> {
  const request = parseChatRequest(await context.req.json().catch(() => undefined));
  if (!engines.has(request.model))
    throw new HttpError(404, "server/model", "this server has no such model", {
      where: "model",
      expected: engines.names.join(", "),
      found: request.model,
    });
  if (request.stream && (request.n ?? 1) > 1)
    throw new HttpError(400, "server/field", "several answers cannot be streamed", { where: "n" });
  const { signal } = context.req.raw;
  const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: request.model };
  if (request.stream) return streamed(context, engines, request, head, signal);
  const results = await engines.use(request.model, signal, (engine) => answers(engine, request, signal));
  if ("reasons" in results)
    return context.json({
      ...head,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: null, refusal: refusalText(request.model, results) },
          logprobs: null,
          finish_reason: "content_filter",
        },
      ],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    });
  return context.json({
    ...head,
    object: "chat.completion",
    ...(results.limits.length > 0 && { cautions: results.limits }),
    choices: results.all.map((result, index) => ({
      index,
      message: { role: "assistant", content: result.text, refusal: null, ...thoughtOf(result) },
      logprobs: null,
      finish_reason: finishReasons[result.finishReason],
      ...(result.strategy !== undefined && { strategy: result.strategy }),
    })),
    usage: usageOf(results.all),
  });
}

interface Answers {
  readonly all: readonly GenerationResult[];
  /** Of what the model was trained on, to be read before the answer. */
  readonly limits: readonly string[];
}

const judge = async ({ model }: EngineInUse, request: ChatRequest, signal: AbortSignal) =>
  judgeMessages(await messagesOf(request, model.limits), model, {
    schema: request.response_format?.type === "json_schema",
    signal,
  });

/** What the model wrote; or why it was not asked, being beyond what it was trained on. */
async function answers(engine: EngineInUse, request: ChatRequest, signal: AbortSignal): Promise<Answers | Refusal> {
  const judged = await judge(engine, request, signal);
  if (judged.refusal !== undefined) return judged.refusal;
  const { messages, limits } = judged;
  const prefix = await engine.prefixes.of(messages, signal);
  const options = { ...optionsOf(request), signal, ...(prefix !== undefined && { prefix }) };
  const n = request.n ?? 1;
  const model = answering(engine, request);
  if (n > 1) return { all: await model.sample(messages, n, options), limits };
  return { all: [await model.generate(messages, options).result], limits };
}

/** The model, or the model by a strategy. The server has no documents to search: strategies that do are refused. */
function answering({ model }: EngineInUse, { strategy, budget }: ChatRequest): Generator {
  if (strategy == null) {
    if (budget == null) return model;
    throw new HttpError(400, "server/field", "a budget bounds a strategy, and none is named", { where: "budget" });
  }
  return withStrategy(model, strategyNamed(strategy), budget == null ? {} : { budget });
}

/** What texts vote by: their final answer, else their words. */
const read = (text: string) => (findFinalAnswer(text)?.line ?? text).trim().toLowerCase() || undefined;

function streamed(
  context: Context,
  engines: Engines,
  request: ChatRequest,
  head: object,
  signal: AbortSignal,
): Promise<Response> | Response {
  return streamSSE(context, async (stream) => {
    const abort = new AbortController();
    stream.onAbort(() => abort.abort());
    signal.addEventListener("abort", () => abort.abort(), { once: true });
    const send = (piece: object) =>
      stream.writeSSE({ data: JSON.stringify({ ...head, object: "chat.completion.chunk", ...piece }) });
    const choice = (delta: object, finish_reason: string | null) =>
      send({ choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
    try {
      await engines.use(request.model, abort.signal, async (engine) => {
        const judged = await judge(engine, request, abort.signal);
        if (judged.refusal !== undefined) {
          await choice({ role: "assistant", refusal: refusalText(request.model, judged.refusal) }, null);
          await choice({}, "content_filter");
          return;
        }
        const { messages, limits } = judged;
        const prefix = await engine.prefixes.of(messages, abort.signal);
        const generation = answering(engine, request).generate(messages, {
          ...optionsOf(request),
          signal: abort.signal,
          ...(prefix !== undefined && { prefix }),
        });
        // To be read before the answer, as in a whole one.
        await send({
          ...(limits.length > 0 && { cautions: limits }),
          choices: [{ index: 0, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }],
        });
        for await (const { text } of generation) await choice({ content: text }, null);
        const result = await generation.result;
        await choice({}, finishReasons[result.finishReason]);
        if (request.stream_options?.include_usage) await send({ choices: [], usage: usageOf([result]) });
      });
      await stream.writeSSE({ data: "[DONE]" });
    } catch (error) {
      // The status is sent already: an error event, as OpenAI's clients read it, and no [DONE].
      if (!abort.signal.aborted) await stream.writeSSE({ data: JSON.stringify(errorBody(error)) });
    }
  });
}

function optionsOf(request: ChatRequest): GenerateOptions {
  const { temperature, top_p, top_k, min_p, repetition_penalty, seed, stop, response_format } = request;
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? defaultMaxTokens;
  return {
    maxTokens,
    read,
    ...(temperature != null && { temperature }),
    ...(top_p != null && { topP: top_p }),
    ...(top_k != null && { topK: top_k }),
    ...(min_p != null && { minP: min_p }),
    ...(repetition_penalty != null && { repetitionPenalty: repetition_penalty }),
    ...(seed != null && { seed }),
    ...(stop != null && { stop: typeof stop === "string" ? [stop] : stop }),
    ...(response_format?.type === "json_schema" && { schema: response_format.json_schema.schema }),
  };
}

function usageOf(results: readonly GenerationResult[]) {
  const completion = results.reduce((sum, { usage }) => sum + usage.completionTokens, 0);
  const { promptTokens, cachedTokens } = results[0].usage;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completion,
    total_tokens: promptTokens + completion,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}

/** As vLLM and llama.cpp name it. */
const thoughtOf = ({ thought }: GenerationResult) => (thought === undefined ? {} : { reasoning_content: thought });

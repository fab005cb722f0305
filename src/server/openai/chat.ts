/**
 * `/v1/chat/completions`, complete or streamed, in OpenAI's format. Requests outside the model's training are refused,
 * and cautions precede the answer.
 */
import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import type { GenerateOptions, GenerationResult, Generator, Message, Prefix } from "../../model/contract.ts";
import { type Corpus, strategyNamed, withStrategy } from "../../strategy/index.ts";
import { findFinalAnswer } from "../../task/parse/final-answer.ts";
import { judgeMessages } from "../../task/scope/messages.ts";
import { refusalText } from "../../task/scope/reason.ts";
import type { EngineInUse } from "../engines/engines.ts";
import { HttpError } from "../http-error.ts";
import { finishReasons, logprobsOf, noUsage, thoughtOf, usageOf } from "./choices.ts";
import { messagesOf } from "./messages.ts";
import { type ChatRequest, parseChatRequest, refuseTaskFields } from "./request.ts";
import { streamed } from "./stream.ts";
import { isTaskModel, type TaskModelOptions, taskCompletion } from "./task-models.ts";

/** Maximum number of answer tokens if the client sets none. */
const defaultMaxTokens = 1024;

export interface ChatOptions extends TaskModelOptions {
  /** Documents for strategies that search. */
  readonly corpus?: Corpus | undefined;
}

export async function chatCompletions(context: Context, options: ChatOptions): Promise<Response> {
  const { engines, corpus } = options;
  const request = parseChatRequest(await context.req.json().catch(() => undefined));
  const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: request.model };
  if (isTaskModel(request.model, engines)) return taskCompletion(context, request, head, options);
  engines.require(request.model);
  refuseTaskFields(request);
  if (request.stream) return streamedChat(context, options, request, head);
  const { signal } = context.req.raw;
  const whole = { ...head, object: "chat.completion" };
  const { person: caller } = context.get("caller");
  return engines.use(request.model, { caller, signal }, async (engine) => {
    const judgement = await judged(engine, request, signal, corpus);
    if ("refusal" in judgement)
      return context.json({
        ...whole,
        choices: [
          {
            index: 0,
            message: { role: "assistant", content: null, refusal: judgement.refusal },
            logprobs: null,
            finish_reason: "content_filter",
          },
        ],
        usage: noUsage,
      });
    const results = await severalOf(judgement, request.n ?? 1);
    return context.json({
      ...whole,
      ...(judgement.limits.length > 0 && { cautions: judgement.limits }),
      choices: results.map((result, index) => ({
        index,
        message: { role: "assistant", content: result.text, refusal: null, ...thoughtOf(result) },
        logprobs: logprobsOf(result.logprobs),
        finish_reason: finishReasons[result.finishReason],
        ...(result.strategy !== undefined && { strategy: result.strategy }),
      })),
      usage: usageOf(results.map(({ usage }) => usage)),
    });
  });
}

interface PreparedRequest {
  readonly model: Generator;
  readonly messages: readonly Message[];
  readonly options: GenerateOptions & { readonly prefix?: Prefix };
  /** Cautions about what the model was trained on, to be read before the answer. */
  readonly limits: readonly string[];
}

/** The messages to send to the model; or the refusal, when the request is outside the model's scope. */
async function judged(
  engine: EngineInUse,
  request: ChatRequest,
  signal: AbortSignal,
  corpus?: Corpus,
): Promise<PreparedRequest | { readonly refusal: string }> {
  const { model, seen, caller } = engine;
  const messagesSent = await messagesOf(request, model.limits, (encoded, decode) => seen.of(caller, encoded, decode));
  const judged = await judgeMessages(messagesSent, model, {
    signal,
    schema: request.response_format?.type === "json_schema",
  });
  if (judged.refusal !== undefined) return { refusal: refusalText(request.model, judged.refusal) };
  const { messages, limits } = judged;
  const prefix = await engine.prefixes.of(caller, messages, signal);
  const options = { ...optionsOf(request), signal, ...(prefix !== undefined && { prefix }) };
  return { model: answering(engine, request, corpus), messages, limits, options };
}

const severalOf = async ({ model, messages, options }: PreparedRequest, n: number): Promise<GenerationResult[]> =>
  n > 1 ? model.sample(messages, n, options) : [await model.generate(messages, options).result];

/** The model, or the model wrapped in a strategy. Strategies that search are rejected if the server has no documents. */
function answering({ model }: EngineInUse, { strategy, budget, logprobs }: ChatRequest, corpus?: Corpus): Generator {
  if (strategy == null) {
    if (budget == null) return model;
    throw new HttpError(400, "server/field", "a budget requires a strategy", { where: "budget" });
  }
  if (logprobs)
    throw new HttpError(400, "server/field", "not available with a strategy, which chooses among several answers", {
      where: "logprobs",
    });
  return withStrategy(model, strategyNamed(strategy, corpus), budget == null ? {} : { budget });
}

/** What a reply votes for: its final answer, or the whole reply when it has none. */
const read = (text: string) => (findFinalAnswer(text)?.line ?? text).trim().toLowerCase() || undefined;

/**
 * Cautions are in the first chunk. With `n` > 1 each answer is sent whole, one after another, because they are sampled
 * in parallel.
 */
function streamedChat(
  context: Context,
  { engines, corpus }: ChatOptions,
  request: ChatRequest,
  head: object,
): Promise<Response> | Response {
  const { person: caller } = context.get("caller");
  return streamed(context, head, ({ signal, send, choice }) =>
    engines.use(request.model, { caller, signal }, async (engine) => {
      const judgement = await judged(engine, request, signal, corpus);
      if ("refusal" in judgement) {
        await choice(0, { role: "assistant", refusal: judgement.refusal });
        await choice(0, {}, { finish_reason: "content_filter" });
        if (request.stream_options?.include_usage) await send({ choices: [], usage: noUsage });
        return;
      }
      const { model, messages, options, limits } = judgement;
      const begin = { role: "assistant", content: "", refusal: null };
      const cautions = limits.length > 0 ? { cautions: limits } : {};
      const results: GenerationResult[] = [];
      const n = request.n ?? 1;
      const first = (index: number) =>
        send({ choices: [{ index, delta: begin, logprobs: null, finish_reason: null }], ...cautions });
      if (n === 1) {
        const generation = model.generate(messages, options);
        await first(0);
        for await (const { text, logprobs } of generation)
          await choice(0, { content: text }, { logprobs: logprobsOf(logprobs) });
        results.push(await generation.result);
      } else {
        await first(0);
        results.push(...(await severalOf(judgement, n)));
        for (const [index, { text, logprobs }] of results.entries()) {
          if (index > 0) await first(index);
          await choice(index, { content: text }, { logprobs: logprobsOf(logprobs) });
        }
      }
      for (const [index, { finishReason }] of results.entries())
        await choice(index, {}, { finish_reason: finishReasons[finishReason] });
      if (request.stream_options?.include_usage)
        await send({ choices: [], usage: usageOf(results.map(({ usage }) => usage)) });
    }),
  );
}

function optionsOf(request: ChatRequest): GenerateOptions {
  const { temperature, top_p, top_k, min_p, repetition_penalty, seed, stop, response_format, logprobs } = request;
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
    ...(logprobs && { logprobs: request.top_logprobs ?? 0 }),
    ...(response_format?.type === "json_schema" && { schema: response_format.json_schema.schema }),
  };
}

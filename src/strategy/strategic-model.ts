/** A model that answers through a strategy; tasks, batches and the server accept it like any other model. */
import type { GenerateOptions, GenerationResult, Generator, Message, TextDelta } from "../model/contract.ts";
import { sharedGeneration } from "../model/shared-generation.ts";
import type { StrategyRecord } from "../model/strategy-record.ts";
import { callsTo, sumOf, type TracedCall, undefinedIfBudgetUsedUp } from "./calls.ts";
import type { Outcome, Strategy } from "./strategy.ts";
import { answerOf, votesOf } from "./vote.ts";

/** Options of a model that answers through a strategy. */
export interface StrategicOptions {
  /** Maximum number of replies per question; with 0 no call is made and every answer is deferred. */
  readonly budget?: number;
}

const defaultMaxTokens = 1024;

/**
 * Wraps a model so that `generate` runs the strategy: the text is a reply that gave the winning answer, and `strategy` records how it was reached. Texts
 * vote by the result of `read`, or by their wording without it. A temperature of 0 keeps the strategy's own. The wrapper has no `score`: answers that could be scored are generated and vote instead. `close` closes the model.
 */
export function withStrategy(model: Generator, strategy: Strategy, { budget }: StrategicOptions = {}): Generator {
  const generate = (messages: readonly Message[], options: GenerateOptions = {}) =>
    sharedGeneration(async function* (): AsyncGenerator<TextDelta, GenerationResult> {
      const result = await answerBy(model, strategy, messages, options, budget);
      if (result.text !== "") yield { text: result.text };
      return result;
    });
  return {
    identity: model.identity,
    limits: model.limits,
    scope: model.scope,
    recognise: model.recognise,
    generate,
    async sample(messages, n, options = {}) {
      const results: GenerationResult[] = [];
      for (let i = 0; i < n; i++)
        results.push(await generate(messages, { ...options, seed: (options.seed ?? 0) + i }).result);
      return results;
    },
    countTokens: (messages) => model.countTokens(messages),
    forget: model.forget && (() => model.forget!()),
    close: () => model.close(),
    [Symbol.asyncDispose]: () => model.close(),
  };
}

async function answerBy(
  model: Generator,
  strategy: Strategy,
  messages: readonly Message[],
  options: GenerateOptions,
  budget: number | undefined,
): Promise<GenerationResult> {
  const { temperature, topK, topP, seed, maxTokens = defaultMaxTokens, signal, caller } = options;
  const parse = options.read ?? ((text: string) => text.trim().toLowerCase() || undefined);
  const { call, trace } = callsTo(model, {
    ...(seed !== undefined && { seed }),
    ...(budget !== undefined && { budget }),
    ...(signal !== undefined && { signal }),
    ...(caller !== undefined && { caller }),
  });
  const sampling = {
    // Tasks pass temperature 0 by default; replies that vote must be sampled.
    ...(temperature !== undefined && temperature > 0 && { temperature }),
    ...(topK !== undefined && { topK }),
    ...(topP !== undefined && { topP }),
    ...(seed !== undefined && { seed }),
  };
  const outcome: Outcome = (await undefinedIfBudgetUsedUp(
    strategy.run({ messages, maxTokens, sampling, parse }, call),
  )) ?? {
    answer: [],
    endedBy: "budget",
  };
  const votes = votesOf(outcome.withheld ?? outcome.answer, parse, outcome.withoutVote);
  const winner = outcome.answer.find((reply) => answerOf(reply, parse) === votes.answer) ?? outcome.answer[0];
  return {
    text: winner?.text ?? "",
    ...(winner?.thought !== undefined && { thought: winner.thought }),
    unclosedThought: winner?.unclosedThought ?? false,
    finishReason: winner?.finishReason ?? "stop",
    usage: trace.map(({ usage }) => usage).reduce(sumOf, { promptTokens: 0, completionTokens: 0, cachedTokens: 0 }),
    strategy: recordOf(strategy, outcome, votes, trace),
  };
}

function recordOf(
  { name, version, options }: Strategy,
  { answer, withheld = answer, deferred, endedBy, rounds, sources }: Outcome,
  votes: StrategyRecord["votes"],
  trace: readonly TracedCall[],
): StrategyRecord {
  const why = deferred ?? (answer.length === 0 ? "the reply budget did not allow a single reply" : undefined);
  return {
    name,
    version,
    options,
    replies: trace.reduce((sum, { replies }) => sum + replies.length, 0),
    ...(why !== undefined && { deferred: why }),
    ...(endedBy !== undefined && { endedBy }),
    ...(withheld.length > 0 && { votes }),
    ...(rounds !== undefined && { rounds }),
    ...(sources !== undefined && { sources }),
    trace: trace.map(({ role, replies, leftOut }) => ({ role, texts: replies.map(({ text }) => text), leftOut })),
  };
}

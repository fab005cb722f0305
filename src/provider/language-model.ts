/**
 * A Polyclinic model as a language model of the AI SDK (specification v3), so that any AI SDK application can use it: for free
 * questions or, with `providerOptions.polyclinic.task`, as any task of this package.
 */
import type {
  JSONObject,
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Content,
  LanguageModelV3FinishReason,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3StreamResult,
  LanguageModelV3Usage,
  SharedV3Warning,
} from "@ai-sdk/provider";
import type { GenerateOptions, Generation, GenerationResult, Generator, JsonSchema } from "../model/contract.ts";
import { withoutMeta } from "../task/extract/extract.ts";
import type { TaskResult } from "../task/result.ts";
import { noScope } from "../task/scope/judge.ts";
import { objectOf } from "./object.ts";
import { messagesOf } from "./prompt.ts";
import { questionCallOf, runTaskCall, type TaskCall, takesAnyQuestion, taskCallOf, textOfResult } from "./task-call.ts";

/** The AI SDK's language model interface (version 3) over a `Generator`. */
export class PolyclinicLanguageModel implements LanguageModelV3 {
  readonly specificationVersion = "v3";
  readonly provider = "polyclinic";
  /** No URL is passed through: the SDK downloads files, and they are decoded here. */
  readonly supportedUrls = {};

  /** @param open returns the model; called on each call, and expected to return the same one. */
  constructor(
    readonly modelId: string,
    private readonly open: () => Promise<Generator>,
  ) {}

  async doGenerate(options: LanguageModelV3CallOptions): Promise<LanguageModelV3GenerateResult> {
    const { task, warnings: unsupported } = await this.taskOf(options);
    if (task !== undefined) {
      const model = await this.open();
      const result = await runTaskCall(task, model);
      return {
        content: [{ type: "text", text: textOf(task, result, options, model) }],
        finishReason: finishReasonOfTask(result),
        usage: usageOf(result),
        warnings: [...unsupported, ...cautionsOf(result)],
        providerMetadata: metadataOfTask(result),
      };
    }
    const { generation, warnings, model } = await this.begin(options);
    const result = await generation.result;
    options.abortSignal?.throwIfAborted();
    const content: LanguageModelV3Content[] = [];
    if (result.thought !== undefined) content.push({ type: "reasoning", text: result.thought });
    content.push({ type: "text", text: result.text });
    return {
      content,
      finishReason: finishReasonOf(result),
      usage: usageOf(result),
      warnings,
      providerMetadata: metadataOf(model, result),
    };
  }

  /** A task's answer is streamed as one part, because it is known only after the model's text has been parsed. */
  async doStream(options: LanguageModelV3CallOptions): Promise<LanguageModelV3StreamResult> {
    const { task, warnings: unsupported } = await this.taskOf(options);
    if (task !== undefined) {
      const model = await this.open();
      const result = await runTaskCall(task, model);
      return { stream: ReadableStream.from(partsOfTask(textOf(task, result, options, model), result, unsupported)) };
    }
    const { generation, warnings, model } = await this.begin(options);
    return { stream: ReadableStream.from(partsOf(generation, warnings, model)) };
  }

  private async taskOf(options: LanguageModelV3CallOptions) {
    const { generate, warnings } = optionsOf(options);
    const { stop, schema, ...sampling } = generate;
    const named = taskCallOf(options, sampling);
    // A model with a scope is asked through the task, which maps the question to one it was trained on, or refuses.
    const { scope } = named === undefined ? await this.open() : { scope: undefined };
    const task =
      named ?? (scope !== undefined && !takesAnyQuestion(scope) ? questionCallOf(options, sampling) : undefined);
    if (task === undefined) return { task, warnings: [] };
    if (named === undefined) return { task, warnings };
    if (stop !== undefined) warnings.push({ type: "unsupported", feature: "stopSequences" });
    if (schema !== undefined)
      warnings.push({
        type: "unsupported",
        feature: "responseFormat",
        details: "Ignored: the task defines the answer format.",
      });
    return { task, warnings };
  }

  private async begin(options: LanguageModelV3CallOptions) {
    const model = await this.open();
    const { generate, warnings } = optionsOf(options);
    const messages = await messagesOf(options.prompt, model.limits);
    const limits = model.scope === undefined ? [noScope(model.identity.name)] : (model.scope.limits ?? []);
    for (const message of limits) warnings.push({ type: "other", message });
    return { generation: model.generate(messages, generate), warnings, model };
  }
}

/** The answer of a task as text, or as JSON if requested. */
function textOf(
  call: TaskCall,
  result: TaskResult,
  { responseFormat }: LanguageModelV3CallOptions,
  model: Generator,
): string {
  if (responseFormat?.type !== "json" || call.named) return textOfResult(call.task, result);
  return objectOf(result, responseFormat.schema as JsonSchema | undefined, model);
}

async function* partsOf(
  generation: Generation,
  warnings: SharedV3Warning[],
  model: Generator,
): AsyncGenerator<LanguageModelV3StreamPart> {
  yield { type: "stream-start", warnings };
  try {
    let open = false;
    for await (const { text } of generation) {
      if (!open) yield { type: "text-start", id: "answer" };
      open = true;
      yield { type: "text-delta", id: "answer", delta: text };
    }
    if (open) yield { type: "text-end", id: "answer" };
    const result = await generation.result;
    // Known only at the end: thoughts are never streamed.
    if (result.thought !== undefined) {
      yield { type: "reasoning-start", id: "thought" };
      yield { type: "reasoning-delta", id: "thought", delta: result.thought };
      yield { type: "reasoning-end", id: "thought" };
    }
    yield {
      type: "finish",
      finishReason: finishReasonOf(result),
      usage: usageOf(result),
      providerMetadata: metadataOf(model, result),
    };
  } catch (error) {
    yield { type: "error", error };
  }
}

function* partsOfTask(
  text: string,
  result: TaskResult,
  unsupported: readonly SharedV3Warning[],
): Iterable<LanguageModelV3StreamPart> {
  yield { type: "stream-start", warnings: [...unsupported, ...cautionsOf(result)] };
  yield { type: "text-start", id: "answer" };
  yield { type: "text-delta", id: "answer", delta: text };
  yield { type: "text-end", id: "answer" };
  yield {
    type: "finish",
    finishReason: finishReasonOfTask(result),
    usage: usageOf(result),
    providerMetadata: metadataOfTask(result),
  };
}

const cautionsOf = ({ cautions = [] }: TaskResult): SharedV3Warning[] =>
  cautions.map((message) => ({ type: "other", message }));

function finishReasonOfTask({ finishReason }: TaskResult): LanguageModelV3FinishReason {
  const unified =
    finishReason === "scored" || finishReason === "computed"
      ? "stop"
      : finishReason === "refused"
        ? "content-filter"
        : finishReason === "abort" || finishReason === "repetition" || finishReason === "deferred"
          ? "other"
          : finishReason;
  return { unified, raw: finishReason };
}

/** The whole result, as printed by `--json`. */
function metadataOfTask(result: TaskResult) {
  return { polyclinic: { result: JSON.parse(JSON.stringify(result)) as JSONObject } };
}

function optionsOf(options: LanguageModelV3CallOptions): { generate: GenerateOptions; warnings: SharedV3Warning[] } {
  const warnings: SharedV3Warning[] = [];
  const without = (feature: string, value: unknown) => {
    if (value !== undefined && value !== 0) warnings.push({ type: "unsupported", feature });
  };
  without("presencePenalty", options.presencePenalty);
  without("frequencyPenalty", options.frequencyPenalty);
  without("tools", options.tools?.length || undefined);
  const { responseFormat } = options;
  if (responseFormat?.type === "json" && responseFormat.schema === undefined)
    warnings.push({ type: "unsupported", feature: "responseFormat", details: "JSON output requires a schema." });
  const schema = responseFormat?.type === "json" ? (responseFormat.schema as JsonSchema | undefined) : undefined;
  const { maxOutputTokens, temperature, topP, topK, seed, stopSequences, abortSignal } = options;
  return {
    warnings,
    generate: {
      ...(maxOutputTokens !== undefined && { maxTokens: maxOutputTokens }),
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { topP }),
      ...(topK !== undefined && { topK }),
      ...(seed !== undefined && { seed }),
      ...(stopSequences !== undefined && { stop: stopSequences }),
      ...(schema !== undefined && { schema: withoutMeta(schema) }),
      ...(abortSignal !== undefined && { signal: abortSignal }),
    },
  };
}

function finishReasonOf({ finishReason, unclosedThought }: GenerationResult): LanguageModelV3FinishReason {
  const own = finishReason === "abort" || finishReason === "repetition" ? "other" : finishReason;
  const unified = unclosedThought ? "length" : own;
  return { unified, raw: finishReason };
}

function usageOf({ usage }: Pick<GenerationResult, "usage">): LanguageModelV3Usage {
  const { promptTokens, completionTokens, cachedTokens } = usage;
  return {
    inputTokens: {
      total: promptTokens,
      noCache: promptTokens - cachedTokens,
      cacheRead: cachedTokens,
      cacheWrite: undefined,
    },
    outputTokens: { total: completionTokens, text: undefined, reasoning: undefined },
  };
}

function metadataOf({ identity }: Generator, { unclosedThought }: GenerationResult) {
  const { name, hash, precision, engine } = identity;
  return { polyclinic: { name, hash: hash ?? null, precision, engine, unclosedThought } };
}

/**
 * A model with scripted answers for tests, which implements the whole interface: streaming, stop strings, token limits, thoughts, prefixes,
 * aborts. Tokens are words with the preceding space. Everything is a pure function of the input.
 */
import { createHash } from "node:crypto";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type {
  Content,
  Embedder,
  FinishReason,
  GenerateOptions,
  Generation,
  GenerationResult,
  Generator,
  Message,
  ModelIdentity,
  ModelLimits,
  Prefix,
  ScoreResult,
  TextDelta,
} from "../contract.ts";
import { anything, type Scope } from "../scope/scope.ts";
import { sharedGeneration } from "../shared-generation.ts";

/** A reply with which a scripted model answers in a test. */
export interface ScriptedReply {
  readonly text: string;
  readonly thought?: string;
  /** The thought is never closed: there is no answer. */
  readonly unclosedThought?: boolean;
  /** Ends as an engine ends a text that repeats itself. */
  readonly finishReason?: "repetition";
}

/** Replies in order (the last one is repeated), or a function of the call. */
export type Script =
  | readonly (string | ScriptedReply)[]
  | ((messages: readonly Message[], options: GenerateOptions, call: number) => string | ScriptedReply);

/** What a scripted model, for tests without weights, claims to be and to be able to do. */
export interface ScriptedOptions {
  readonly name?: string;
  readonly limits?: Partial<ModelLimits>;
  /** Default: anything may be asked. */
  readonly scope?: Scope;
  readonly recognise?: Generator["recognise"];
  /** Log-likelihood of one word of a continuation; default: minus its length. */
  readonly score?: (messages: readonly Message[], word: string, continuation: string) => number;
}

/** A call that a scripted model received, for inspection by tests. */
export interface ScriptedCall {
  readonly messages: readonly Message[];
  readonly options: GenerateOptions;
}

/** A `Generator` with scripted replies. `calls` lists the calls it received. */
export class ScriptedModel implements Generator {
  readonly identity: ModelIdentity;
  readonly limits: ModelLimits;
  readonly calls: ScriptedCall[] = [];
  readonly scope: Scope;
  readonly recognise?: Generator["recognise"];

  constructor(
    private readonly script: Script,
    private readonly options: ScriptedOptions = {},
  ) {
    this.identity = { name: options.name ?? "scripted", hash: undefined, precision: "none", engine: "scripted" };
    this.scope = options.scope ?? anything;
    this.recognise = options.recognise;
    this.limits = { imageSize: undefined, tokensPerImage: 4, contextTokens: 4096, ...options.limits };
  }

  generate(messages: readonly Message[], options: GenerateOptions = {}): Generation {
    return sharedGeneration(() => this.answer(messages, options));
  }

  async sample(messages: readonly Message[], n: number, options: GenerateOptions = {}): Promise<GenerationResult[]> {
    if (!Number.isInteger(n) || n < 1)
      throw new PolyclinicError("model/option", "is out of range", {
        where: "n",
        expected: "at least 1",
        found: String(n),
      });
    const results: GenerationResult[] = [];
    for (let i = 0; i < n; i++)
      results.push(await this.generate(messages, { ...options, seed: (options.seed ?? 0) + i }).result);
    return results;
  }

  private async *answer(
    messages: readonly Message[],
    options: GenerateOptions,
  ): AsyncGenerator<TextDelta, GenerationResult> {
    const promptTokens = await this.countTokens(messages);
    this.requireRoom(promptTokens + 1);
    const cachedTokens = options.prefix === undefined ? 0 : this.requirePrefix(options.prefix, messages);
    const call = this.calls.push({ messages, options }) - 1;
    const scripted =
      typeof this.script === "function"
        ? this.script(messages, options, call)
        : this.script[Math.min(call, this.script.length - 1)];
    const reply: ScriptedReply = typeof scripted === "string" ? { text: scripted } : scripted;
    const result = (text: string, finishReason: FinishReason, completionTokens: number): GenerationResult => ({
      text,
      ...(reply.thought === undefined ? {} : { thought: reply.thought }),
      unclosedThought: reply.unclosedThought ?? false,
      finishReason,
      usage: { promptTokens, completionTokens, cachedTokens },
    });
    const all = reply.unclosedThought ? "" : reply.text;
    const ends = (options.stop ?? []).map((stop) => all.indexOf(stop)).filter((at) => at >= 0);
    const pieces = words(all.slice(0, Math.min(all.length, ...ends)));
    const maxTokens = Math.min(options.maxTokens ?? 1024, this.limits.contextTokens - promptTokens);
    let text = "";
    for (const [i, piece] of pieces.entries()) {
      if (options.signal?.aborted) return result(text, "abort", i);
      if (i === maxTokens) return result(text, "length", i);
      text += piece;
      yield { text: piece };
    }
    if (options.signal?.aborted) return result(text, "abort", pieces.length);
    return result(text, reply.finishReason ?? (reply.unclosedThought ? "length" : "stop"), pieces.length);
  }

  async score(
    messages: readonly Message[],
    continuations: readonly string[],
    { prefix, signal }: { prefix?: Prefix; signal?: AbortSignal } = {},
  ): Promise<ScoreResult[]> {
    throwIfAborted(signal);
    if (prefix !== undefined) this.requirePrefix(prefix, messages);
    const scoreWord = this.options.score ?? ((_messages, word) => -word.length);
    return continuations.map((continuation, i) => {
      const pieces = words(continuation);
      if (pieces.length === 0) {
        throw new PolyclinicError("model/empty-continuation", "has no tokens", { where: `continuations[${i}]` });
      }
      const tokenLogLikelihoods = pieces.map((word) => scoreWord(messages, word, continuation));
      const logLikelihood = tokenLogLikelihoods.reduce((sum, x) => sum + x, 0);
      return { logLikelihood, tokenLogLikelihoods, tokenIds: pieces.map((_, token) => token) };
    });
  }

  async countTokens(messages: readonly Message[]): Promise<number> {
    const cost = (part: Content) => (part.type === "image" ? this.limits.tokensPerImage : words(part.text).length);
    return messages.reduce((sum, { content }) => sum + 1 + content.reduce((s, part) => s + cost(part), 0), 0);
  }

  async prefill(messages: readonly Message[], { signal }: { signal?: AbortSignal } = {}): Promise<Prefix> {
    throwIfAborted(signal);
    const tokens = await this.countTokens(messages);
    this.requireRoom(tokens + 1);
    return new ScriptedPrefix(messages, tokens);
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  private requirePrefix(prefix: Prefix, messages: readonly Message[]): number {
    if (!(prefix instanceof ScriptedPrefix) || !prefix.begins(messages)) {
      throw new PolyclinicError("model/prefix", "does not begin like the prefix", { where: "messages" });
    }
    return prefix.tokens;
  }

  private requireRoom(tokens: number): void {
    if (tokens <= this.limits.contextTokens) return;
    throw new PolyclinicError("model/context", "the messages do not fit into the context", {
      where: "messages",
      expected: `at most ${this.limits.contextTokens} tokens`,
      found: String(tokens),
    });
  }
}

class ScriptedPrefix implements Prefix {
  private closed = false;

  constructor(
    private readonly messages: readonly Message[],
    readonly tokens: number,
  ) {}

  async fork(): Promise<Prefix> {
    this.requireHeld();
    return new ScriptedPrefix(this.messages, this.tokens);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  begins(messages: readonly Message[]): boolean {
    this.requireHeld();
    const [mine, theirs] = [flatten(this.messages), flatten(messages)];
    return mine.every(
      (part, i) => i < theirs.length && (i === mine.length - 1 ? theirs[i].startsWith(part) : theirs[i] === part),
    );
  }

  private requireHeld(): void {
    if (this.closed) throw new PolyclinicError("model/prefix-closed", "is closed", { where: "prefix" });
  }
}

/** Each part of each message as a string that identifies its content. */
function flatten(messages: readonly Message[]): string[] {
  return messages.flatMap(({ role, content }, turn) =>
    content.map((part) =>
      part.type === "text"
        ? `${turn}${role}:${part.text}`
        : `${turn}${role}#${createHash("sha256").update(part.image.data).digest("hex")}`,
    ),
  );
}

/** `"a b  c"` -> `["a", " b", "  c"]`. */
function words(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

const embeddingWidth = 16;

/** An embedder for tests: pseudo-random directions from each input's hash, equal for equal inputs and unrelated otherwise. */
export class ScriptedEmbedder implements Embedder {
  readonly identity: ModelIdentity = { name: "scripted", hash: undefined, precision: "none", engine: "scripted" };
  readonly limits = { imageSize: 16, textTokens: 64 };

  async embed(inputs: readonly Content[], { signal }: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    throwIfAborted(signal);
    return inputs.map((input) => {
      const hash = createHash("sha256").update(input.type === "text" ? input.text : input.image.data);
      const random = new Random(hash.digest().readUInt32LE());
      const vector = Float32Array.from({ length: embeddingWidth }, () => random.normal());
      const length = Math.hypot(...vector);
      return vector.map((x) => x / length);
    });
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

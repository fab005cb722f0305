/** The in-process `Generator`: converts messages to tokens, runs the engine, and converts tokens to answers. */
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { GenerationDefaults, PanAndScan } from "../../checkpoint/index.ts";
import type { Image } from "../../imaging/types.ts";
import { type ArchitectureConfig, requirePixels } from "../../nn/index.ts";
import {
  CompiledSchema,
  type Constraint,
  type PromptBuilder,
  requireBounded,
  type TokenizedPrompt,
  Vocabulary,
} from "../../text/index.ts";
import type {
  DeviceUse,
  GenerateOptions,
  Generation,
  GenerationResult,
  Generator,
  JsonSchema,
  Message,
  ModelIdentity,
  ModelLimits,
  Prefix,
  ScoreResult,
} from "../contract.ts";
import { oncePerImage } from "../scope/once-per-image.ts";
import type { KnownScope } from "../scope/read-scope.ts";
import type { Scope } from "../scope/scope.ts";
import { sharedGeneration } from "../shared-generation.ts";
import { rollback } from "./decode/kv-cache.ts";
import { imageHash, type PromptTokens, placeImages, withSoftPrompt } from "./decode/prompt-tokens.ts";
import type { Engine } from "./engine.ts";
import { OnnxPrefix } from "./onnx-prefix.ts";
import type { AnswerMemory } from "./sample/answer-memory.ts";
import { generateTokens } from "./sample/generate.ts";
import { Sampler } from "./sample/sampling.ts";
import { scoreContinuations } from "./sample/score.ts";

/** Maximum number of answer tokens if the caller sets none. */
const defaultMaxTokens = 1024;
const maxCachedSchemas = 16;
/** Memory for the caches of samples decoded as one batch, bytes; each sample has its own cache. */
const togetherBytes = 1 << 30;

export interface OnnxModelParts {
  readonly identity: ModelIdentity;
  readonly known?: KnownScope;
  readonly device?: DeviceUse;
  readonly architecture: ArchitectureConfig;
  readonly engine: Engine;
  readonly builder: PromptBuilder;
  readonly defaults: GenerationDefaults;
  readonly panAndScan?: PanAndScan | undefined;
  readonly onClose: () => Promise<void>;
}

/** The in-process `Generator`; opened by `loadModel`. */
export class OnnxModel implements Generator {
  readonly identity: ModelIdentity;
  readonly limits: ModelLimits;
  readonly device?: DeviceUse;
  readonly scope?: Scope;
  readonly recognise?: Generator["recognise"];
  private readonly neverGenerated: readonly number[];
  private readonly stopTokenIds: ReadonlySet<number>;
  private closed = false;
  private vocabulary: Vocabulary | undefined;
  private readonly schemas = new Map<string, CompiledSchema>();

  constructor(private readonly parts: OnnxModelParts) {
    const { architecture, builder, defaults, engine } = parts;
    this.identity = parts.identity;
    this.device = parts.device;
    this.scope = parts.known?.scope;
    const detector = parts.known?.detector;
    if (detector !== undefined)
      this.recognise = oncePerImage(async (image, { signal } = {}) => {
        requirePixels(image, this.limits.imageSize ?? 0);
        // The engine caches the soft tokens, so that the following prompt does not compute them again.
        return detector.recognise(await engine.encodeImage({ image, hash: await imageHash(image) }, signal), image);
      });
    const endOfTurn = builder.tokenizer.id("<end_of_turn>");
    this.stopTokenIds = new Set([...defaults.stopTokenIds, ...(endOfTurn === undefined ? [] : [endOfTurn])]);
    const multimodal = architecture.kind === "multimodal" ? architecture : undefined;
    this.neverGenerated = multimodal ? [multimodal.boiTokenId, multimodal.eoiTokenId, multimodal.imageTokenId] : [];
    const image: Image = { kind: "image", width: 0, height: 0, channels: 3, data: new Uint8Array() };
    const text = { type: "text", text: "." } as const;
    const cost = (content: Message["content"]) => builder.build([{ role: "user", content }]).ids.length;
    this.limits = {
      imageSize: multimodal?.vision.imageSize,
      tokensPerImage: multimodal ? cost([text, { type: "image", image }, text]) - cost([text, text]) : 0,
      contextTokens: engine.config.maxPositions,
      ...(parts.panAndScan !== undefined && { panAndScan: parts.panAndScan }),
    };
  }

  generate(messages: readonly Message[], options: GenerateOptions = {}): Generation {
    return sharedGeneration(() => this.answer(messages, options));
  }

  async sample(messages: readonly Message[], n: number, options: GenerateOptions = {}): Promise<GenerationResult[]> {
    requireCount("n", n);
    const { builder, engine } = this.parts;
    const prompt = await this.tokenize(messages, builder.build(messages));
    this.requireRoom(prompt.ids.length + 1, "the prompt and one token");
    // All but the last token, whose logits give the first token of every answer.
    const beginning = withoutLast(prompt);
    const cache = this.cacheFor(beginning, options.prefix);
    const { signal } = options;
    try {
      await engine.prefill(cache, beginning, { signal, logitsFor: "none" });
    } catch (error) {
      if (!isAbort(error)) throw error;
      return Promise.all(Array.from({ length: n }, () => this.generate(messages, options).result));
    }
    const seed = options.seed ?? 0;
    const results = new Array<GenerationResult>(n);
    let started = 0;
    // Each starts with a copy of the prompt's cache and advances with the others; when one ends, the next one joins.
    const draw = async () => {
      for (let i = started++; i < n; i = started++) {
        const prefix = new OnnxPrefix(this, beginning, cache);
        results[i] = await this.generate(messages, { ...options, seed: seed + i, prefix }).result;
      }
    };
    const together = Math.min(n, Math.max(1, Math.floor(togetherBytes / cache.bytes)));
    await Promise.all(Array.from({ length: together }, draw));
    return results;
  }

  private samplerOf(options: GenerateOptions): Sampler {
    const { defaults } = this.parts;
    return new Sampler({
      temperature: options.temperature ?? defaults.temperature,
      topK: options.topK ?? defaults.topK,
      topP: options.topP ?? defaults.topP,
      minP: options.minP ?? defaults.minP,
      repetitionPenalty: options.repetitionPenalty ?? defaults.repetitionPenalty,
      seed: options.seed ?? 0,
      forbidden: [...this.neverGenerated, ...defaults.forbiddenTokenIds, ...(options.forbiddenTokenIds ?? [])],
    });
  }

  private maxTokensOf({ maxTokens = defaultMaxTokens }: GenerateOptions, prompt: PromptTokens): number {
    requireCount("maxTokens", maxTokens);
    return Math.min(maxTokens, this.limits.contextTokens - prompt.ids.length);
  }

  private async *answer(messages: readonly Message[], options: GenerateOptions) {
    const { engine, builder } = this.parts;
    const prompt = await this.tokenize(messages, builder.build(messages));
    this.requireRoom(prompt.ids.length + 1, "the prompt and one token");
    const sampler = this.samplerOf(options);
    const memory = engine.memories.of(options.caller);
    return yield* generateTokens(engine, builder.tokenizer, {
      prompt,
      cache: this.cacheFor(prompt, options.prefix),
      sampler,
      maxTokens: this.maxTokensOf(options, prompt),
      stopTokenIds: this.stopTokenIds,
      stop: options.stop ?? [],
      constraint: options.schema === undefined ? undefined : this.constrain(options.schema, memory),
      memory,
      draft: this.draft(options.draft, this.limits.contextTokens - prompt.ids.length),
      signal: options.signal,
      logprobs: options.logprobs,
    });
  }

  async score(
    messages: readonly Message[],
    continuations: readonly string[],
    { prefix, signal }: { prefix?: Prefix; signal?: AbortSignal } = {},
  ): Promise<ScoreResult[]> {
    const { builder, engine } = this.parts;
    throwIfAborted(signal);
    const prompt = await this.tokenize(messages, builder.build(messages));
    const { tokenizer } = builder;
    const ids = continuations.map((text) => tokenizer.encode(tokenizer.protect(text)));
    const empty = ids.findIndex(({ length }) => length === 0);
    if (empty >= 0) {
      throw new PolyclinicError("model/empty-continuation", "has no tokens", { where: `continuations[${empty}]` });
    }
    if (ids.length === 0) return [];
    this.requireRoom(
      prompt.ids.length + Math.max(...ids.map(({ length }) => length)),
      "the prompt and its longest continuation",
    );
    return scoreContinuations(engine, this.cacheFor(prompt, prefix), prompt, ids, signal);
  }

  async countTokens(messages: readonly Message[]): Promise<number> {
    const { builder, engine } = this.parts;
    return builder.build(messages).ids.length + (engine.softPrompt?.vectors ?? 0);
  }

  async prefill(messages: readonly Message[], { signal }: { signal?: AbortSignal } = {}): Promise<OnnxPrefix> {
    const { builder, engine } = this.parts;
    const open = messages.at(-1)?.role === "user";
    const prompt = await this.tokenize(
      messages,
      open ? builder.openPrefix(messages) : builder.build(messages, { generationPrompt: false }),
    );
    this.requireRoom(prompt.ids.length + 1, "the prefix and one token");
    const cache = engine.newCache();
    await engine.prefill(cache, prompt, { signal, logitsFor: "none" });
    return new OnnxPrefix(this, prompt, cache);
  }

  forget(): void {
    this.parts.engine.forget();
    this.schemas.clear();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.parts.engine.close();
    await this.parts.onClose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Token ids with the images of the messages assigned to them; images of the wrong size are rejected before any computation. */
  private async tokenize(messages: readonly Message[], { ids, imageSpans }: TokenizedPrompt): Promise<PromptTokens> {
    const images = messages.flatMap(({ content }) =>
      content.flatMap((part) => (part.type === "image" ? [part.image] : [])),
    );
    for (const [i, image] of images.entries())
      requirePixels(image, this.limits.imageSize ?? 0, `image ${i + 1} of the messages`);
    const prompt = await placeImages(ids, imageSpans, images);
    const { softPrompt } = this.parts.engine;
    return softPrompt === undefined ? prompt : withSoftPrompt(prompt, softPrompt);
  }

  private cacheFor(prompt: PromptTokens, prefix: Prefix | undefined) {
    if (prefix === undefined) return this.parts.engine.newCache();
    if (!(prefix instanceof OnnxPrefix)) {
      throw new PolyclinicError("model/prefix", "belongs to another engine", {
        where: "prefix",
        expected: "a prefix that this model prefilled",
      });
    }
    return prefix.cacheFor(this, prompt);
  }

  /** The schema's grammar over this vocabulary; compiled schemas are cached together with their computed token masks. */
  private constrain(schema: JsonSchema, memory: AnswerMemory): Constraint {
    this.vocabulary ??= Vocabulary.of(this.parts.builder.tokenizer);
    requireBounded(schema);
    const key = JSON.stringify(schema);
    let compiled = this.schemas.get(key);
    if (compiled === undefined) {
      compiled = new CompiledSchema(schema, this.vocabulary, [...this.stopTokenIds]);
      if (this.schemas.size >= maxCachedSchemas) this.schemas.clear();
      this.schemas.set(key, compiled);
    }
    return compiled.begin(memory.chosen(compiled));
  }

  /** The tokens of a draft, at most as many as a cache can roll back. */
  private draft(text: string | undefined, room: number): number[] {
    if (text === undefined) return [];
    const { tokenizer } = this.parts.builder;
    return tokenizer.encode(tokenizer.protect(text)).slice(0, Math.min(rollback, room));
  }

  private requireRoom(tokens: number, what: string): void {
    if (tokens <= this.limits.contextTokens) return;
    throw new PolyclinicError("model/context", `${what} do not fit into the context`, {
      where: "messages",
      expected: `at most ${this.limits.contextTokens} tokens`,
      found: `${tokens}`,
      hint: "Use fewer images or slices, or less text.",
    });
  }
}

/** A prompt without its last token. That token is text: a prompt ends with the generation prompt. */
const withoutLast = ({ ids, images }: PromptTokens): PromptTokens => ({ ids: ids.subarray(0, -1), images });

const isAbort = (error: unknown) => PolyclinicError.is(error) && error.code === "abort/aborted";

function requireCount(where: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new PolyclinicError("model/option", "is out of range", { where, expected: "at least 1", found: String(value) });
}

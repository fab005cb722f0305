/** The decoder, its embedding table and its image encoder over a prepared model. Input: token ids and images. Output: logits. */
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { SoftPrompt } from "../../checkpoint/index.ts";
import { type ArchitectureConfig, decoderConfig, type GemmaConfig, type PixelScaling } from "../../nn/index.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { ContinuousBatching, type Conversation, type NextTokens } from "./decode/continuous-batching.ts";
import { Decoder, type StepResult, type StepTokens } from "./decode/decoder.ts";
import { EmbeddingTable } from "./decode/embedding-table.ts";
import { KvCache } from "./decode/kv-cache.ts";
import { lazy } from "./decode/lazy.ts";
import { type PlacedImage, type PromptTokens, planChunks } from "./decode/prompt-tokens.ts";
import type { GraphName } from "./prepare/manifest.ts";
import { openGraph, type PreparedStore } from "./prepare/store.ts";
import { AnswerMemories } from "./sample/answer-memory.ts";
import { ImageEncoder } from "./vision/image-encoder.ts";

export interface EngineOptions {
  /** Threads one operator uses; the runtime's choice (one per core) by default. */
  readonly threads?: number;
  /** Prompt tokens computed at a time. Memory grows with it, and an abort waits for the current chunk. */
  readonly chunkTokens?: number;
}

/** Default tokens per chunk; larger if every chunk first converts the weights. */
const chunkTokens = 512;
const chunkTokensOfPrefill = 1024;

/**
 * Below this size one thread is faster for a few tokens: synchronisation costs more than the product, the more so on a busy machine. Many
 * tokens at a time still use all threads.
 */
const weightsOfOneThread = 1 << 24;

/** Above this size (hundreds of megabytes), close prefill before opening decode. */
const weightsOfOneForm = 1 << 28;

/** Approximate number of weights in all layers. */
const layerWeights = ({ layerTypes, hiddenSize, intermediateSize, heads, headDim }: GemmaConfig) =>
  layerTypes.length * hiddenSize * (3 * intermediateSize + 3 * heads * headDim);

/**
 * Approximate time of a step with n tokens relative to a single token, measured on two cores with AVX-512. A small
 * model's time is dominated by some three hundred small operators, whatever their size; a large one's by reading its
 * weights, in the 4-bit case with a kernel whose time grows from the second token on.
 */
const costOfTokens = {
  small: (tokens: number) => (tokens === 1 ? 1 : 1.2 + 0.035 * (tokens - 1)),
  large: (tokens: number) => 1 + 0.19 * (tokens - 1),
};

/**
 * Prompt remainders of at most this many text tokens are computed in a step with other conversations instead of a step
 * of their own.
 */
const maxDecodeTokens = 16;

export class Engine {
  private readonly batching = new ContinuousBatching((cache, sequences) => this.advance(cache, sequences));

  readonly memories = new AnswerMemories();
  /** Time of a step with this many tokens, over all its sequences, relative to a single token's. */
  readonly costOfTokens: (tokens: number) => number;

  private constructor(
    readonly config: GemmaConfig,
    private readonly decoder: Decoder,
    private readonly table: EmbeddingTable,
    private readonly images: ImageEncoder | undefined,
    private readonly chunkTokens: number,
    /** Learned vectors at the positions that `withSoftPrompt` inserts into every prompt. */
    readonly softPrompt: SoftPrompt | undefined,
  ) {
    this.costOfTokens = costOfTokens[layerWeights(config) < weightsOfOneThread ? "small" : "large"];
  }

  static async open(
    runtime: Runtime,
    store: PreparedStore,
    architecture: ArchitectureConfig,
    scaling: PixelScaling | undefined,
    options: EngineOptions = {},
    softPrompt?: SoftPrompt,
  ): Promise<Engine> {
    const config = decoderConfig(architecture);
    const { graphs, embedding } = store.manifest;
    if (config === undefined || embedding === undefined) {
      throw new PolyclinicError("model/no-decoder", "has no decoder", { where: store.where, found: architecture.kind });
    }
    const { threads } = options;
    const ownPrefill = graphs.includes("prefill");
    const large = layerWeights(config) > weightsOfOneForm;
    const oneThread = threads === undefined && layerWeights(config) < weightsOfOneThread;
    const session = (graph: GraphName, using = threads) =>
      lazy(() => openGraph(runtime, store, graph, { threads: using }));
    const decode = session("decoder", oneThread ? 1 : threads);
    const prefill =
      ownPrefill || oneThread
        ? { session: session(ownPrefill ? "prefill" : "decoder"), head: !ownPrefill, staysOpen: !large }
        : undefined;
    const opened: { close(): Promise<void> }[] = [decode];
    try {
      // A large model's decode session is opened after prefill, so that both sets of weights are never in memory at once.
      if (!(ownPrefill && large)) await decode.open();
      const decoder = new Decoder({ decode, prefill }, config);
      const table = await EmbeddingTable.open(store, embedding, config);
      opened.push(table);
      const images =
        architecture.kind === "multimodal" && scaling !== undefined
          ? new ImageEncoder(session("vision"), scaling)
          : undefined;
      const chunk = options.chunkTokens ?? (ownPrefill ? chunkTokensOfPrefill : chunkTokens);
      return new Engine(config, decoder, table, images, chunk, softPrompt);
    } catch (error) {
      for (const each of opened) await each.close();
      throw error;
    }
  }

  /** Side of the square image it takes; undefined without a vision tower. */
  get imageSize(): number | undefined {
    return this.images?.imageSize;
  }

  newCache(batch = 1): KvCache {
    return new KvCache(this.config, batch);
  }

  /**
   * Computes prompt tokens from the end of the cache, chunk by chunk.
   *
   * @param logitsFor which logits are returned: those of the last token, of this many last tokens, of every token computed
   * here, or none.
   */
  async prefill(
    cache: KvCache,
    prompt: PromptTokens,
    {
      signal,
      logitsFor = "last",
      chunkTokens = this.chunkTokens,
    }: { signal?: AbortSignal; logitsFor?: "last" | "all" | "none" | number; chunkTokens?: number } = {},
  ): Promise<Float32Array[]> {
    const length = prompt.ids.length;
    const logits: Float32Array[] = [];
    const last = typeof logitsFor === "number" ? logitsFor : { last: 1, none: 0, all: length }[logitsFor];
    for (const [from, to] of this.chunks(cache.lengths[0], prompt, logitsFor === "all" ? 0 : last, chunkTokens)) {
      throwIfAborted(signal);
      const tokens = await this.promptTokens(prompt, from, to, signal);
      const rows = Array.from({ length: to - from }, (_, i) => i).filter((i) => from + i >= length - last);
      const result = await this.decoder.step(cache, [{ ...tokens, logitsFor: rows }]);
      logits.push(...result.logits[0]);
    }
    return logits;
  }

  /** If only the logits of the last tokens are needed, those tokens form their own chunk when the others are faster without logits. */
  private chunks(start: number, { ids: { length }, images }: PromptTokens, logitsFor: number, size: number) {
    const alone = length - logitsFor;
    const inImage = images.some((image) => image.start + image.length > alone);
    if (logitsFor === 0 || inImage || !this.decoder.fasterWithoutLogits(alone - start))
      return planChunks(start, length, images, size);
    return [...planChunks(start, alone, images, size), [alone, length] as const];
  }

  /** The soft tokens of an image, `[tokensPerImage, hidden]`; cached for later prompts with the same image. */
  async encodeImage(image: Pick<PlacedImage, "image" | "hash">, signal?: AbortSignal): Promise<Float32Array> {
    if (this.images === undefined) {
      throw new PolyclinicError("model/no-images", "the model does not accept images", {
        where: "messages",
        hint: "Use a multimodal checkpoint.",
      });
    }
    return this.images.encode(image, signal);
  }

  /** One new token for each sequence of the cache; logits for each. */
  async decode(cache: KvCache, ids: readonly number[]): Promise<Float32Array[]> {
    const logits = await this.advance(
      cache,
      ids.map((id) => ({ ids: [id], logitsFor: 1 })),
    );
    return logits.map(([last]) => last);
  }

  /** New text tokens for each sequence of the cache; returns, for each, the logits of its last ones. */
  private async advance(cache: KvCache, sequences: readonly NextTokens[]): Promise<Float32Array[][]> {
    const steps = sequences.map(({ ids, logitsFor }, b) => ({
      ...this.textTokens(ids, cache.lengths[b]),
      logitsFor: Array.from({ length: logitsFor }, (_, i) => ids.length - logitsFor + i),
    }));
    return (await this.decoder.step(cache, steps)).logits;
  }

  /**
   * Starts a conversation that advances together with all others of this engine. The prompt is computed from the end of
   * the cache.
   *
   * @param cache owned by the conversation from now on.
   * @param logitsFor number of last tokens whose logits are returned.
   */
  async converse(
    cache: KvCache,
    prompt: PromptTokens,
    { signal, logitsFor = 1 }: { signal?: AbortSignal; logitsFor?: number } = {},
  ): Promise<{ conversation: Conversation; logits: Float32Array[] }> {
    const conversation = this.batching.enter(cache);
    const rest = prompt.ids.subarray(cache.lengths[0]);
    const text = prompt.ids.length - rest.length >= this.textFrom(prompt);
    if (!text || rest.length > maxDecodeTokens)
      return { conversation, logits: await this.prefill(cache, prompt, { signal, logitsFor }) };
    throwIfAborted(signal);
    try {
      return { conversation, logits: await conversation.step({ ids: [...rest], logitsFor }) };
    } catch (error) {
      conversation.leave();
      throw error;
    }
  }

  /** Index after the prompt's last image and its soft prompt; the rest is text. */
  private textFrom({ images }: PromptTokens): number {
    const [last, soft] = [images.at(-1), this.softPrompt];
    return Math.max(last ? last.start + last.length : 0, soft ? soft.at + soft.vectors : 0);
  }

  /** A single step for tests: the tokens of a prompt, with the graph's named intermediates. */
  async inspect(cache: KvCache, prompt: PromptTokens): Promise<StepResult> {
    const tokens = await this.promptTokens(prompt, cache.lengths[0], prompt.ids.length, undefined);
    return this.decoder.step(cache, [{ ...tokens, logitsFor: Array.from(tokens.positions.keys()) }]);
  }

  /**
   * Logits of every token of several continuations of the cache's only sequence, computed together in one step; the cache is not changed.
   */
  async branches(cache: KvCache, continuations: readonly (readonly number[])[]): Promise<Float32Array[][]> {
    const start = cache.lengths[0];
    const ids = continuations.flat();
    const tokens = this.textTokens(ids, start);
    let at = 0;
    for (const [branch, { length }] of continuations.entries()) {
      for (let i = 0; i < length; i++) {
        tokens.positions[at] = start + i;
        tokens.branches[at++] = branch;
      }
    }
    const { logits } = await this.decoder.step(cache, [{ ...tokens, logitsFor: ids.map((_, i) => i) }], {
      store: false,
    });
    let row = 0;
    return continuations.map(({ length }) => logits[0].slice(row, (row += length)));
  }

  /** Clears what is cached of earlier prompts and answers. */
  forget(): void {
    this.memories.clear();
    this.images?.forget();
  }

  async close(): Promise<void> {
    await this.decoder.close();
    await this.images?.close();
    await this.table.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private textTokens(ids: readonly number[], start: number): Omit<StepTokens, "logitsFor"> {
    return {
      hidden: this.table.lookup(Int32Array.from(ids)),
      positions: Int32Array.from(ids, (_, i) => start + i),
      images: new Int32Array(ids.length).fill(-1),
      branches: new Int32Array(ids.length),
    };
  }

  private async promptTokens(
    prompt: PromptTokens,
    from: number,
    to: number,
    signal: AbortSignal | undefined,
  ): Promise<Omit<StepTokens, "logitsFor">> {
    const ids = prompt.ids.slice(from, to);
    const inside = prompt.images.filter((image) => image.start >= from && image.start < to);
    for (const { start, length } of inside) ids.fill(-1, start - from, start - from + length);
    const tokens = this.textTokens([...ids], from);
    for (const [number, placed] of inside.entries()) {
      tokens.hidden.set(await this.encodeImage(placed, signal), (placed.start - from) * this.config.hiddenSize);
      tokens.images.fill(number, placed.start - from, placed.start - from + placed.length);
    }
    if (this.softPrompt !== undefined) {
      const { at, vectors, width, data } = this.softPrompt;
      for (let i = Math.max(from, at); i < Math.min(to, at + vectors); i++)
        tokens.hidden.set(data.subarray((i - at) * width, (i - at + 1) * width), (i - from) * width);
    }
    return tokens;
  }
}

/** The decoder, its embedding table and its image encoder over a prepared model: token ids and images in, logits out. */
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { SoftPrompt } from "../../checkpoint/index.ts";
import type { ArchitectureConfig, GemmaConfig } from "../../nn/index.ts";
import { Decoder, type StepResult, type StepTokens } from "./decode/decoder.ts";
import { EmbeddingTable } from "./decode/embedding-table.ts";
import { KvCache } from "./decode/kv-cache.ts";
import { later } from "./decode/later.ts";
import { type PlacedImage, type PromptTokens, planChunks } from "./decode/prompt-tokens.ts";
import type { GraphName } from "./prepare/manifest.ts";
import { decoderConfig, type Prepared } from "./prepare/prepare.ts";
import { ImageEncoder } from "./vision/image-encoder.ts";
import type { PixelScaling } from "./vision/pixels.ts";

export interface EngineOptions {
  /** Threads one operator uses; the runtime's choice (one a core) by default. */
  readonly threads?: number;
  /** Prompt tokens computed at a time. Memory grows with it, and an abort waits for one chunk. */
  readonly chunkTokens?: number;
}

/** Default tokens of a chunk; more where every chunk first turns the weights into another form. */
const chunkTokens = 512;
const chunkTokensOfPrefill = 1024;

/**
 * Below this many weights a token's products take less time than two threads need to meet, the more so on a machine that is busy with something
 * else; many tokens at a time still get all threads.
 */
const weightsOfOneThread = 1 << 24;

/** Of more weights than this one form makes room while the other is opened: hundreds of megabytes. */
const weightsOfOneForm = 1 << 28;

/** Weights of all layers, about. */
const layerWeights = ({ layerTypes, hiddenSize, intermediateSize, heads, headDim }: GemmaConfig) =>
  layerTypes.length * hiddenSize * (3 * intermediateSize + 3 * heads * headDim);

/** The prefill graph makes 8-bit weights from 4-bit ones while it runs; folding that into constants would be the f32 model again. */
const keepConversions = {
  session: { disable_quant_qdq: "1" },
  optimization: { disable_specified_optimizers: "ConstantFolding" },
};

export async function openSession(
  prepared: Prepared,
  graph: GraphName,
  { threads }: EngineOptions,
): Promise<ort.InferenceSession> {
  const path = join(prepared.folder, `${graph}.onnx`);
  try {
    return await ort.InferenceSession.create(path, {
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      // Every step has other shapes: planning memory for each would only be thrown away.
      enableMemPattern: false,
      logSeverityLevel: 3,
      ...(graph === "prefill" ? { extra: keepConversions } : {}),
    });
  } catch (cause) {
    throw new PolyclinicError("model/open", "cannot be opened by ONNX Runtime", {
      where: path,
      found: cause instanceof Error ? cause.message : String(cause),
      hint: "Remove this folder: it is made again from the checkpoint.",
      cause,
    });
  }
}

export class Engine {
  private constructor(
    readonly config: GemmaConfig,
    private readonly decoder: Decoder,
    private readonly table: EmbeddingTable,
    private readonly images: ImageEncoder | undefined,
    private readonly chunkTokens: number,
    /** Learned vectors that take places of every prompt, as `withSoftPrompt` leaves them. */
    readonly softPrompt: SoftPrompt | undefined,
  ) {}

  static async open(
    prepared: Prepared,
    architecture: ArchitectureConfig,
    scaling: PixelScaling | undefined,
    options: EngineOptions = {},
    softPrompt?: SoftPrompt,
  ): Promise<Engine> {
    const config = decoderConfig(architecture);
    if (config === undefined || prepared.manifest.embedding === undefined) {
      throw new PolyclinicError("model/no-decoder", "has no decoder", {
        where: prepared.folder,
        found: architecture.kind,
      });
    }
    const ownPrefill = prepared.manifest.graphs.includes("prefill");
    const large = layerWeights(config) > weightsOfOneForm;
    const alone = options.threads === undefined && layerWeights(config) < weightsOfOneThread;
    const fewTokens = alone ? { ...options, threads: 1 } : options;
    const session = (graph: GraphName, how: EngineOptions) =>
      later(
        () => openSession(prepared, graph, how),
        (opened) => opened.release(),
      );
    const few = session("decoder", fewTokens);
    const many =
      ownPrefill || alone
        ? { session: session(ownPrefill ? "prefill" : "decoder", options), head: !ownPrefill, stays: !large }
        : undefined;
    // Where a long prompt is computed in another form of many weights, this one waits in the file until that is done.
    if (!(ownPrefill && large)) await few.open();
    const decoder = new Decoder({ few, many }, config);
    const table = await EmbeddingTable.open(prepared.folder, prepared.manifest.embedding, config);
    const images =
      architecture.kind === "multimodal" && scaling !== undefined
        ? new ImageEncoder(session("vision", options), scaling)
        : undefined;
    return new Engine(
      config,
      decoder,
      table,
      images,
      options.chunkTokens ?? (ownPrefill ? chunkTokensOfPrefill : chunkTokens),
      softPrompt,
    );
  }

  newCache(batch = 1): KvCache {
    return new KvCache(this.config, batch);
  }

  /**
   * Computes prompt tokens from where the cache ends, chunk by chunk.
   *
   * @param wanted whose logits come back: the last token's, those of so many last ones, those of every token computed here, or none.
   */
  async prefill(
    cache: KvCache,
    prompt: PromptTokens,
    {
      signal,
      wanted = "last",
      chunkTokens = this.chunkTokens,
    }: { signal?: AbortSignal; wanted?: "last" | "all" | "none" | number; chunkTokens?: number } = {},
  ): Promise<Float32Array[]> {
    const length = prompt.ids.length;
    const logits: Float32Array[] = [];
    const last = typeof wanted === "number" ? wanted : { last: 1, none: 0, all: length }[wanted];
    for (const [from, to] of this.chunks(cache.lengths[0], prompt, wanted === "all" ? 0 : last, chunkTokens)) {
      throwIfAborted(signal);
      const tokens = await this.promptTokens(prompt, from, to, signal);
      const rows = Array.from({ length: to - from }, (_, i) => i).filter((i) => from + i >= length - last);
      const result = await this.decoder.step(cache, [{ ...tokens, wanted: rows }]);
      logits.push(...result.logits[0]);
    }
    return logits;
  }

  /** The last tokens, when only their logits are wanted, stand alone where the others are faster without. */
  private chunks(start: number, { ids: { length }, images }: PromptTokens, wanted: number, size: number) {
    const alone = length - wanted;
    const inImage = images.some((image) => image.start + image.length > alone);
    if (wanted === 0 || inImage || !this.decoder.fasterWithoutLogits(alone - start))
      return planChunks(start, length, images, size);
    return [...planChunks(start, alone, images, size), [alone, length] as const];
  }

  /** The soft tokens of an image, `[tokensPerImage, hidden]`; kept, so that a prompt with it does not compute them again. */
  async encodeImage(image: Pick<PlacedImage, "image" | "hash">, signal?: AbortSignal): Promise<Float32Array> {
    if (this.images === undefined) {
      throw new PolyclinicError("model/no-images", "takes no images", {
        where: "messages",
        hint: "Use a multimodal checkpoint.",
      });
    }
    return this.images.encode(image, signal);
  }

  /** One new token for each sequence of the cache; logits for each. */
  async decode(cache: KvCache, ids: readonly number[]): Promise<Float32Array[]> {
    const sequences = await Promise.all(
      ids.map(async (id, b) => ({ ...(await this.textTokens([id], cache.lengths[b])), wanted: [0] })),
    );
    return (await this.decoder.step(cache, sequences)).logits.map(([last]) => last);
  }

  /** The step itself, for tests: chosen tokens of a prompt, with the graph's named intermediates. */
  async inspect(cache: KvCache, prompt: PromptTokens): Promise<StepResult> {
    const tokens = await this.promptTokens(prompt, cache.lengths[0], prompt.ids.length, undefined);
    return this.decoder.step(cache, [{ ...tokens, wanted: Array.from(tokens.positions.keys()) }]);
  }

  /**
   * Logits of every token of several continuations of the cache's one sequence, side by side in one step; the cache stays as it is.
   */
  async branches(cache: KvCache, continuations: readonly (readonly number[])[]): Promise<Float32Array[][]> {
    const start = cache.lengths[0];
    const ids = continuations.flat();
    const tokens = await this.textTokens(ids, start);
    let at = 0;
    for (const [branch, { length }] of continuations.entries()) {
      for (let i = 0; i < length; i++) {
        tokens.positions[at] = start + i;
        tokens.branches[at++] = branch;
      }
    }
    const { logits } = await this.decoder.step(cache, [{ ...tokens, wanted: ids.map((_, i) => i) }], { keep: false });
    let row = 0;
    return continuations.map(({ length }) => logits[0].slice(row, (row += length)));
  }

  async close(): Promise<void> {
    await this.decoder.close();
    await this.images?.close();
    await this.table.close();
  }

  private async textTokens(ids: readonly number[], start: number): Promise<Omit<StepTokens, "wanted">> {
    return {
      hidden: await this.table.lookup(Int32Array.from(ids)),
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
  ): Promise<Omit<StepTokens, "wanted">> {
    const ids = prompt.ids.slice(from, to);
    const inside = prompt.images.filter((image) => image.start >= from && image.start < to);
    for (const { start, length } of inside) ids.fill(-1, start - from, start - from + length);
    const tokens = await this.textTokens([...ids], from);
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

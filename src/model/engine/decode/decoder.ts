/** Runs the decoder's graph over a cache, one step of any number of tokens and sequences at a time. */
import * as ort from "onnxruntime-node";
import { PolyclinicError } from "../../../base/errors.ts";
import type { GemmaConfig } from "../../../nn/index.ts";
import { attentionBias, type NewTokens } from "./attention-bias.ts";
import { pastName, presentName } from "./cache-names.ts";
import type { KvCache } from "./kv-cache.ts";
import type { Later } from "./later.ts";

export interface StepTokens extends NewTokens {
  /** Embedded tokens `[tokens, hidden]`, scaled, images in their places. */
  readonly hidden: Float32Array;
  /** Which of these tokens' logits are wanted. */
  readonly wanted: readonly number[];
}

export interface StepResult {
  /** For each sequence, for each wanted token, `[vocabulary]`. */
  readonly logits: Float32Array[][];
  /** The named intermediates of a graph built with `debug`: `[batch, seq, width]` (the norm's and head's rows are the wanted ones). */
  readonly debug: ReadonlyMap<string, ort.Tensor>;
}

export interface DecoderSessions {
  /** For few tokens at a time. */
  readonly few: Later<ort.InferenceSession>;
  /** For many, where that is another session. `head`: whether it gives logits; `stays`: open while the one for few is opened. */
  readonly many?: { readonly session: Later<ort.InferenceSession>; readonly head: boolean; readonly stays: boolean };
}

/**
 * So many tokens are many. The prefill form turns the 4-bit weights into 8-bit ones at every step, which costs as much as computing about
 * 200 tokens saves.
 */
const manyTokens = 256;

export class Decoder {
  private fewOpened = false;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly sessions: DecoderSessions,
    readonly config: GemmaConfig,
  ) {}

  /** Whether this many tokens are faster where nobody wants logits of them. */
  fasterWithoutLogits(tokens: number): boolean {
    return tokens >= manyTokens && this.sessions.many?.head === false;
  }

  /**
   * One step. The new tokens see the cache and each other as `attentionBias` says.
   *
   * @param keep store the new tokens in the cache (the default), or leave the cache as it was.
   */
  async step(cache: KvCache, sequences: readonly StepTokens[], { keep = true } = {}): Promise<StepResult> {
    const { hiddenSize, kvHeads, headDim, layerTypes } = this.config;
    const batch = sequences.length;
    const counts = sequences.map((s) => s.positions.length);
    const seq = Math.max(...counts);
    const hidden = new Float32Array(batch * seq * hiddenSize);
    const positions = new BigInt64Array(batch * seq);
    const rows: bigint[] = [];
    for (const [b, s] of sequences.entries()) {
      hidden.set(s.hidden, b * seq * hiddenSize);
      for (let i = 0; i < counts[b]; i++) positions[b * seq + i] = BigInt(s.positions[i]);
      for (const i of s.wanted) rows.push(BigInt(b * seq + i));
    }
    const feeds: Record<string, ort.Tensor> = {
      hidden: new ort.Tensor("float32", hidden, [batch, seq, hiddenSize]),
      positions: new ort.Tensor("int64", positions, [batch, seq]),
    };
    for (const kind of new Set(layerTypes)) {
      const width = cache.capacity[kind] + seq;
      feeds[`bias.${kind}`] = new ort.Tensor("float32", attentionBias(kind, cache, sequences, seq), [
        batch,
        1,
        1,
        seq,
        width,
      ]);
    }
    for (const [i, { kind, k, v }] of cache.layers.entries()) {
      const [tiles, tile] = cache.tiling(kind, seq);
      feeds[pastName(i, "k")] = new ort.Tensor("float32", k, [batch, kvHeads, 1, headDim, cache.capacity[kind]]);
      feeds[pastName(i, "v")] = new ort.Tensor("float32", v, [batch, kvHeads, tiles, 1, tile, headDim]);
    }
    const results = await this.inTurn(async () => {
      const session = await this.sessionFor(batch * seq, rows.length > 0);
      if (session.inputNames.includes("rows")) {
        // A step whose logits nobody wants still gives a row of them: the graph has no way to give none.
        const some = rows.length === 0 ? [0n] : rows;
        feeds.rows = new ort.Tensor("int64", BigInt64Array.from(some), [some.length]);
      }
      return session.run(feeds);
    });
    if (keep) {
      // Only now: room for these tokens would have been computed with while empty.
      cache.reserve(Math.max(...cache.lengths.map((length, b) => length + counts[b])));
      for (let i = 0; i < layerTypes.length; i++) {
        const k = results[presentName(i, "k")].data as Float32Array;
        const v = results[presentName(i, "v")].data as Float32Array;
        cache.write(i, k, v, seq, counts);
      }
      cache.advance(counts);
    }
    const debug = new Map(
      Object.entries(results)
        .filter(([name]) => name.startsWith("debug."))
        .map(([name, tensor]) => [name.slice("debug.".length), tensor as ort.Tensor]),
    );
    requireFiniteIntermediates(debug);
    const logits = rows.length === 0 ? undefined : (results.logits.data as Float32Array);
    return { logits: this.splitLogits(logits, sequences), debug };
  }

  /** One step's run after the other: they share the processor anyway, and one may close the session that another was about to run. */
  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    const own = this.turn.then(run);
    this.turn = own.catch(() => {});
    return own;
  }

  private async sessionFor(tokens: number, logits: boolean): Promise<ort.InferenceSession> {
    const { few, many } = this.sessions;
    if (many !== undefined && tokens >= manyTokens && (many.head || !logits)) return many.session.open();
    // Opening packs all weights, the moment that takes most memory: the other form makes room, and is mapped again when it is needed again.
    if (many?.stays === false && !this.fewOpened) await many.session.close();
    this.fewOpened = true;
    return few.open();
  }

  private splitLogits(all: Float32Array | undefined, sequences: readonly StepTokens[]): Float32Array[][] {
    const { vocabSize } = this.config;
    let at = 0;
    return sequences.map(({ wanted }) => wanted.map(() => all!.subarray(at * vocabSize, ++at * vocabSize)));
  }

  async close(): Promise<void> {
    await Promise.all([this.sessions.few.close(), this.sessions.many?.session.close()]);
  }
}

/** In debug, the first part whose numbers are not numbers is the one named. */
function requireFiniteIntermediates(debug: ReadonlyMap<string, ort.Tensor>): void {
  for (const [name, tensor] of debug) {
    if (!(tensor.data as Float32Array).every(Number.isFinite)) {
      throw new PolyclinicError("model/non-finite", "has values that are not numbers", {
        where: name,
        hint: "The weights of this part are corrupt, or this precision does not hold its activations.",
      });
    }
  }
}

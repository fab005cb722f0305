/** Runs the decoder's graph over a cache, one step of any number of tokens and sequences at a time. */
import { PolyclinicError } from "../../../base/errors.ts";
import type { GemmaConfig } from "../../../nn/index.ts";
import { float32, floats, int64, type RuntimeTensor, type Session } from "../../runtime/runtime.ts";
import { attentionBias, type NewTokens } from "./attention-bias.ts";
import { pastName, presentName } from "./cache-names.ts";
import type { KvCache } from "./kv-cache.ts";
import type { Lazy } from "./lazy.ts";

export interface StepTokens extends NewTokens {
  /** Token embeddings `[tokens, hidden]`, scaled, with image soft tokens inserted. */
  readonly hidden: Float32Array;
  /** Indices of the tokens whose logits are needed. */
  readonly logitsFor: readonly number[];
}

export interface StepResult {
  /** For each sequence and each requested token, `[vocabulary]`. */
  readonly logits: Float32Array[][];
  /** The named intermediates of a graph built with `debug`: `[batch, seq, width]` (the norm's and head's rows are those of `logitsFor`). */
  readonly debug: ReadonlyMap<string, RuntimeTensor>;
}

export interface DecoderSessions {
  /** For a few tokens per step. */
  readonly decode: Lazy<Session>;
  /**
   * For many tokens per step, if that is a separate session. `head`: it returns logits; `staysOpen`: it stays open
   * beside the decode session.
   */
  readonly prefill?: { readonly session: Lazy<Session>; readonly head: boolean; readonly staysOpen: boolean };
}

/**
 * From this many tokens on, the prefill session is used. It converts the 4-bit weights to 8 bits in every step, which costs about as much as
 * it saves on 200 tokens.
 */
const prefillTokens = 256;

export class Decoder {
  private decodeOpened = false;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly sessions: DecoderSessions,
    readonly config: GemmaConfig,
  ) {}

  /** Whether this many tokens are computed faster when no logits are needed. */
  fasterWithoutLogits(tokens: number): boolean {
    return tokens >= prefillTokens && this.sessions.prefill?.head === false;
  }

  /**
   * One step. The new tokens see the cache and each other as `attentionBias` says.
   *
   * @param store whether to store the new tokens in the cache (default), or leave it unchanged.
   */
  async step(cache: KvCache, sequences: readonly StepTokens[], { store = true } = {}): Promise<StepResult> {
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
      for (const i of s.logitsFor) rows.push(BigInt(b * seq + i));
    }
    const feeds: Record<string, RuntimeTensor> = {
      hidden: float32(hidden, [batch, seq, hiddenSize]),
      positions: int64(positions, [batch, seq]),
    };
    for (const kind of new Set(layerTypes)) {
      const width = cache.capacity[kind] + seq;
      feeds[`bias.${kind}`] = float32(attentionBias(kind, cache, sequences, seq), [batch, 1, 1, seq, width]);
    }
    for (const [i, { kind }] of cache.layers.entries()) {
      const [tiles, tile] = cache.tiling(kind, seq);
      feeds[pastName(i, "k")] = float32(cache.fed(i, "k"), [batch, kvHeads, 1, headDim, cache.capacity[kind]]);
      feeds[pastName(i, "v")] = float32(cache.fed(i, "v"), [batch, kvHeads, tiles, 1, tile, headDim]);
    }
    const results = await this.inTurn(async () => {
      const session = await this.sessionFor(batch * seq, rows.length > 0);
      if (session.inputNames.includes("rows")) {
        // The graph always returns at least one row of logits, even if none is needed.
        const some = rows.length === 0 ? [0n] : rows;
        feeds.rows = int64(BigInt64Array.from(some), [some.length]);
      }
      return session.run(feeds);
    });
    if (store) {
      // Reserve after the run, or attention would cover empty slots.
      cache.reserve(Math.max(...cache.lengths.map((length, b) => length + counts[b])));
      for (let i = 0; i < layerTypes.length; i++) {
        const k = floats(results[presentName(i, "k")]);
        const v = floats(results[presentName(i, "v")]);
        cache.write(i, k, v, seq, counts);
      }
      cache.advance(counts);
    }
    const debug = new Map(
      Object.entries(results)
        .filter(([name]) => name.startsWith("debug."))
        .map(([name, tensor]) => [name.slice("debug.".length), tensor]),
    );
    requireFiniteIntermediates(debug);
    const logits = rows.length === 0 ? undefined : floats(results.logits);
    return { logits: this.splitLogits(logits, sequences), debug };
  }

  /** Runs of concurrent steps take turns: they share the processor anyway, and one could close the session another is about to run. */
  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    const own = this.turn.then(run);
    this.turn = own.catch(() => {});
    return own;
  }

  private async sessionFor(tokens: number, logits: boolean): Promise<Session> {
    const { decode, prefill } = this.sessions;
    if (prefill !== undefined && tokens >= prefillTokens && (prefill.head || !logits)) return prefill.session.open();
    // The decode session prepacks weights and opens lazily; the prefill session closes first to cap peak memory.
    if (prefill?.staysOpen === false && !this.decodeOpened) await prefill.session.close();
    this.decodeOpened = true;
    return decode.open();
  }

  private splitLogits(all: Float32Array | undefined, sequences: readonly StepTokens[]): Float32Array[][] {
    const { vocabSize } = this.config;
    let at = 0;
    return sequences.map(({ logitsFor }) => logitsFor.map(() => all!.subarray(at * vocabSize, ++at * vocabSize)));
  }

  async close(): Promise<void> {
    await Promise.all([this.sessions.decode.close(), this.sessions.prefill?.session.close()]);
  }
}

/** In debug, names the first intermediate that holds NaN or infinity. */
function requireFiniteIntermediates(debug: ReadonlyMap<string, RuntimeTensor>): void {
  for (const [name, tensor] of debug) {
    if (!floats(tensor).every(Number.isFinite)) {
      throw new PolyclinicError("model/non-finite", "has values that are NaN or infinite", {
        where: name,
        hint: "The weights of this part are corrupt, or its activations exceed the range of this precision.",
      });
    }
  }
}

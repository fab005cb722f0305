/** The models a server answers with: opened when first asked, one queue each, and back-pressure instead of a queue without end. */
import { throwIfAborted } from "../../base/errors.ts";
import type { Generator } from "../../model/contract.ts";
import { HttpError } from "../http-error.ts";
import { PrefixCache } from "./prefix-cache.ts";

export interface EnginesOptions {
  /** Names as `loadModel` takes them; the first is the default. */
  readonly names: readonly string[];
  readonly open: (name: string) => Promise<Generator>;
  /** Calls of one model at a time, which advance together (`model/engine/decode/continuous-batching.ts`). Default 8. */
  readonly atOnce?: number;
  /** Calls that may wait for one model; one more is refused with 503. Default 32. */
  readonly waiting?: number;
}

const callsAtOnce = 8;

interface Engine {
  model?: Promise<Generator>;
  prefixes?: PrefixCache;
  running: number;
  readonly queue: (() => void)[];
  /** Seconds of recent calls, for Retry-After. */
  recentSeconds: number;
}

/** What a call works with while it holds the model. */
export interface EngineInUse {
  readonly model: Generator;
  readonly prefixes: PrefixCache;
}

export class Engines {
  private readonly engines = new Map<string, Engine>();
  private closed = false;

  constructor(private readonly options: EnginesOptions) {
    for (const name of options.names) this.engines.set(name, { running: 0, queue: [], recentSeconds: 1 });
  }

  get names(): readonly string[] {
    return this.options.names;
  }

  has(name: string): boolean {
    return this.engines.has(name);
  }

  /** Calls that run or wait, over all models. */
  get load(): number {
    return [...this.engines.values()].reduce((sum, { running, queue }) => sum + running + queue.length, 0);
  }

  /**
   * Runs `work` when it is this call's turn. An aborted call leaves the queue at once.
   *
   * @throws HttpError 404 `server/model`, 503 `server/busy` with the seconds after which to try again.
   */
  async use<T>(name: string, signal: AbortSignal | undefined, work: (engine: EngineInUse) => Promise<T>): Promise<T> {
    const engine = this.engines.get(name);
    if (engine === undefined)
      throw new HttpError(404, "server/model", "this server has no such model", {
        where: "model",
        expected: this.names.join(", "),
        found: name,
      });
    await this.turn(engine, signal);
    const began = performance.now();
    try {
      throwIfAborted(signal);
      engine.model ??= this.open(name, engine);
      const model = await engine.model;
      engine.prefixes ??= new PrefixCache(model);
      return await work({ model, prefixes: engine.prefixes });
    } finally {
      engine.recentSeconds = 0.8 * engine.recentSeconds + 0.2 * ((performance.now() - began) / 1000);
      engine.running--;
      engine.queue.shift()?.();
    }
  }

  private async open(name: string, engine: Engine): Promise<Generator> {
    try {
      return await this.options.open(name);
    } catch (error) {
      // A model that could not be opened is tried again at the next call: the reason may be gone.
      engine.model = undefined;
      throw error;
    }
  }

  private turn(engine: Engine, signal: AbortSignal | undefined): Promise<void> {
    const { atOnce = callsAtOnce, waiting = 32 } = this.options;
    if (this.closed) throw busy(5);
    if (engine.running < atOnce) {
      engine.running++;
      return Promise.resolve();
    }
    if (engine.queue.length >= waiting)
      throw busy(Math.ceil((engine.recentSeconds * (engine.queue.length + 1)) / atOnce));
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        engine.running++;
        resolve();
      };
      const leave = () => {
        engine.queue.splice(engine.queue.indexOf(enter), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", leave, { once: true });
      engine.queue.push(enter);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { model, prefixes } of this.engines.values()) {
      await prefixes?.close();
      await model?.then(
        (opened) => opened.close(),
        () => {},
      );
    }
  }
}

function busy(seconds: number): HttpError {
  return new HttpError(503, "server/busy", "too many calls are waiting", {
    hint: `Try again in ${seconds} s.`,
    retryable: true,
    retryAfter: seconds,
  });
}

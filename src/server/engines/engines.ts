/** The models a server answers with: opened when first asked, one queue each. */
import { throwIfAborted } from "../../base/errors.ts";
import type { Embedder, Generator } from "../../model/contract.ts";
import { HttpError } from "../http-error.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { Queue, type QueueOptions } from "./queue.ts";

export interface EnginesOptions extends QueueOptions {
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

/** Opened once; what could not be opened is tried again at the next call: the reason may be gone. */
class Opened<Model extends { close(): Promise<void> }> {
  readonly queue: Queue;
  private opened: Promise<Model> | undefined;

  constructor(
    private readonly open: () => Promise<Model>,
    options: QueueOptions,
  ) {
    this.queue = new Queue(options);
  }

  use<T>(signal: AbortSignal | undefined, work: (model: Model) => Promise<T>): Promise<T> {
    return this.queue.run(signal, async () => {
      throwIfAborted(signal);
      this.opened ??= this.open();
      let model: Model;
      try {
        model = await this.opened;
      } catch (error) {
        this.opened = undefined;
        throw error;
      }
      return work(model);
    });
  }

  async close(): Promise<void> {
    this.queue.close();
    await this.opened?.then(
      (model) => model.close(),
      () => {},
    );
  }
}

export class Engines {
  private readonly engines = new Map<string, Opened<Generator>>();
  private readonly prefixes = new Map<string, PrefixCache>();
  private readonly embedders = new Map<string, Opened<Embedder>>();

  constructor(private readonly options: EnginesOptions) {
    const { names, embedders = [], open, openEmbedder } = options;
    for (const name of names) this.engines.set(name, new Opened(() => open(name), options));
    if (openEmbedder !== undefined)
      for (const name of embedders) this.embedders.set(name, new Opened(() => openEmbedder(name), options));
  }

  get names(): readonly string[] {
    return this.options.names;
  }

  get embedderNames(): readonly string[] {
    return [...this.embedders.keys()];
  }

  /** Number of running and waiting calls, over all models. */
  get load(): number {
    return [...this.loads.values()].reduce((sum, load) => sum + load, 0);
  }

  /** By model. */
  get loads(): ReadonlyMap<string, number> {
    return new Map([...this.engines, ...this.embedders].map(([name, { queue }]) => [name, queue.load]));
  }

  /** @throws HttpError 404 `server/model`. */
  require(name: string): void {
    found(this.engines, name);
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

  /** As {@link use}, of a model that embeds. */
  async embed<T>(name: string, signal: AbortSignal | undefined, work: (model: Embedder) => Promise<T>): Promise<T> {
    return found(this.embedders, name).use(signal, work);
  }

  async close(): Promise<void> {
    for (const kept of this.prefixes.values()) await kept.close();
    for (const engine of [...this.engines.values(), ...this.embedders.values()]) await engine.close();
  }
}

function found<Model>(models: ReadonlyMap<string, Model>, name: string): Model {
  const model = models.get(name);
  if (model !== undefined) return model;
  throw new HttpError(404, "server/model", "this server has no such model", {
    where: "model",
    expected: [...models.keys()].join(", ") || "none: no such model was named when the server was started",
    found: name,
  });
}

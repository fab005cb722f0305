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
  /** Names as `loadEmbedder` takes them: models that turn images and texts into vectors. */
  readonly embedders?: readonly string[];
  readonly openEmbedder?: (name: string) => Promise<Embedder>;
}

/** Conversations of one model advance together (`model/engine/decode/continuous-batching.ts`). */
const callsAtOnce = 8;

/** What a call works with while it holds the model. */
export interface EngineInUse {
  readonly model: Generator;
  readonly prefixes: PrefixCache;
}

/** Who calls, and until when. */
export interface EngineCall {
  /** The person for whom the model answers: nobody's answers are drafted from another's. */
  readonly caller: string;
  readonly signal?: AbortSignal | undefined;
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

  /** Runs where the model is open; it is not opened for this. */
  async ifOpen(work: (model: Model) => void): Promise<void> {
    await this.opened?.then(work, () => {});
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
    for (const name of names) this.engines.set(name, new Opened(() => open(name), { atOnce: callsAtOnce, ...options }));
    if (openEmbedder !== undefined)
      for (const name of embedders) this.embedders.set(name, new Opened(() => openEmbedder(name), options));
  }

  get names(): readonly string[] {
    return this.options.names;
  }

  get embedderNames(): readonly string[] {
    return [...this.embedders.keys()];
  }

  /** Calls that run or wait, over all models. */
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
  async use<T>(name: string, { caller, signal }: EngineCall, work: (engine: EngineInUse) => Promise<T>): Promise<T> {
    return found(this.engines, name).use(signal, (model) => {
      let prefixes = this.prefixes.get(name);
      if (prefixes === undefined) {
        prefixes = new PrefixCache(model);
        this.prefixes.set(name, prefixes);
      }
      return work({ model: forCaller(model, caller), prefixes });
    });
  }

  /** As {@link use}, of a model that embeds. */
  async embed<T>(name: string, signal: AbortSignal | undefined, work: (model: Embedder) => Promise<T>): Promise<T> {
    return found(this.embedders, name).use(signal, work);
  }

  /** Forgets what is kept in memory of studies, questions and answers: after an erasure nothing of it is left to draft from. */
  async forget(): Promise<void> {
    for (const kept of this.prefixes.values()) kept.forget();
    for (const engine of this.engines.values()) await engine.ifOpen((model) => model.forget?.());
  }

  async close(): Promise<void> {
    for (const kept of this.prefixes.values()) await kept.close();
    for (const engine of [...this.engines.values(), ...this.embedders.values()]) await engine.close();
  }
}

/** The model, answering this caller. */
function forCaller(model: Generator, caller: string): Generator {
  return {
    identity: model.identity,
    limits: model.limits,
    scope: model.scope,
    recognise: model.recognise,
    generate: (messages, options) => model.generate(messages, { ...options, caller }),
    sample: (messages, n, options) => model.sample(messages, n, { ...options, caller }),
    score: model.score?.bind(model),
    prefill: model.prefill?.bind(model),
    countTokens: (messages) => model.countTokens(messages),
    close: () => model.close(),
    [Symbol.asyncDispose]: () => model.close(),
  };
}

function found<Model>(models: ReadonlyMap<string, Model>, name: string): Model {
  const model = models.get(name);
  if (model !== undefined) return model;
  throw new HttpError(404, "server/model", "this server does not have the model", {
    where: "model",
    expected: [...models.keys()].join(", ") || "none: the server was started without models of this kind",
    found: name,
  });
}

/** The models of a server: each is opened on first use and has its own queue. */
import { throwIfAborted } from "../../base/errors.ts";
import type { Embedder, EngineHealth, Generator } from "../../model/contract.ts";
import { serverAddresses } from "../../model/remote/pool/addresses.ts";
import { HttpError } from "../http-error.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { publicNames } from "./public-name.ts";
import { Queue, type QueueOptions } from "./queue.ts";
import { SeenImages } from "./seen-images.ts";

export interface EnginesOptions extends QueueOptions {
  /** Names as `loadModel` takes them; the first is the default model. */
  readonly names: readonly string[];
  readonly open: (name: string) => Promise<Generator>;
  /** Names as `loadEmbedder` takes them: models that embed images and texts. */
  readonly embedders?: readonly string[];
  readonly openEmbedder?: (name: string) => Promise<Embedder>;
}

/**
 * Number of calls of one model that run at the same time; they are batched
 * (`model/engine/decode/continuous-batching.ts`).
 */
const maxConcurrentCalls = 8;

/** As many as one server's client sends at the same time (`model/remote/remote-model.ts`). */
const jobsPerServer = 4;

/** Calls that run at the same time: those of a pool are shared among its servers. */
const atOnceOf = (name: string) => maxConcurrentCalls * Math.max(1, serverAddresses(name).length);

/** The model as a call uses it when its turn has come. */
export interface EngineInUse {
  readonly model: Generator;
  readonly prefixes: PrefixCache;
  readonly seen: SeenImages;
  readonly caller: string;
}

/** The caller and the abort signal of a call. */
export interface EngineCall {
  /** The person who calls: drafts of an answer are never taken from another person's answers. */
  readonly caller: string;
  readonly signal?: AbortSignal | undefined;
}

/** A model that is opened once; a failed attempt is repeated at the next call, since its cause may be gone. */
class Opened<Model extends { close(): Promise<void> }> {
  readonly queue: Queue;
  private opened: Promise<Model> | undefined;

  constructor(
    private readonly open: () => Promise<Model>,
    options: QueueOptions,
  ) {
    this.queue = new Queue(options);
  }

  /** Runs `work` only if the model is already open. */
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
  private readonly seen = new Map<string, SeenImages>();
  /** Names as the server was given them, by the names under which they are offered. */
  private readonly given: ReadonlyMap<string, string>;
  private readonly offered: ReadonlyMap<string, string>;
  private readonly embedders = new Map<string, Opened<Embedder>>();

  constructor(private readonly options: EnginesOptions) {
    const { names, embedders = [], open, openEmbedder } = options;
    this.given = publicNames([...new Set([...names, ...embedders])]);
    this.offered = new Map([...this.given].map(([name, given]) => [given, name]));
    for (const name of names)
      this.engines.set(
        this.offered.get(name)!,
        new Opened(() => open(name), { maxConcurrent: atOnceOf(name), ...options }),
      );
    if (openEmbedder !== undefined)
      for (const name of embedders)
        this.embedders.set(this.offered.get(name)!, new Opened(() => openEmbedder(name), options));
  }

  /** As clients see them: a folder by its last name, a server by its model; without paths and addresses. */
  get names(): readonly string[] {
    return [...this.engines.keys()];
  }

  get embedderNames(): readonly string[] {
    return [...this.embedders.keys()];
  }

  /** Running and waiting calls, over all models. */
  get load(): number {
    return [...this.loads.values()].reduce((sum, load) => sum + load, 0);
  }

  /** Running and waiting calls by model. */
  get loads(): ReadonlyMap<string, number> {
    return new Map([...this.engines, ...this.embedders].map(([name, { queue }]) => [name, queue.load]));
  }

  /** The servers of each pool that has been opened, by model. */
  async pools(): Promise<ReadonlyMap<string, readonly EngineHealth[]>> {
    const pools = new Map<string, readonly EngineHealth[]>();
    for (const [name, engine] of this.engines)
      await engine.ifOpen((model) => {
        if (model.engines !== undefined) pools.set(name, model.engines());
      });
    return pools;
  }

  /**
   * Jobs that a worker with these models should run at the same time: one for models of this process, whose processors
   * one job keeps busy; for each model server a few.
   */
  get jobsAtOnce(): number {
    return Math.max(1, ...this.options.names.map((name) => jobsPerServer * serverAddresses(name).length));
  }

  /** A model may also be asked for as the server was given it, as jobs of earlier versions do. */
  private offeredAs(name: string): string {
    return this.offered.get(name) ?? name;
  }

  /** @throws HttpError 404 `server/model`. */
  require(name: string): void {
    found(this.engines, this.offeredAs(name));
  }

  /**
   * Runs `work` when it is this call's turn. An aborted call leaves the queue immediately.
   *
   * @throws HttpError 404 `server/model`, 503 `server/busy` with the seconds after which to retry.
   */
  async use<T>(
    requestedName: string,
    { caller, signal }: EngineCall,
    work: (engine: EngineInUse) => Promise<T>,
  ): Promise<T> {
    const name = this.offeredAs(requestedName);
    return found(this.engines, name).use(signal, (model) => {
      let prefixes = this.prefixes.get(name);
      if (prefixes === undefined) {
        prefixes = new PrefixCache(model);
        this.prefixes.set(name, prefixes);
      }
      const seen = this.seen.get(name) ?? new SeenImages();
      this.seen.set(name, seen);
      return work({ model: forCaller(model, caller), prefixes, seen, caller });
    });
  }

  /** Like {@link use}, for an embedding model. */
  async embed<T>(name: string, signal: AbortSignal | undefined, work: (model: Embedder) => Promise<T>): Promise<T> {
    return found(this.embedders, this.offeredAs(name)).use(signal, work);
  }

  /**
   * Clears what is cached in memory of studies, questions and answers. After an erasure no draft can come from erased
   * data.
   */
  async forget(): Promise<void> {
    for (const cache of [...this.prefixes.values(), ...this.seen.values()]) cache.forget();
    for (const engine of this.engines.values()) await engine.ifOpen((model) => model.forget?.());
  }

  async close(): Promise<void> {
    for (const cache of this.prefixes.values()) await cache.close();
    for (const engine of [...this.engines.values(), ...this.embedders.values()]) await engine.close();
  }
}

/** The model with drafts restricted to this caller's recent answers. */
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

/** Keeps a model busy: the next studies are read and laid out while it works on the last ones. */

export interface Stages<Item, Prepared, Done> {
  /** Reads and lays out; up to `ahead` of these wait for the model. */
  readonly prepare: (item: Item) => Promise<Prepared>;
  /** The model's work; at most `atOnce` of these. */
  readonly work: (item: Item, prepared: Prepared) => Promise<Done>;
  /** Told of each outcome, in the order in which they come about. */
  readonly finish: (item: Item, outcome: PromiseSettledResult<Done>) => Promise<void>;
}

export interface Busy {
  /** Milliseconds in which at least one `work` was running. */
  readonly workMs: number;
  readonly totalMs: number;
}

/** A failure of one item is its own; `finish` alone may end the whole by throwing. */
export async function runPipeline<Item, Prepared, Done>(
  items: readonly Item[],
  stages: Stages<Item, Prepared, Done>,
  { atOnce = 1, ahead = 2, signal }: { atOnce?: number; ahead?: number; signal?: AbortSignal } = {},
): Promise<Busy> {
  const began = performance.now();
  const clock = new WorkClock();
  const queue: { item: Item; prepared: Promise<Prepared> }[] = [];
  let next = 0;
  let stopped = false;
  const refill = () => {
    while (next < items.length && queue.length < ahead && !stopped && !signal?.aborted) {
      const item = items[next++];
      const prepared = stages.prepare(item);
      prepared.catch(() => {}); // Seen when its turn comes.
      queue.push({ item, prepared });
    }
  };
  const worker = async () => {
    for (;;) {
      refill();
      const entry = queue.shift();
      if (entry === undefined || stopped || signal?.aborted) {
        if (entry !== undefined) await entry.prepared.catch(() => {});
        return;
      }
      const outcome = await settle(async () => {
        const prepared = await entry.prepared;
        // The place in the queue is free: the following study is begun before the model is.
        refill();
        return clock.during(() => stages.work(entry.item, prepared));
      });
      if (signal?.aborted && outcome.status === "rejected") return;
      await stages.finish(entry.item, outcome);
    }
  };
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, () =>
    worker().catch((error: unknown) => {
      stopped = true;
      throw error;
    }),
  );
  // What is under way ends before this does: the caller closes the model and the files that it uses.
  const ends = await Promise.allSettled(workers);
  await Promise.allSettled(queue.map(({ prepared }) => prepared));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return { workMs: clock.ms, totalMs: performance.now() - began };
}

async function settle<T>(work: () => Promise<T>): Promise<PromiseSettledResult<T>> {
  try {
    return { status: "fulfilled", value: await work() };
  } catch (reason) {
    return { status: "rejected", reason };
  }
}

/** Time with at least one piece of work running. */
class WorkClock {
  ms = 0;
  private running = 0;
  private since = 0;

  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.running++ === 0) this.since = performance.now();
    try {
      return await work();
    } finally {
      if (--this.running === 0) this.ms += performance.now() - this.since;
    }
  }
}

/** Keeps a model busy: reads and lays out the next studies while the model works on earlier ones. */

export interface Stages<Item, Prepared, Done> {
  /** Reads and lays out a study; at most `ahead` prepared studies wait for the model. */
  readonly prepare: (item: Item) => Promise<Prepared>;
  /** Runs the model on a prepared study; at most `atOnce` run concurrently. */
  readonly work: (item: Item, prepared: Prepared) => Promise<Done>;
  /** Called with each outcome, in order of completion. */
  readonly finish: (item: Item, outcome: PromiseSettledResult<Done>) => Promise<void>;
}

export interface Busy {
  /** Milliseconds in which at least one `work` was running. */
  readonly workMs: number;
  readonly totalMs: number;
}

/** A failed item does not affect the others; only a throwing `finish` ends the pipeline. */
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
      prepared.catch(() => {}); // Handled when it is awaited in its turn.
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
        // A slot is free: preparing the next study starts before the model runs.
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
  // Waits for running work: the caller then closes the model and the files that it uses.
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

/** Measures the time during which at least one piece of work is running. */
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

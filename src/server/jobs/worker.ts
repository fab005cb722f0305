/** Takes jobs, one after another or a few at a time, and runs them until it is closed. */
import { randomUUID } from "node:crypto";
import { PolyclinicError } from "../../base/errors.ts";
import type { Job, Jobs } from "./jobs.ts";

/** Polling interval, ms; a job added in this process wakes the worker immediately. */
const every = 1000;

/** Jobs taken at once, at most: a killed worker's jobs wait for their lease. */
const maxTaken = 32;

/** Ended jobs that are being written while the next one runs. */
const maxEnding = 4;

export interface WorkerOptions {
  readonly jobs: Jobs;
  readonly models: readonly string[];
  /** Jobs that run at the same time. Default 1. */
  readonly atOnce?: number;
  /** Runs a job. @returns the answer's id; undefined when the signal aborted it. */
  readonly answer: (job: Job, signal: AbortSignal) => Promise<string | undefined>;
  /** Called with errors that no job caused. */
  readonly onFailure: (error: unknown) => void;
  readonly onDone?: (job: Job) => void;
}

export class Worker {
  readonly id = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private busy = false;
  private reclaimed = 0;
  /** Jobs of this worker that are not written as ended. */
  private readonly held = new Map<string, AbortController>();
  /** Moving average of a job's time, seconds. */
  private recentSeconds = 1;
  private readonly stop = new AbortController();

  constructor(private readonly options: WorkerOptions) {}

  start(): void {
    this.options.jobs.onAdded = () => this.wake();
    this.timer = setInterval(() => this.wake(), every);
    this.timer.unref();
    this.wake();
  }

  private wake(): void {
    if (this.busy || this.stop.signal.aborted) return;
    this.busy = true;
    this.working = this.untilEmpty()
      .catch(this.options.onFailure)
      .then(() => {
        this.busy = false;
      });
  }

  /** Runs all waiting jobs, then resolves. */
  async untilEmpty(): Promise<void> {
    const heartbeat = setInterval(() => void this.beat().catch(() => {}), (this.options.jobs.lease * 1000) / 4);
    heartbeat.unref();
    try {
      const lines = await Promise.allSettled(Array.from({ length: this.options.atOnce ?? 1 }, () => this.line()));
      for (const line of lines) if (line.status === "rejected") throw line.reason;
    } finally {
      clearInterval(heartbeat);
    }
  }

  private async line(): Promise<void> {
    const { jobs, models } = this.options;
    const ending = new Set<Promise<void>>();
    try {
      while (!this.stop.signal.aborted) {
        if (Date.now() - this.reclaimed > (jobs.lease * 1000) / 2) {
          this.reclaimed = Date.now();
          await jobs.reclaim();
        }
        const taken = await jobs.take(this.id, models, this.share);
        for (const job of taken) this.held.set(job.id, new AbortController());
        for (const job of taken) {
          // The next job begins while the end of this one is written.
          const end = await this.perform(job);
          const written = end().finally(() => {
            this.held.delete(job.id);
            ending.delete(written);
          });
          written.catch(() => {});
          ending.add(written);
          if (ending.size > maxEnding) await Promise.race(ending);
        }
        if (taken.length === 0) break;
      }
    } finally {
      await Promise.all(ending);
    }
  }

  /** Jobs to take at once: about a second's, so that a slow model's jobs stay free for other workers. */
  private get share(): number {
    return Math.max(1, Math.min(maxTaken, Math.floor(1 / this.recentSeconds)));
  }

  private async beat(): Promise<void> {
    if (this.held.size === 0) return;
    for (const id of await this.options.jobs.lost([...this.held.keys()], this.id)) this.held.get(id)?.abort();
  }

  /** @returns what remains to be written. */
  private async perform(job: Job): Promise<() => Promise<void>> {
    const { jobs, answer, onDone } = this.options;
    const abort = this.held.get(job.id)!;
    const end = () => abort.abort();
    if (this.stop.signal.aborted) end();
    this.stop.signal.addEventListener("abort", end, { once: true });
    const began = performance.now();
    try {
      const id = abort.signal.aborted ? undefined : await answer(job, abort.signal);
      return async () => {
        if (id === undefined) await jobs.giveBack(job.id, this.id);
        else if (await jobs.done(job.id, this.id, id)) onDone?.(job);
      };
    } catch (error) {
      if (abort.signal.aborted) return () => jobs.giveBack(job.id, this.id);
      return async () => {
        const known = PolyclinicError.is(error);
        if (!known) this.options.onFailure(error);
        // When the database is unreachable, the job's failure cannot be recorded: its lease expires instead.
        await jobs.failed(job.id, this.id, {
          code: known ? error.code : "internal",
          message: known ? error.message : "an unexpected failure",
        });
        onDone?.(job);
      };
    } finally {
      this.recentSeconds = 0.8 * this.recentSeconds + 0.2 * ((performance.now() - began) / 1000);
      this.stop.signal.removeEventListener("abort", end);
    }
  }

  /** Stops; the running job is returned to the queue. */
  async close(): Promise<void> {
    this.stop.abort();
    clearInterval(this.timer);
    await this.working;
  }
}

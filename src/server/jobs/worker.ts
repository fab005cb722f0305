/** Takes jobs, one after another or a few at a time, and runs them until it is closed. */
import { randomUUID } from "node:crypto";
import { PolyclinicError } from "../../base/errors.ts";
import type { Job, Jobs } from "./jobs.ts";

/** Polling interval, ms; a job added in this process wakes the worker immediately. */
const every = 1000;

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
    const lines = await Promise.allSettled(Array.from({ length: this.options.atOnce ?? 1 }, () => this.line()));
    for (const line of lines) if (line.status === "rejected") throw line.reason;
  }

  private async line(): Promise<void> {
    const { jobs, models } = this.options;
    while (!this.stop.signal.aborted) {
      if (Date.now() - this.reclaimed > (jobs.lease * 1000) / 2) {
        this.reclaimed = Date.now();
        await jobs.reclaim();
      }
      const job = await jobs.take(this.id, models);
      if (job === undefined) return;
      await this.perform(job);
    }
  }

  private async perform(job: Job): Promise<void> {
    const { jobs, answer, onDone } = this.options;
    const abort = new AbortController();
    const end = () => abort.abort();
    this.stop.signal.addEventListener("abort", end, { once: true });
    const alive = setInterval(
      () =>
        void jobs.alive(job.id, this.id).then(
          (mine) => mine || end(),
          () => {},
        ),
      (jobs.lease * 1000) / 4,
    );
    alive.unref();
    try {
      const id = await answer(job, abort.signal);
      if (id === undefined) await jobs.giveBack(job.id, this.id);
      else if (await jobs.done(job.id, this.id, id)) onDone?.(job);
    } catch (error) {
      if (abort.signal.aborted) await jobs.giveBack(job.id, this.id);
      else {
        const known = PolyclinicError.is(error);
        if (!known) this.options.onFailure(error);
        // When the database is unreachable, the job's failure cannot be recorded: its lease expires instead.
        await jobs.failed(job.id, this.id, {
          code: known ? error.code : "internal",
          message: known ? error.message : "an unexpected failure",
        });
        onDone?.(job);
      }
    } finally {
      clearInterval(alive);
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

/**
 * A queue for the calls of one model: a few run at the same time, the others wait, and above a limit calls are
 * rejected.
 */
import { HttpError } from "../http-error.ts";

export interface QueueOptions {
  /** Maximum number of running calls. Default 1; `Engines` sets 8 for generative models. */
  readonly maxConcurrent?: number;
  /** Maximum number of waiting calls; further calls are rejected with 503. Default 32. */
  readonly waiting?: number;
}

export class Queue {
  private running = 0;
  private readonly line: (() => void)[] = [];
  /** Moving average of the duration of calls, seconds, for Retry-After. */
  private recentSeconds = 1;
  private closed = false;

  constructor(private readonly options: QueueOptions = {}) {}

  /** Running and waiting calls. */
  get load(): number {
    return this.running + this.line.length;
  }

  /**
   * Runs `work` when it is this call's turn. An aborted call leaves the queue immediately.
   *
   * @throws HttpError 503 `server/busy` with the seconds after which to retry; the signal's reason.
   */
  async run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    await this.turn(signal);
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.recentSeconds = 0.8 * this.recentSeconds + 0.2 * ((performance.now() - began) / 1000);
      this.running--;
      this.line.shift()?.();
    }
  }

  close(): void {
    this.closed = true;
  }

  private turn(signal: AbortSignal | undefined): Promise<void> {
    const { maxConcurrent = 1, waiting = 32 } = this.options;
    if (this.closed) throw busy(5);
    if (this.running < maxConcurrent) {
      this.running++;
      return Promise.resolve();
    }
    if (this.line.length >= waiting)
      throw busy(Math.ceil((this.recentSeconds * (this.line.length + 1)) / maxConcurrent));
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        this.running++;
        resolve();
      };
      const leave = () => {
        this.line.splice(this.line.indexOf(enter), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.line.push(enter);
    });
  }
}

function busy(seconds: number): HttpError {
  return new HttpError(503, "server/busy", "too many requests are waiting", {
    hint: `Try again in ${seconds} s.`,
    retryable: true,
    retryAfter: seconds,
  });
}

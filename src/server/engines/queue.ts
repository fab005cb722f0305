/** Calls of one model, a few at a time: the others wait their turn, and too many are refused instead of waiting without end. */
import { HttpError } from "../http-error.ts";

export interface QueueOptions {
  /** Calls at a time. Default 1; 8 for a model that generates, in `Engines`. */
  readonly atOnce?: number;
  /** Calls that may wait; one more is refused with 503. Default 32. */
  readonly waiting?: number;
}

export class Queue {
  private running = 0;
  private readonly line: (() => void)[] = [];
  /** Seconds of recent calls, for Retry-After. */
  private recentSeconds = 1;
  private closed = false;

  constructor(private readonly options: QueueOptions = {}) {}

  /** Calls that run or wait. */
  get load(): number {
    return this.running + this.line.length;
  }

  /**
   * Runs `work` when it is this call's turn. An aborted call leaves the line at once.
   *
   * @throws HttpError 503 `server/busy` with the seconds after which to try again; the signal's reason.
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
    const { atOnce = 1, waiting = 32 } = this.options;
    if (this.closed) throw busy(5);
    if (this.running < atOnce) {
      this.running++;
      return Promise.resolve();
    }
    if (this.line.length >= waiting) throw busy(Math.ceil((this.recentSeconds * (this.line.length + 1)) / atOnce));
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

/** Limits concurrent requests; the others wait in a queue, which they leave when aborted. */
import { PolyclinicError } from "../../base/errors.ts";

export class Limiter {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.enter(signal);
    try {
      return await work();
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  private enter(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(aborted(signal));
    if (this.running < this.limit) {
      this.running++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        reject(aborted(signal));
      };
      const start = () => {
        signal?.removeEventListener("abort", leave);
        this.running++;
        resolve();
      };
      this.waiting.push(start);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }
}

function aborted(signal: AbortSignal | undefined): PolyclinicError {
  return new PolyclinicError("abort/aborted", "stopped on request", { cause: signal?.reason });
}

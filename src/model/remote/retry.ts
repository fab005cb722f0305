/** Retries with exponential back-off and jitter, or after the delay that the server requests. */
import { PolyclinicError } from "../../base/errors.ts";
import { HttpFailure } from "./failure.ts";

export interface RetryPolicy {
  /** Total number of attempts, including the first. Default 5. */
  attempts: number;
  /** Wait before the second call, milliseconds; doubled each time. Default 500. */
  firstDelayMs: number;
  /** Maximum wait, milliseconds; if a server asks for more, the call fails instead. Default 60 000. */
  maxDelayMs: number;
}

export const defaultRetry: RetryPolicy = { attempts: 5, firstDelayMs: 500, maxDelayMs: 60_000 };

/** @param mayRetry called after a failure; returns false if a retry would emit text twice. */
export async function withRetry<T>(
  call: () => Promise<T>,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  mayRetry: () => boolean = () => true,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const retryable = PolyclinicError.is(error) && error.retryable && mayRetry();
      if (!retryable || attempt >= policy.attempts || signal?.aborted) throw error;
      const retryAfter = error instanceof HttpFailure ? error.retryAfterMs : undefined;
      if (retryAfter !== undefined && retryAfter > policy.maxDelayMs) throw error;
      // Half of the wait is random, so that many clients do not come back at the same moment.
      const backOff = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
      await pause(retryAfter ?? backOff, signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new PolyclinicError("abort/aborted", "stopped on request", { cause: signal?.reason }));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Reads the body of a `fetch` response until its end, until a signal aborts, or until it is too long.
 *
 * The signal passed to `fetch` is not sufficient: Node's `fetch` holds it by weak references, so that after a garbage
 * collection a body that never ends is no longer aborted.
 */
import { PolyclinicError } from "./errors.ts";

/**
 * Yields the pieces of the body; none if there is no body.
 *
 * @param idleMs the longest wait for a piece, milliseconds.
 * @throws the reason of `signal` when it fires, even in the middle of a wait; `remote/stalled` (retryable) when no piece arrives in time;
 * what `fetch` throws when the connection breaks.
 */
export async function* bodyOf(
  response: Response,
  signal: AbortSignal | undefined,
  { idleMs = 60_000 }: { idleMs?: number } = {},
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  signal?.throwIfAborted();
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  // Ends a pending read; cancelling an already aborted body has no effect.
  const stop = () => void reader.cancel(signal?.reason).catch(() => undefined);
  signal?.addEventListener("abort", stop, { once: true });
  let late = false;
  const expire = () => {
    late = true;
    stop();
  };
  let ended = false;
  try {
    for (;;) {
      const timer = Number.isFinite(idleMs) ? setTimeout(expire, idleMs) : undefined;
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      signal?.throwIfAborted();
      if (late)
        throw new PolyclinicError("remote/stalled", "the response stopped before it was complete", {
          expected: `data at least every ${idleMs} ms`,
          retryable: true,
        });
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    // Releases the connection of a body that was not read to its end.
    if (!ended) stop();
  }
}

/** Far above the size of a page of a health record, a list of files or an error. */
const maxTextBytes = 1 << 28;

/**
 * The whole body as text (UTF-8).
 *
 * @param most in bytes.
 * @throws PolyclinicError `remote/too-long`; and as `bodyOf`.
 */
export async function textOf(
  chunks: AsyncIterable<Uint8Array>,
  { most = maxTextBytes }: { most?: number } = {},
): Promise<string> {
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > most)
      throw new PolyclinicError("remote/too-long", "the server's response is too long", {
        expected: `at most ${most} bytes`,
        found: `${bytes} bytes or more`,
        hint: "The server did not stop at the requested limit: check its log.",
      });
    pieces.push(decoder.decode(chunk, { stream: true }));
  }
  pieces.push(decoder.decode());
  return pieces.join("");
}

/** A completion as server-sent events: every piece a chunk, an error as an event that clients throw, `[DONE]` only after a whole answer. */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import { errorBody } from "./errors.ts";

export interface Chunks {
  /** Ends when the client goes away. */
  readonly signal: AbortSignal;
  send(piece: object): Promise<void>;
  choice(index: number, delta: object, more?: object): Promise<void>;
}

/** @param head fields of every chunk. */
export function streamed(
  context: Context,
  head: object,
  write: (chunks: Chunks) => Promise<void>,
): Promise<Response> | Response {
  return streamSSE(context, async (stream) => {
    const abort = new AbortController();
    stream.onAbort(() => abort.abort());
    context.req.raw.signal.addEventListener("abort", () => abort.abort(), { once: true });
    const send = (piece: object) =>
      stream.writeSSE({ data: JSON.stringify({ ...head, object: "chat.completion.chunk", ...piece }) }).then(() => {});
    try {
      await write({
        signal: abort.signal,
        send,
        choice: (index, delta, more = {}) =>
          send({ choices: [{ index, delta, logprobs: null, finish_reason: null, ...more }] }),
      });
      await stream.writeSSE({ data: "[DONE]" });
    } catch (error) {
      // The status is sent already: an error event, as OpenAI's clients read it, and no [DONE].
      if (!abort.signal.aborted) await stream.writeSSE({ data: JSON.stringify(errorBody(error)) });
    }
  });
}

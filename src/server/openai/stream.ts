/**
 * A completion as server-sent events: one chunk per piece, an error as an event that clients throw, `[DONE]` only after
 * a complete answer.
 */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import { errorBody } from "./errors.ts";

export interface Chunks {
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
  send(piece: object): Promise<void>;
  choice(index: number, delta: object, more?: object): Promise<void>;
}

/** @param head fields common to all chunks. */
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
      // The status is already sent: the error becomes an event in OpenAI's format, without [DONE].
      if (!abort.signal.aborted) await stream.writeSSE({ data: JSON.stringify(errorBody(error)) });
    }
  });
}

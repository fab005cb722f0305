/** Requests to one server: key, time limits, cancellation, and failures as errors. */
import { PolyclinicError } from "../../base/errors.ts";
import { bodyOf, textOf } from "../../base/response-body.ts";
import { plainAddress, redacted } from "../../base/secrets.ts";
import { connectionFailure, failureOf, timeoutFailure } from "./failure.ts";

/** Far above the size of any valid response. */
const maxBodyBytes = 1 << 26;

export interface Timeouts {
  /** Until the first piece of the answer's text, milliseconds: the server may be reading 85 images. Default 300 000. */
  firstByteMs: number;
  /** Between two pieces of an answer, milliseconds. Default 60 000. */
  idleMs: number;
}

export const defaultTimeouts: Timeouts = { firstByteMs: 300_000, idleMs: 60_000 };

export class Http {
  /** `https://host:port/v1`, without a trailing slash. */
  readonly base: string;
  readonly host: string;

  constructor(
    base: string,
    private readonly apiKey: string | undefined,
    private readonly timeouts: Timeouts,
  ) {
    let url: URL;
    try {
      url = new URL(base);
    } catch {
      throw new PolyclinicError("remote/url", "this is not a valid address", {
        where: plainAddress(base),
        expected: "http(s)://host/v1",
      });
    }
    this.base = (url.origin + url.pathname).replace(/\/+$/, "");
    this.host = url.host;
  }

  /** The root URL; the server's own endpoints are next to `/v1`. */
  get root(): string {
    return this.base.replace(/\/v1$/, "");
  }

  /** Calls `use` with a successful response; time limits and the signal apply until it is done. */
  async send<T>(
    url: string,
    body: unknown,
    signal: AbortSignal | undefined,
    use: (response: Response, chunks: AsyncIterable<Uint8Array>, begun: () => void) => Promise<T>,
  ): Promise<T> {
    const stop = new AbortController();
    const forward = () => stop.abort(signal?.reason);
    if (signal?.aborted) forward();
    signal?.addEventListener("abort", forward, { once: true });
    let waitingFor = "start of the response";
    let limit = this.timeouts.firstByteMs;
    let late = false;
    const expire = () => {
      late = true;
      stop.abort();
    };
    let timer = setTimeout(expire, limit);
    // Servers send headers and an empty piece before prefill: the first time limit applies until text arrives.
    const begun = () => {
      waitingFor = "next part of the response";
      limit = this.timeouts.idleMs;
    };
    const arrived = () => {
      clearTimeout(timer);
      timer = setTimeout(expire, limit);
    };
    try {
      const response = await fetch(url, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          accept: "application/json, text/event-stream",
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(this.apiKey !== undefined && { authorization: `Bearer ${this.apiKey}` }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: stop.signal,
        redirect: "error",
      });
      arrived();
      if (!response.ok) throw await failureOf(response, watched(response, stop.signal, arrived), url, this.apiKey);
      return await use(response, watched(response, stop.signal, arrived), begun);
    } catch (error) {
      if (signal?.aborted) throw new PolyclinicError("abort/aborted", "stopped on request", { cause: signal.reason });
      if (late) throw timeoutFailure(url, waitingFor, limit);
      throw connectionFailure(error, url);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", forward);
      // Releases the connection if the response was not read to its end; no effect otherwise.
      stop.abort();
    }
  }

  async json(url: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    return this.send(url, body, signal, async (_, chunks) => {
      const text = await textOf(chunks, { most: maxBodyBytes });
      try {
        return JSON.parse(text) as unknown;
      } catch (cause) {
        throw new PolyclinicError("remote/protocol", "the server's reply is not JSON", {
          where: url,
          found: redacted(text.slice(0, 100), this.apiKey),
          hint: "Check that the address is that of an OpenAI-compatible server (it usually ends in /v1).",
          cause,
        });
      }
    });
  }
}

async function* watched(response: Response, signal: AbortSignal, arrived: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of bodyOf(response, signal, { idleMs: Number.POSITIVE_INFINITY })) {
    arrived();
    yield chunk;
  }
}

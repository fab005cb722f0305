/** Server failures as errors that state whether a retry can help and what to do. */
import { PolyclinicError } from "../../base/errors.ts";
import { textOf } from "../../base/response-body.ts";
import { redacted } from "../../base/secrets.ts";

const retryableStatus = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A response that is not 2xx. `retryAfterMs` is passed to the retry loop. */
export class HttpFailure extends PolyclinicError {
  constructor(
    readonly status: number,
    where: string,
    message: string,
    readonly retryAfterMs: number | undefined,
  ) {
    super(codeOf(status, message), summaryOf(status), {
      where,
      found: `${status}${message === "" ? "" : `: ${message}`}`,
      hint: hintOf(status, message),
      retryable: retryableStatus.has(status) && !refusesImages(message),
    });
  }
}

/** @param secret the API key that was sent, which is removed from the message because servers echo it. */
export async function failureOf(
  response: Response,
  chunks: AsyncIterable<Uint8Array>,
  where: string,
  secret: string | undefined,
): Promise<HttpFailure> {
  const body = await textOf(chunks, { most: maxErrorBytes }).catch(() => "");
  const message = redacted(messageOf(body), secret);
  return new HttpFailure(response.status, where, message, retryAfter(response.headers.get("retry-after")));
}

const maxErrorBytes = 1 << 20;

export function tooLongFailure(summary: string, expected: string, found: string): PolyclinicError {
  return new PolyclinicError("remote/too-long", summary, {
    expected,
    found,
    hint: "The server did not stop at the requested limit: check its log.",
  });
}

/** The message of an error body: OpenAI's and vLLM's `{error: {message}}`, Ollama's `{error}`, FastAPI's `{detail}`, or plain text. */
export function messageOf(body: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return body
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .trim()
      .slice(0, 300);
  }
  const { error, message, detail } = (value ?? {}) as Record<string, unknown>;
  const detailText = (error as { message?: unknown } | undefined)?.message ?? error ?? message ?? detail ?? value;
  return (typeof detailText === "string" ? detailText : JSON.stringify(detailText)).slice(0, 1000);
}

/** Seconds or a date (RFC 9110, section 10.2.3), in milliseconds from now. */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The messages of servers whose model has no vision tower and receives an image. */
function refusesImages(message: string): boolean {
  return (
    /(image|multi-?modal|vision|mmproj)/i.test(message) &&
    /(not support|unsupported|does not|doesn't|cannot|no vision|missing data|not a multimodal|mmproj|text-only)/i.test(
      message,
    )
  );
}

function codeOf(status: number, message: string): string {
  if (refusesImages(message)) return "remote/no-vision";
  if (
    /context length|context size|maximum context|too many tokens|exceeds? the (available )?context|not fit into the context/i.test(
      message,
    )
  )
    return "model/context";
  if (status === 401 || status === 403) return "remote/unauthorised";
  if (status === 404) return "remote/not-found";
  if (status === 429) return "remote/busy";
  return status >= 500 ? "remote/server" : "remote/refused";
}

function summaryOf(status: number): string {
  if (status === 401 || status === 403) return "the server did not accept the key";
  if (status === 429) return "the server is overloaded";
  return status >= 500 ? "the server reported an error" : "the server rejected the request";
}

function hintOf(status: number, message: string): string | undefined {
  switch (codeOf(status, message)) {
    case "remote/no-vision":
      return "The served model has no vision part: serve it with its projector (llama.cpp: --mmproj), or choose a multimodal model. `polyclinic doctor --model URL` shows what it sees.";
    case "model/context":
      return "Show fewer images (of a video: --max-frames), ask for fewer tokens, or raise the server's context (vLLM: --max-model-len, llama.cpp: --ctx-size, Ollama: OLLAMA_CONTEXT_LENGTH).";
    case "remote/unauthorised":
      return "Set the key in POLYCLINIC_API_KEY.";
    case "remote/not-found":
      return "Check the address (it usually ends in /v1) and the model name: URL#model.";
    case "remote/busy":
      return "Wait, or send fewer requests at a time (--concurrency).";
    default:
      return undefined;
  }
}

/** A connection that failed before or during an answer. */
export function connectionFailure(cause: unknown, where: string): PolyclinicError {
  if (PolyclinicError.is(cause)) return cause;
  // Node's fetch only reports that it failed; the reason is in the error's cause.
  const inner = (cause as { cause?: { code?: string; message?: string } } | undefined)?.cause;
  const reason = inner?.code ?? inner?.message ?? (cause as Error | undefined)?.message;
  if (reason === "bad port")
    return new PolyclinicError("remote/url", "this port is reserved for another service and blocked by web clients", {
      where,
      expected: "a port that is not on the list of blocked ports of the Fetch standard, such as 8000 or 8080",
      hint: "Let the server listen on another port.",
      cause,
    });
  const refused = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/.test(
    reason ?? "",
  );
  return new PolyclinicError(
    refused ? "remote/unreachable" : "remote/connection",
    refused ? "no server is reachable at this address" : "the connection failed",
    {
      where,
      found: reason,
      hint: refused
        ? "Check that the server is running and that the address is right (it usually ends in /v1)."
        : "Try again; if it fails again, check the server's log.",
      retryable: true,
      cause,
    },
  );
}

export function timeoutFailure(where: string, what: string, ms: number): PolyclinicError {
  return new PolyclinicError("remote/timeout", `the server did not respond in time (${what})`, {
    where,
    expected: `within ${Math.round(ms / 100) / 10} s`,
    hint: "Allow more time (--timeout), or send fewer images.",
    retryable: true,
  });
}

export function cutFailure(where: string, received: number): PolyclinicError {
  return new PolyclinicError("remote/cut", "the response ended before it was complete", {
    where,
    expected: "the end-of-stream marker",
    found: `${received} characters, then nothing`,
    hint: "Try again; an incomplete answer is never used.",
    retryable: true,
  });
}

export function protocolFailure(where: string, expected: string, found: string, cause?: unknown): PolyclinicError {
  return new PolyclinicError("remote/protocol", "the server's reply is not a chat completion", {
    where,
    expected,
    found: redacted(found.slice(0, 200)),
    hint: "Check that the address is that of an OpenAI-compatible server (it usually ends in /v1).",
    cause,
  });
}

/**
 * A file on a server that supports range requests (RFC 9110 section 14): a slide of gigabytes is read tile by tile over
 * the network. Adjacent small reads share one request.
 */
import { PolyclinicError } from "../base/errors.ts";
import { bodyOf } from "../base/response-body.ts";
import { type ByteSource, checkRange } from "./byte-source.ts";

/** Request options of `httpSource`. */
export interface HttpOptions {
  /** Sent with every request: `Authorization`, ... */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Replaces the global `fetch`, for proxies and tests. */
  readonly fetch?: typeof globalThis.fetch;
}

const blockSize = 1 << 16;
/** Number of cached blocks: 8 MiB. */
const blocksKept = 128;

/**
 * Requests the first byte to learn the size.
 *
 * @throws `file/unreadable` when the server does not respond, rejects the request, or does not support ranges;
 * `file/changed` when the file's validator differs from that of the first response; `file/truncated` when a response is
 * shorter than requested.
 */
export async function httpSource(url: string, options: HttpOptions = {}): Promise<ByteSource> {
  const first = await request(url, 0, 1, options);
  const size = Number(/^bytes 0-0\/(\d+)$/.exec(first.headers.get("content-range") ?? "")?.[1] ?? Number.NaN);
  await first.body?.cancel();
  if (first.status !== 206 || !Number.isSafeInteger(size))
    throw refused(url, `status ${first.status}`, "a response with status 206 and the file's size in Content-Range", {
      hint: "The server does not support range requests: download the file and open the copy.",
    });
  const version = versionOf(first);
  const blocks = new Map<number, Promise<Uint8Array>>();
  const source = { name: publicName(url), size };

  const fetchRange = async (offset: number, length: number): Promise<Uint8Array> => {
    if (length === 0) return new Uint8Array(0);
    const response = await request(url, offset, length, options);
    const range = response.headers.get("content-range") ?? "";
    if (versionOf(response) !== version || !range.endsWith(`/${size}`)) {
      await response.body?.cancel();
      throw new PolyclinicError("file/changed", "the file on the server changed while it was being read", {
        where: source.name,
        hint: "Open it again.",
        retryable: true,
      });
    }
    if (response.status !== 206 || !range.startsWith(`bytes ${offset}-`)) {
      await response.body?.cancel();
      throw refused(url, `status ${response.status}, range ${range || "none"}`, `the bytes from offset ${offset}`);
    }
    return exactly(url, response, offset, length, options.signal);
  };

  const block = (number: number): Promise<Uint8Array> => {
    let found = blocks.get(number);
    if (found === undefined) {
      found = fetchRange(number * blockSize, Math.min(blockSize, size - number * blockSize));
      found.catch(() => blocks.delete(number));
    } else blocks.delete(number);
    // Least recently used first: the first block is evicted.
    blocks.set(number, found);
    if (blocks.size > blocksKept) blocks.delete(blocks.keys().next().value!);
    return found;
  };

  return {
    ...source,
    async read(offset, length) {
      checkRange(source, offset, length);
      if (length > 4 * blockSize) return fetchRange(offset, length);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const at = offset + done;
        const held = await block(Math.floor(at / blockSize));
        const part = held.subarray(at % blockSize, Math.min(held.length, (at % blockSize) + length - done));
        bytes.set(part, done);
        done += part.length;
      }
      return bytes;
    },
  };
}

/** The URL for messages and exports, without user name, password and signed query. */
function publicName(url: string): string {
  return URL.canParse(url) ? new URL(url).origin + new URL(url).pathname : url;
}

/** A strong validator, or the date; equal for all responses about one version of the file. */
function versionOf({ headers }: Response): string {
  return headers.get("etag") ?? headers.get("last-modified") ?? "";
}

async function request(url: string, offset: number, length: number, options: HttpOptions): Promise<Response> {
  const { fetch = globalThis.fetch, signal } = options;
  const headers = {
    ...options.headers,
    Range: `bytes=${offset}-${offset + length - 1}`,
    "Accept-Encoding": "identity",
  };
  let response: Response;
  try {
    response = await fetch(url, { headers, ...(signal && { signal }) });
  } catch (cause) {
    if (signal?.aborted) throw new PolyclinicError("abort/aborted", "stopped on request", { cause });
    throw refused(url, reasonOf(cause), "a response", {
      retryable: true,
      hint: "Check the address and the network connection.",
    });
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw refused(url, `status ${response.status}`, "the file", {
    hint:
      response.status === 401 || response.status === 403 ? "Check the credentials in headers." : "Check the address.",
    retryable: response.status === 429 || response.status >= 500,
  });
}

/** Messages of `fetch` repeat the whole URL; the code of their cause does not. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error ? (cause.cause as NodeJS.ErrnoException | undefined) : undefined;
  return inner?.code ?? "no connection";
}

/** The body of a response, limited to the requested length. */
async function exactly(
  url: string,
  response: Response,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  try {
    for await (const chunk of bodyOf(response, signal)) {
      const part = chunk.subarray(0, length - done);
      bytes.set(part, done);
      done += part.length;
      if (part.length < chunk.length) break;
    }
  } catch (cause) {
    if (signal?.aborted) throw new PolyclinicError("abort/aborted", "stopped on request", { cause });
    throw refused(url, reasonOf(cause), "the rest of the response", { retryable: true });
  }
  if (done === length) return bytes;
  throw new PolyclinicError("file/truncated", "the response ended early", {
    where: publicName(url),
    expected: `${length} bytes from offset ${offset}`,
    found: `${done} bytes`,
    retryable: true,
  });
}

function refused(
  url: string,
  found: string,
  expected: string,
  more: { hint?: string; retryable?: boolean } = {},
): PolyclinicError {
  return new PolyclinicError("file/unreadable", "cannot be read from the server", {
    where: publicName(url),
    expected,
    found,
    ...more,
  });
}

/** multipart/related (RFC 2387), read and written as a stream, so that large uploads are never held in memory. */
import { PolyclinicError } from "../../base/errors.ts";

export interface IncomingPart {
  /** Header names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Must be read to its end; requesting the next part skips the rest. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** @throws PolyclinicError `server/multipart` for a content type that is not multipart, or has no boundary. */
export function boundaryOf(contentType: string | undefined): string {
  const [, quoted, plain] =
    /^multipart\/[a-z-]+\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? "") ?? [];
  const boundary = quoted ?? plain;
  if (boundary !== undefined) return boundary;
  throw new PolyclinicError("server/multipart", "is not multipart", {
    where: "Content-Type",
    expected: 'multipart/related; type="application/dicom"; boundary=...',
    found: contentType ?? "nothing",
  });
}

/** Longest header of a part, bytes. */
const maxHeaderBytes = 16_384;

/**
 * The parts of a body, one after another.
 *
 * @throws PolyclinicError `server/multipart` for a body that ends before its closing boundary; complete parts have already been yielded.
 */
export async function* readParts(body: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<IncomingPart> {
  const input = new Input(body);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first boundary may be at the very beginning, without a line break before it.
  input.prepend(Buffer.from("\r\n"));
  for await (const _ of input.until(delimiter)) {
    // The preamble is ignored.
  }
  for (;;) {
    const next = await input.take(2);
    if (next === "--") return;
    if (next !== "\r\n") throw ended(next === "" ? "the end of the body" : "other bytes");
    const headers = await input.headers();
    const content = input.until(delimiter);
    yield { headers, body: content };
    // Skips what the caller did not read.
    for await (const _ of content);
  }
}

class Input {
  private buffer: Buffer = Buffer.alloc(0);
  private readonly source: AsyncIterator<Uint8Array>;
  private over = false;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.source = body[Symbol.asyncIterator]();
  }

  prepend(bytes: Buffer): void {
    this.buffer = Buffer.concat([bytes, this.buffer]);
  }

  private async more(): Promise<boolean> {
    if (this.over) return false;
    const { done, value } = await this.source.next();
    if (done) this.over = true;
    else this.buffer = this.buffer.length === 0 ? Buffer.from(value) : Buffer.concat([this.buffer, value]);
    return !done;
  }

  async take(length: number): Promise<string> {
    while (this.buffer.length < length && (await this.more()));
    const taken = this.buffer.subarray(0, length);
    this.buffer = this.buffer.subarray(taken.length);
    return taken.toString("latin1");
  }

  /** Bytes up to a delimiter, which is consumed. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.buffer.indexOf(delimiter);
      if (at >= 0) {
        const rest = this.buffer.subarray(0, at);
        this.buffer = this.buffer.subarray(at + delimiter.length);
        if (rest.length > 0) yield rest;
        return;
      }
      // The last bytes may be the beginning of a delimiter.
      const complete = this.buffer.length - (delimiter.length - 1);
      if (complete > 0) {
        const piece = this.buffer.subarray(0, complete);
        this.buffer = this.buffer.subarray(complete);
        yield piece;
      }
      if (!(await this.more())) throw ended("the end of the body");
    }
  }

  async headers(): Promise<Map<string, string>> {
    const end = Buffer.from("\r\n\r\n");
    // A part without headers begins with the empty line itself.
    while (!this.buffer.subarray(0, 2).equals(end.subarray(0, 2)) && this.buffer.indexOf(end) < 0) {
      if (this.buffer.length > maxHeaderBytes) throw ended(`a header of over ${maxHeaderBytes} bytes`);
      if (!(await this.more())) throw ended("the end of the body");
    }
    const none = this.buffer.subarray(0, 2).equals(end.subarray(0, 2));
    const at = none ? 0 : this.buffer.indexOf(end);
    const text = this.buffer.subarray(0, at).toString("latin1");
    this.buffer = this.buffer.subarray(at + (none ? 2 : 4));
    return new Map(
      text
        .split("\r\n")
        .filter((line) => line.includes(":"))
        .map((line) => [
          line.slice(0, line.indexOf(":")).trim().toLowerCase(),
          line.slice(line.indexOf(":") + 1).trim(),
        ]),
    );
  }
}

function ended(found: string): PolyclinicError {
  return new PolyclinicError("server/multipart", "the body is not complete", {
    where: "body",
    expected: "parts between boundaries, and a closing one",
    found,
    hint: "Send the request again: complete parts are already stored and are not stored twice.",
  });
}

export interface OutgoingPart {
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array> | Uint8Array;
}

/** The body of a multipart response. */
export async function* writeParts(
  parts: AsyncIterable<OutgoingPart> | Iterable<OutgoingPart>,
  boundary: string,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const { contentType, body } of parts) {
    yield encoder.encode(`--${boundary}\r\nContent-Type: ${contentType}\r\n\r\n`);
    if (body instanceof Uint8Array) yield body;
    else yield* body;
    yield encoder.encode("\r\n");
  }
  yield encoder.encode(`--${boundary}--\r\n`);
}

/** A file of a study, wherever it lies: on disk, inside an archive, or with the caller. */
import { createReadStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Limits } from "../../imaging/types.ts";
import { headBytes } from "./recognise.ts";

export interface Source {
  /** The path on disk, or `archive.zip/inside/name`. */
  readonly name: string;
  /** Only for a file on disk. */
  readonly path?: string;
  readonly size: number;
  /** The first `headBytes` bytes. */
  head(): Promise<Uint8Array>;
  bytes(): Promise<Uint8Array>;
  /** The bytes piece by piece, for hashing what is never held whole. */
  stream(): AsyncIterable<Uint8Array>;
}

/** A file that is not on disk: an upload, an answer of a server, an object of a store. */
export interface NamedData {
  /** What it is called in labels, origins and messages. */
  readonly name: string;
  /** The whole file: its bytes, or a stream of them (Node's and the web's are both read), which is read once. */
  readonly data: Uint8Array | AsyncIterable<Uint8Array>;
}

/** @throws `limit/bytes` before more than that is held, `study/unreadable` when the stream fails. */
export async function dataSource({ name, data }: NamedData, limits: Limits, signal?: AbortSignal): Promise<Source> {
  const bytes = data instanceof Uint8Array ? data : await collect(name, data, limits, signal);
  if (bytes.length > limits.maxBytes) throw tooLarge(name, bytes.length, limits);
  return {
    name,
    size: bytes.length,
    head: async () => bytes.subarray(0, headBytes),
    bytes: async () => bytes,
    stream: async function* () {
      yield bytes;
    },
  };
}

async function collect(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  limits: Limits,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      throwIfAborted(signal);
      length += chunk.length;
      if (length > limits.maxBytes) throw tooLarge(name, length, limits);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (PolyclinicError.is(cause)) throw cause;
    throw new PolyclinicError("study/unreadable", "the stream broke off", {
      where: name,
      found: cause instanceof Error ? cause.message : String(cause),
      hint: "Fetch the file again.",
      cause,
    });
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** @throws `study/unreadable` when the file cannot be opened. */
export async function diskSource(path: string, limits: Limits): Promise<Source> {
  const { size } = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  return {
    name: path,
    path,
    size,
    head: () => readHead(path),
    bytes: async () => {
      if (size > limits.maxBytes) throw tooLarge(path, size, limits);
      return readFile(path).catch((cause) => {
        throw unreadable(path, cause);
      });
    },
    stream: () => createReadStream(path, { highWaterMark: 1 << 20 }),
  };
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path, "r").catch((cause) => {
    throw unreadable(path, cause);
  });
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export function unreadable(path: string, cause: unknown): PolyclinicError {
  const code = (cause as NodeJS.ErrnoException).code;
  return new PolyclinicError("study/unreadable", code === "ENOENT" ? "no such file or folder" : "cannot be read", {
    where: path,
    ...(code !== undefined && code !== "ENOENT" && { found: code }),
    hint: code === "EACCES" ? "Check the permissions." : "Check the path.",
    cause,
  });
}

/** Slides are read tile by tile where they lie; only a file on disk can be. */
export function slideNeedsFile(where: string): PolyclinicError {
  return new PolyclinicError("study/slide-needs-file", "slides are only read from files on disk", {
    where,
    hint: "Unpack the archive, or write the slide to a file, and name that.",
  });
}

export function tooLarge(where: string, bytes: number, limits: Limits): PolyclinicError {
  return new PolyclinicError("limit/bytes", "too large to be read whole", {
    where,
    expected: `at most ${limits.maxBytes} bytes`,
    found: `${bytes} bytes`,
    hint: "Raise limits.maxBytes if the file is trusted.",
  });
}

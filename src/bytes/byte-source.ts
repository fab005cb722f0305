/**
 * Byte sources: a file on disk, memory, an entry of an archive, a server. Readers request ranges regardless of the
 * kind, so that a slide of gigabytes is never completely in memory.
 */
import { PolyclinicError } from "../base/errors.ts";

/** Random access to the bytes of one file, wherever they are stored. */
export interface ByteSource {
  /** The name used in messages and origins: a path, `archive.zip/inside/name`, a URL. */
  readonly name: string;
  /** Set when the bytes are a file on disk, which another thread can open too. */
  readonly path?: string;
  /** In bytes, known before anything is read. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset`. The caller must not write into them: they may be a view of memory that others read.
   *
   * @param allocate allocates the destination when the bytes have to be copied. Default: a new array.
   * @throws `file/truncated` for a range outside the source, `file/unreadable` when reading fails.
   */
  read(offset: number, length: number, allocate?: (length: number) => Uint8Array): Promise<Uint8Array>;
}

/** A file that is not on disk: an upload, an answer of a server, an object of a store. */
export interface NamedData {
  /** Its name in labels, origins and messages. */
  readonly name: string;
  /** The whole file: its bytes, or a stream of them (Node's and the web's are both read), which is read once. */
  readonly data: Uint8Array | AsyncIterable<Uint8Array>;
}

/** The first `length` bytes, fewer when the source is shorter. */
export function headOf(source: ByteSource, length: number): Promise<Uint8Array> {
  return source.read(0, Math.min(length, source.size));
}

/** All bytes at once. @throws `limit/bytes` before more than `maxBytes` are held. */
export async function allBytes(source: ByteSource, maxBytes: number): Promise<Uint8Array> {
  if (source.size > maxBytes) throw tooLarge(source.name, source.size, maxBytes);
  return source.read(0, source.size);
}

const chunkSize = 1 << 20;

/** The bytes in pieces, for hashing content too large to hold in memory. */
export async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += chunkSize)
    yield await source.read(at, Math.min(chunkSize, source.size - at));
}

/** Whether two sources hold the same bytes, compared in chunks after their sizes. */
export async function sameBytes(a: ByteSource, b: ByteSource): Promise<boolean> {
  if (a.size !== b.size) return false;
  for (let at = 0; at < a.size; at += chunkSize) {
    const length = Math.min(chunkSize, a.size - at);
    const [left, right] = [await a.read(at, length), await b.read(at, length)];
    for (let i = 0; i < length; i++) if (left[i] !== right[i]) return false;
  }
  return true;
}

/** The error `file/unreadable` for a path that cannot be opened or read. */
export function unreadable(where: string, cause: unknown): PolyclinicError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return new PolyclinicError("file/unreadable", code === "ENOENT" ? "no such file or folder" : "cannot be read", {
    where,
    ...(code !== undefined && code !== "ENOENT" && { found: code }),
    hint: code === "EACCES" ? "Check the permissions." : "Check the path.",
    cause,
  });
}

/** The error `file/truncated` for a range of `length` bytes at `offset` that ends after `size`. */
export function truncated(where: string, offset: number, length: number, size: number): PolyclinicError {
  return new PolyclinicError("file/truncated", "ends before the data it declares", {
    where,
    expected: `${length} bytes from offset ${offset}`,
    found: `${size} bytes in total`,
    hint: "The copy is incomplete or damaged: copy the file again.",
  });
}

/** Throws `file/truncated` for a range that is not wholly inside the source. */
export function checkRange({ name, size }: Pick<ByteSource, "name" | "size">, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) throw truncated(name, offset, length, size);
}

/** The error `limit/bytes` for a file larger than `maxBytes`. */
export function tooLarge(where: string, bytes: number, maxBytes: number): PolyclinicError {
  return new PolyclinicError("limit/bytes", "too large to be read into memory", {
    where,
    expected: `at most ${maxBytes} bytes`,
    found: `${bytes} bytes`,
    hint: "If you trust the file, raise limits.maxBytes.",
  });
}

/** Bytes in memory, and streams that are collected into it. */
import { PolyclinicError, throwIfAborted } from "../base/errors.ts";
import { concatenated } from "../base/host/octets.ts";
import { type ByteSource, checkRange, type NamedData, tooLarge } from "./byte-source.ts";

/** A source over bytes in memory. They are not copied: the caller must not change them. */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  const source = { name, size: bytes.length };
  return {
    ...source,
    async read(offset, length) {
      checkRange(source, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** @throws `limit/bytes` before more than `maxBytes` are held, `file/unreadable` when the stream fails. */
export async function dataSource(
  { name, data }: NamedData,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<ByteSource> {
  const bytes = data instanceof Uint8Array ? data : await collect(name, data, maxBytes, signal);
  if (bytes.length > maxBytes) throw tooLarge(name, bytes.length, maxBytes);
  return memorySource(name, bytes);
}

async function collect(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      throwIfAborted(signal);
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(name, length, maxBytes);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (PolyclinicError.is(cause)) throw cause;
    throw new PolyclinicError("file/unreadable", "the stream ended with an error", {
      where: name,
      found: cause instanceof Error ? cause.message : String(cause),
      hint: "Download the file again.",
      cause,
    });
  }
  return concatenated(chunks);
}

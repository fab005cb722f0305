/**
 * Files on disk (Node). A file is opened and closed for each read, so that hundreds of slices do not hold hundreds of
 * handles.
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { type ByteSource, checkRange, truncated, unreadable } from "./byte-source.ts";

/** Small reads are served from a buffer of this size, so that walking item headers does not cost a system call each. */
const windowSize = 1 << 16;

/** @throws `file/unreadable` when there is no such file, or it is a folder or a device. */
export function diskSource(path: string): ByteSource {
  const { size } = regular(path);
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = 0;
  const source = { name: path, path, size };
  return {
    ...source,
    async read(offset, length, allocate) {
      checkRange(source, offset, length);
      if (length >= windowSize / 4 || allocate !== undefined) return readAhead(path, offset, length, allocate);
      if (offset < windowStart || offset + length > windowStart + window.length) {
        window = readRange(path, offset, windowSize);
        windowStart = offset;
      }
      if (offset + length > windowStart + window.length) throw truncated(path, offset, length, size);
      return window.subarray(offset - windowStart, offset - windowStart + length);
    },
  };
}

function regular(path: string): { size: number } {
  try {
    const found = statSync(path);
    if (found.isFile()) return found;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw unreadable(path, Object.assign(new Error("not a file"), { code: "not a file" }));
}

/** Large reads are asynchronous, so that they do not block the thread. */
async function readAhead(
  path: string,
  offset: number,
  length: number,
  allocate: (length: number) => Uint8Array = (size) => new Uint8Array(size),
): Promise<Uint8Array> {
  const file = await open(path, "r").catch((cause) => {
    throw unreadable(path, cause);
  });
  try {
    const bytes = allocate(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw truncated(path, offset, length, offset + done);
      done += bytesRead;
    }
    return bytes;
  } catch (cause) {
    if (cause instanceof Error && "hint" in cause) throw cause;
    throw unreadable(path, cause);
  } finally {
    await file.close();
  }
}

/**
 * Reads a range synchronously; the result is shorter where the file ends.
 *
 * @param into a buffer to reuse, for callers that read many ranges in turn and keep none.
 * @throws `file/unreadable`.
 */
export function readRange(path: string, offset: number, length: number, into?: Uint8Array): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const bytes = into !== undefined && into.length >= length ? into.subarray(0, length) : new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const got = readSync(file, bytes, done, length - done, offset + done);
      if (got === 0) break;
      done += got;
    }
    return done === length ? bytes : bytes.slice(0, done);
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

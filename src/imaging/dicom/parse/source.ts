/** Bytes with a name that are read in pieces, so that a multi-gigabyte file is never in memory whole. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { PolyclinicError } from "../../../base/errors.ts";
import { type DicomFile, type ParseOptions, parseDicom } from "./parse.ts";

export interface ByteSource {
  readonly name: string;
  readonly size: number;
  /** Set when the bytes are a file that another thread can open too. */
  readonly path?: string;
  /** Exactly `length` bytes (fewer only at the end); the caller must not write into them. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return { name, size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Small reads are served from a window of this size, so that walking item headers does not cost a system call each. */
const windowSize = 1 << 16;

/** A file on disk. It is opened for each read and closed again: hundreds of slices never hold hundreds of handles. */
export function fileSource(path: string): ByteSource {
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = 0;
  let size: number;
  try {
    size = statSync(path).size;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return {
    name: path,
    path,
    size,
    read: async (offset, length) => {
      if (length >= windowSize / 4) return readRange(path, offset, length);
      if (offset < windowStart || offset + length > windowStart + window.length) {
        window = readRange(path, offset, windowSize);
        windowStart = offset;
      }
      return window.subarray(offset - windowStart, offset - windowStart + length);
    },
  };
}

/**
 * Reads a stretch of a file, shorter at its end. Throws `file/read`.
 *
 * @param into room for it, when the caller reads many stretches one after the other and keeps none.
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

function unreadable(path: string, cause: unknown): PolyclinicError {
  const code = (cause as NodeJS.ErrnoException).code;
  return new PolyclinicError("file/read", `cannot be read${code ? ` (${code})` : ""}`, {
    where: path,
    hint: "Check that the file exists and may be read.",
    cause,
  });
}

/** Most headers end well before this; longer ones are read in growing steps. */
const firstRead = 1 << 13;

/**
 * Parses the header of a DICOM file, reading no more of it than that takes. Pixel data stays on disk (`locateFrames`).
 * Throws what `parseDicom` throws, and `file/read`.
 */
export async function readDicomHeader(source: ByteSource, options: ParseOptions = {}): Promise<DicomFile> {
  for (let length = firstRead; ; length *= 8) {
    const whole = length >= source.size;
    const bytes = await source.read(0, Math.min(length, source.size));
    try {
      return parseDicom(bytes, { name: source.name, ...options, fileSize: source.size });
    } catch (error) {
      if (whole || !PolyclinicError.is(error) || error.code !== "dicom/truncated") throw error;
    }
  }
}

/** A file of a study, wherever it lies: on disk, or inside an archive. */
import { createReadStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { PolyclinicError } from "../base/errors.ts";
import type { Limits } from "../imaging/types.ts";
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

export function tooLarge(where: string, bytes: number, limits: Limits): PolyclinicError {
  return new PolyclinicError("limit/bytes", "too large to be read whole", {
    where,
    expected: `at most ${limits.maxBytes} bytes`,
    found: `${bytes} bytes`,
    hint: "Raise limits.maxBytes if the file is trusted.",
  });
}

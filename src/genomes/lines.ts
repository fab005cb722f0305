/**
 * Reads the lines of a text file as bytes, uncompressed or gzip (including bgzip, whose blocks are gzip members),
 * without holding the file in memory.
 */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { PolyclinicError, throwIfAborted } from "../base/errors.ts";

const newline = 10;
const carriageReturn = 13;

export interface LineBatch {
  /** Without line ends. */
  lines: Buffer[];
  /** Number of the first line, from 1. */
  first: number;
}

/**
 * Yields the lines of a file in batches, one per chunk read.
 *
 * @throws PolyclinicError `genomes/read` when the file cannot be opened or is truncated.
 */
export async function* lineBatches(path: string, signal?: AbortSignal): AsyncGenerator<LineBatch> {
  let rest: Buffer | undefined;
  let number = 1;
  const stream = await openText(path);
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      throwIfAborted(signal);
      const chunk = rest === undefined ? piece : Buffer.concat([rest, piece]);
      const lines: Buffer[] = [];
      let start = 0;
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
        lines.push(chunk.subarray(start, end > start && chunk[end - 1] === carriageReturn ? end - 1 : end));
        start = end + 1;
      }
      rest = start < chunk.length ? chunk.subarray(start) : undefined;
      if (lines.length > 0) yield { lines, first: number };
      number += lines.length;
    }
    if (rest !== undefined) yield { lines: [rest], first: number };
  } catch (cause) {
    if (PolyclinicError.is(cause)) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    throw new PolyclinicError(
      "genomes/read",
      code === "Z_BUF_ERROR" ? "is truncated" : `cannot be read${code ? ` (${code})` : ""}`,
      {
        where: `${path}, after line ${number - 1}`,
        hint: code === "Z_BUF_ERROR" ? "The compressed file ends too early: copy or download it again." : undefined,
        cause,
      },
    );
  } finally {
    stream.destroy();
  }
}

async function openText(path: string): Promise<Readable> {
  let packed: boolean;
  try {
    const file = await open(path, "r");
    const head = Buffer.alloc(2);
    await file.read(head, 0, 2, 0);
    await file.close();
    packed = head[0] === 0x1f && head[1] === 0x8b;
  } catch (cause) {
    throw new PolyclinicError("genomes/read", `cannot be opened (${(cause as NodeJS.ErrnoException).code})`, {
      where: path,
      cause,
    });
  }
  const raw = createReadStream(path, { highWaterMark: 1 << 18 });
  if (!packed) return raw;
  const unpacked = createGunzip({ chunkSize: 1 << 20 });
  raw.on("error", (error) => unpacked.destroy(error));
  return raw.pipe(unpacked);
}

/** The complete lines of a file of JSON Lines, one by one: a log may be larger than memory, and its last line cut off. */
import { type FileHandle, open } from "node:fs/promises";

export const newline = 0x0a;
/** Read at a time. */
export const chunkBytes = 1 << 20;

export interface LineAt {
  readonly text: string;
  /** Byte offset of the line, and its length without the line break. */
  readonly offset: number;
  readonly length: number;
}

/** The complete lines of a file, in order, as a stream, empty ones included; none if the file does not exist. */
export async function* linesOf(path: string): AsyncGenerator<LineAt> {
  const file = await openOrNothing(path);
  if (file === undefined) return;
  try {
    let rest = Buffer.alloc(0);
    let restAt = 0;
    const chunk = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes);
      if (bytesRead === 0) return;
      const block =
        rest.length === 0 ? chunk.subarray(0, bytesRead) : Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      let from = 0;
      for (let end = block.indexOf(newline); end >= 0; end = block.indexOf(newline, from)) {
        yield { text: block.toString("utf8", from, end), offset: restAt + from, length: end - from };
        from = end + 1;
      }
      // A copy, because the next read overwrites the chunk.
      rest = Buffer.from(block.subarray(from));
      restAt += from;
    }
  } finally {
    await file.close();
  }
}

/** The open file; undefined if there is none. */
export async function openOrNothing(path: string): Promise<FileHandle | undefined> {
  return open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

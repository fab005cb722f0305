/** Positional reads from a file that is never loaded: slides are gigabytes, a region needs kilobytes of them. */
import { type FileHandle, open } from "node:fs/promises";
import { PolyclinicError } from "../../base/errors.ts";

export interface ByteSource {
  /** What errors name. */
  readonly name: string;
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset`; a range outside the file is a `slide/truncated` error.
   *
   * @param allocate where they are put; new memory unless told.
   */
  read(offset: number, length: number, allocate?: (length: number) => Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a regular file. */
export async function openByteSource(path: string): Promise<ByteSource> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw new PolyclinicError("slide/open", "cannot be opened", { where: path, cause });
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile())
      throw new PolyclinicError("slide/open", "is not a file", { where: path, hint: "Name the slide file itself." });
    if (stat.size === 0) throw new PolyclinicError("slide/empty", "holds no bytes", { where: path });
    return fileSource(file, path, stat.size);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function fileSource(file: FileHandle, name: string, size: number): ByteSource {
  return {
    name,
    size,
    async read(offset, length, allocate = (size) => new Uint8Array(size)) {
      if (!(offset >= 0 && length >= 0 && offset + length <= size))
        throw new PolyclinicError("slide/truncated", "ends before its data", {
          where: name,
          expected: `${length} bytes at ${offset}`,
          found: `${size} bytes in all`,
          hint: "The copy is incomplete or damaged: copy the file again.",
        });
      const bytes = allocate(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0)
          throw new PolyclinicError("slide/truncated", "became shorter while it was read", { where: name });
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

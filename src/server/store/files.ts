/** Content-addressed store for uploaded and derived files, named by SHA-256; equal contents are stored once. */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { makeFolder } from "../../base/files.ts";

export interface StoredContent {
  /** Hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Does `work`, and makes its folder only if it is not there. */
function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  return work().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    await makeFolder(folder);
    return work();
  });
}

/** Bytes that one write takes: a network hands over 64 KiB at a time, and each write takes a turn in Node's thread pool. */
const writeBytes = 1 << 20;

class Gathering {
  private pieces: Uint8Array[] = [];
  private bytes = 0;

  constructor(private readonly file: FileHandle) {}

  async add(piece: Uint8Array): Promise<void> {
    this.pieces.push(piece);
    this.bytes += piece.length;
    if (this.bytes >= writeBytes) await this.flush();
  }

  async flush(): Promise<void> {
    const { file, pieces } = this;
    [this.pieces, this.bytes] = [[], 0];
    if (pieces.length === 0) return;
    let { bytesWritten } = await file.writev(pieces);
    // Less than it was given, as on a disk that is nearly full: the rest is written, or fails with the reason.
    for (const piece of pieces) {
      const begun = Math.min(bytesWritten, piece.length);
      bytesWritten -= begun;
      if (begun < piece.length) await file.writeFile(piece.subarray(begun));
    }
  }
}

export class FileStore {
  /** @param folder created when the first file is stored. */
  constructor(private readonly folder: string) {}

  path(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256))
      throw new PolyclinicError("server/file-name", "is not a SHA-256", { found: sha256 });
    return join(this.folder, sha256.slice(0, 2), sha256);
  }

  /**
   * Writes a stream to disk without holding it in memory.
   *
   * @param most maximum size, bytes; a longer stream fails with `server/too-large` and nothing is kept.
   */
  async put(content: AsyncIterable<Uint8Array> | Uint8Array, most = Number.POSITIVE_INFINITY): Promise<StoredContent> {
    const aside = join(this.folder, `.${randomBytes(8).toString("hex")}.tmp`);
    const hash = createHash("sha256");
    let bytes = 0;
    try {
      const file = await inFolder(this.folder, () => open(aside, "wx"));
      const gathered = new Gathering(file);
      try {
        for await (const piece of content instanceof Uint8Array ? [content] : content) {
          bytes += piece.length;
          if (bytes > most)
            throw new PolyclinicError("server/too-large", "the upload is too large", {
              expected: `at most ${most} bytes`,
              hint: "Send fewer files at a time, or start the server with a higher --max-upload.",
            });
          hash.update(piece);
          await gathered.add(piece);
        }
        await gathered.flush();
        await file.sync();
      } finally {
        await file.close();
      }
      const sha256 = hash.digest("hex");
      const path = this.path(sha256);
      if (await this.has(sha256)) await rm(aside);
      else await inFolder(join(this.folder, sha256.slice(0, 2)), () => rename(aside, path));
      return { sha256, bytes };
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
  }

  async has(sha256: string): Promise<boolean> {
    return (await stat(this.path(sha256)).catch(() => undefined)) !== undefined;
  }

  read(sha256: string): AsyncIterable<Uint8Array> {
    return createReadStream(this.path(sha256));
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.path(sha256), { force: true });
  }
}

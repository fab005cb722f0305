/** SHA-256 over a checkpoint's files, which identifies the model in every answer. */
import { throwIfAborted } from "../base/errors.ts";
import { writeWhole } from "../base/files.ts";
import { open, readFile, stat } from "../base/host/files.ts";
import { createHash } from "../base/host/hash.ts";
import { join } from "../base/host/path.ts";
import type { Work } from "../base/progress.ts";
import { isObject } from "./config/fields.ts";

const pieceBytes = 8 << 20;

/** Options of `contentHash`. */
export interface HashOptions extends Work {
  /** A JSON file that caches each file's hash by path, size and modification time, so that unchanged files are not read again. */
  cacheFile?: string;
}

/**
 * The hash of the sorted list of `name, size, sha256` of the given files (names relative to the folder), hex. Moving the folder does not
 * change it.
 */
export async function contentHash(
  folder: string,
  names: readonly string[],
  { cacheFile, signal, onProgress }: HashOptions = {},
): Promise<string> {
  const known = cacheFile === undefined ? {} : await readKnown(cacheFile);
  const files = await Promise.all(
    [...names].sort().map(async (name) => {
      const path = join(folder, name);
      const { size, mtimeMs } = await stat(path);
      return { name, path, size, key: `${path}|${size}|${mtimeMs}` };
    }),
  );
  const total = files.reduce((sum, file) => sum + file.size, 0);
  let done = 0;
  let learned = false;
  const whole = createHash("sha256");
  for (const file of files) {
    let hash = known[file.key];
    if (hash === undefined) {
      hash = await hashFile(file.path, (bytes) => {
        throwIfAborted(signal);
        onProgress?.({ stage: "hashing weights", done: done + bytes, total, unit: "bytes" });
      });
      known[file.key] = hash;
      learned = true;
    }
    done += file.size;
    whole.update(`${file.name}\0${file.size}\0${hash}\n`);
  }
  if (learned && cacheFile !== undefined) {
    // A cache that cannot be written costs time, not correctness.
    await writeWhole(cacheFile, JSON.stringify(known), { overwrite: true }).catch(() => undefined);
  }
  return whole.digest("hex");
}

async function hashFile(path: string, onBytes: (done: number) => void): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "r");
  try {
    const piece = new Uint8Array(pieceBytes);
    for (let done = 0; ; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, done);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(piece.subarray(0, bytesRead));
      done += bytesRead;
      onBytes(done);
    }
  } finally {
    await file.close();
  }
}

async function readKnown(cacheFile: string): Promise<Record<string, string>> {
  try {
    const json: unknown = JSON.parse(await readFile(cacheFile, "utf8"));
    return isObject(json) ? ({ ...json } as Record<string, string>) : {};
  } catch {
    return {};
  }
}

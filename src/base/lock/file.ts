/** One process at a time: a lock file with a heartbeat, so that the lock of a killed process does not block others (Node). */
import { open, rm, stat, utimes } from "node:fs/promises";
import { throwIfAborted } from "../errors.ts";

/** The holder touches the lock file at this interval; a file untouched for several intervals is abandoned. */
const beatMs = 2000;
const abandonedAfterMs = 5 * beatMs;

export interface FileLock extends AsyncDisposable {
  release(): Promise<void>;
}

/** Waits until the lock is free, or its holder has died, and takes it. */
export async function lockFile(path: string, signal?: AbortSignal): Promise<FileLock> {
  for (;;) {
    throwIfAborted(signal);
    const taken = await open(path, "wx").then(
      async (file) => {
        await file.close();
        return true;
      },
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
        return false;
      },
    );
    if (taken) break;
    const touched = (await stat(path).catch(() => undefined))?.mtimeMs;
    if (touched !== undefined && Date.now() - touched > abandonedAfterMs) await rm(path, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, beatMs);
  beat.unref();
  const release = async () => {
    clearInterval(beat);
    await rm(path, { force: true });
  };
  return { release, [Symbol.asyncDispose]: release };
}

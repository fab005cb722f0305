/**
 * One process a data folder. Two embedded databases over one folder lose each other's rows without an error (PGlite #1106), so the folder
 * is locked by a file that names the process, and the lock of a process that is gone is taken over.
 */
import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { makeFolder } from "../../base/files.ts";

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Tells a process from a later one with the same number. */
  readonly token: string;
}

/**
 * @returns releases the lock.
 * @throws PolyclinicError `server/data-in-use` naming the process that holds the folder.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await makeFolder(folder);
  const path = join(folder, "server.lock");
  const own: Holder = { pid: process.pid, host: hostname(), token: randomUUID() };
  // Two tries: the second after a stale lock was moved away.
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(JSON.stringify(own));
      await file.sync();
      await file.close();
      return async () => {
        if ((await holderOf(path))?.token === own.token) await rm(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await holderOf(path);
    if (holder !== undefined && (holder.host !== own.host || isRunning(holder.pid)))
      throw new PolyclinicError("server/data-in-use", "is in use by another server", {
        where: folder,
        found: `process ${holder.pid} on ${holder.host}`,
        hint: "Stop that server, or give this one another folder with --data. If no such process runs, remove server.lock in it.",
      });
    // Renamed, not removed: of two processes that find a stale lock only one can move it.
    const aside = `${path}.${own.token}`;
    await rename(path, aside).then(
      () => rm(aside, { force: true }),
      () => undefined,
    );
  }
  throw new PolyclinicError("server/data-in-use", "is being opened by another server", { where: folder });
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

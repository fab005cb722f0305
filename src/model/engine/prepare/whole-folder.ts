/** Writing a folder that appears complete or not at all, even when the process is killed half-way. */
import { randomBytes } from "node:crypto";
import { readdir, rename, rm, stat, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";
import { makeFolder } from "../../../base/files.ts";

/**
 * Writes the folder aside and renames it into place. When somebody else finished the same folder meanwhile, theirs stays.
 *
 * @param bytes what it will take on disk; checked before anything is written.
 * @param fill writes the files into the folder it is given.
 */
export async function writeFolder(path: string, bytes: number, fill: (aside: string) => Promise<void>): Promise<void> {
  const parent = dirname(path);
  const aside = join(parent, `${basename(path)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
  try {
    await makeFolder(aside);
    await removeAbandoned(parent);
    const { bavail, bsize } = await statfs(parent);
    if (bavail * bsize < bytes) {
      throw new PolyclinicError("model/disk-full", "has too little space for the prepared model", {
        where: parent,
        expected: `${gigabytes(bytes)} free`,
        found: `${gigabytes(bavail * bsize)} free`,
        hint: "Free some space, or set POLYCLINIC_CACHE to a folder on another disk. Nothing was written.",
      });
    }
    await fill(aside);
    await rename(aside, path).catch(async (cause) => {
      if ((await stat(path).catch(() => undefined)) === undefined) throw cause;
    });
  } catch (cause) {
    if (PolyclinicError.is(cause)) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === undefined) throw cause;
    throw new PolyclinicError(
      code === "ENOSPC" ? "model/disk-full" : "model/cache-folder",
      code === "ENOSPC" ? "became full while the model was prepared" : `cannot hold the prepared model (${code})`,
      {
        where: parent,
        expected: "a folder that can be written",
        hint: "Set POLYCLINIC_CACHE (or the cacheFolder option) to a folder with space that you may write. Nothing was left behind.",
        cause,
      },
    );
  } finally {
    await rm(aside, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Removes what killed processes left half-written. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = /\.(\d+)-[0-9a-f]{8}\.tmp$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(bytes < 1e8 ? 4 : 2)} GB`;

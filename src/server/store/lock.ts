/** One server per data folder: two embedded databases on one folder lose rows without an error (PGlite #1106). */
import { lockFolder as lock } from "../../base/lock/folder.ts";

/**
 * @returns a function that releases the lock.
 * @throws PolyclinicError `server/data-in-use` naming the process that holds the folder.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const held = await lock(folder, { file: "server.lock", code: "server/data-in-use", what: "another server" });
  return held.release;
}

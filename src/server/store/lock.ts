/** One server a data folder: two embedded databases over one folder lose each other's rows without an error (PGlite #1106). */
import { lockFolder as lock } from "../../base/folder-lock.ts";

/**
 * @returns releases the lock.
 * @throws PolyclinicError `server/data-in-use` naming the process that holds the folder.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const held = await lock(folder, { file: "server.lock", code: "server/data-in-use", what: "another server" });
  return held.release;
}

/** Atomic folders (Node): filled under a temporary name, then renamed. */
import { createHash, randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { PolyclinicError } from "./errors.ts";
import { makeFolder } from "./files.ts";

/** A half-written folder untouched for this long is abandoned, whichever machine its process ran on. */
const abandonedAfterMs = 24 * 3600 * 1000;

export interface FolderOptions {
  /** When the folder already exists: `refuse` (the default) throws `file/exists`; `keep` leaves it, for content that is always the same. */
  readonly existing?: "refuse" | "keep";
}

/**
 * @param fill writes the files into the folder it receives.
 * @throws `file/exists` when the folder already exists, `file/write` when it cannot be written; neither leaves anything
 * behind.
 */
export async function writeFolder(
  folder: string,
  fill: (aside: string) => Promise<void>,
  { existing = "refuse" }: FolderOptions = {},
): Promise<void> {
  if (existing === "refuse" && (await isThere(folder))) throw alreadyThere(folder);
  const aside = asideName(folder);
  try {
    await makeFolder(aside);
    await fill(aside);
    await rename(aside, folder).catch(async (cause) => {
      // Another process finished the same folder first: keep that one.
      if (!(await isThere(folder))) throw cause;
      if (existing === "refuse") throw alreadyThere(folder);
    });
  } catch (cause) {
    if (PolyclinicError.is(cause)) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw new PolyclinicError("file/write", `cannot be written (${code})`, {
      where: folder,
      hint:
        code === "ENOSPC"
          ? "The disk is full: free some space. No partial folder was left."
          : "No partial folder was left.",
      cause,
    });
  } finally {
    await rm(aside, { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * Removes a folder atomically, so that no other process sees it partially removed.
 *
 * @param unless called with the folder's temporary path; true restores it (another process completed it in the
 * meantime).
 */
export async function removeFolder(
  folder: string,
  unless: (aside: string) => Promise<boolean> = async () => false,
): Promise<void> {
  const aside = asideName(folder);
  try {
    await rename(folder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (await unless(aside)) await rename(aside, folder).catch(() => undefined);
  await rm(aside, { recursive: true, force: true });
}

/** Removes incomplete folders of killed processes in `parent`. */
export async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const owner = /\.(\d+)-(?:([0-9a-f]{8})-)?[0-9a-f]{8}\.tmp$/.exec(name);
    if (owner === null) continue;
    const path = join(parent, name);
    const gone = owner[2] === processSpace ? !isAlive(Number(owner[1])) : await isOld(path);
    if (gone) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * Process ids are unique only within one PID namespace of one machine: containers that share a cache folder can reuse
 * the same ids.
 */
const processSpace = createHash("sha256").update(`${hostname()} ${pidNamespace()}`).digest("hex").slice(0, 8);

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

const asideName = (folder: string) =>
  join(dirname(folder), `${basename(folder)}.${process.pid}-${processSpace}-${randomBytes(4).toString("hex")}.tmp`);

const isThere = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined;

async function isOld(folder: string): Promise<boolean> {
  const names = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
  const times = await Promise.all(
    [folder, ...names.map((name) => join(folder, name))].map(
      async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0,
    ),
  );
  return Math.max(...times) < Date.now() - abandonedAfterMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function alreadyThere(folder: string): PolyclinicError {
  return new PolyclinicError("file/exists", "already exists and is not overwritten", {
    where: folder,
    hint: "Choose another name or remove the folder first.",
  });
}

/**
 * One process per folder: a lock file that names its owner. Two programs writing into one folder would duplicate or
 * lose each other's results. The lock of a dead process is taken over; that of another machine or container is not,
 * because it cannot be determined whether its owner is alive.
 */
import { randomUUID } from "node:crypto";
import { link, open, readFile, readlink, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { PolyclinicError } from "../errors.ts";
import { makeFolder } from "../files.ts";

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Namespace of process ids: the host and, in containers, the PID namespace. */
  readonly place?: string;
  /** Start time of the process, which distinguishes it from a later one with the same id. */
  readonly began?: string;
  readonly token: string;
}

export interface FolderLock extends AsyncDisposable {
  release(): Promise<void>;
}

export interface LockNames {
  /** Name of the lock file. */
  readonly file: string;
  /** Code of the error if another process holds the lock. */
  readonly code: string;
  /** Description of the holder, such as `another batch`. */
  readonly what: string;
}

/** An empty lock file younger than this belongs to a process that is just writing it, ms. */
const writingMs = 10_000;

/** @throws PolyclinicError with the given code, naming the process that holds the folder; errors of the file system. */
export async function lockFolder(folder: string, names: LockNames): Promise<FolderLock> {
  await makeFolder(folder);
  const path = join(folder, names.file);
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    place: `${hostname()} ${await readlink("/proc/self/ns/pid").catch(() => "")}`.trim(),
    began: await beganAt(process.pid),
    token: randomUUID(),
  };
  const aside = `${path}.${own.token}`;
  try {
    await writeNew(aside, own);
    if (!(await place(aside, path, own))) await takeOver(aside, path, own, folder, names);
  } finally {
    await rm(aside, { force: true });
  }
  const release = async () => {
    if ((await holderOf(path))?.token === own.token) await rm(path, { force: true });
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** Creates the complete lock atomically if the file system supports links. @returns false if a lock exists. */
async function place(aside: string, path: string, own: Holder): Promise<boolean> {
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
  }
  // A file system without links.
  return writeNew(path, own).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
}

async function takeOver(aside: string, path: string, own: Holder, folder: string, names: LockNames): Promise<void> {
  const holder = await holderOf(path);
  if (holder === undefined ? await isFresh(path) : await lives(holder, own)) throw inUse(folder, names, holder);
  // Only one of several processes that find a dead lock may replace it; it checks again while holding the turn.
  const turn = `${path}.turn`;
  const before = await holderOf(turn);
  if (before !== undefined && !(await lives(before, own))) await rm(turn, { force: true });
  if (!(await place(aside, turn, own))) throw inUse(folder, names, before);
  try {
    const now = await holderOf(path);
    if (now?.token !== holder?.token) throw inUse(folder, names, now);
    await rename(aside, path);
  } finally {
    await rm(turn, { force: true });
  }
}

function inUse(folder: string, { file, code, what }: LockNames, holder: Holder | undefined): PolyclinicError {
  return new PolyclinicError(code, `is in use by ${what}`, {
    where: folder,
    found: holder === undefined ? "a lock file that is being written" : `process ${holder.pid} on ${holder.host}`,
    hint: `Wait for it, stop it, or choose another folder. If that process is no longer running, delete ${file} from the folder.`,
  });
}

async function lives(holder: Holder, own: Holder): Promise<boolean> {
  if (holder.host !== own.host || (holder.place !== undefined && holder.place !== own.place)) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return holder.began === undefined || holder.began === (await beganAt(holder.pid));
}

/** On Linux in clock ticks since boot (proc(5), field 22); empty elsewhere. */
async function beganAt(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

async function isFresh(path: string): Promise<boolean> {
  const touched = (await stat(path).catch(() => undefined))?.mtimeMs;
  return touched !== undefined && Date.now() - touched < writingMs;
}

async function writeNew(path: string, own: Holder): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(JSON.stringify(own));
  } finally {
    await file.close();
  }
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const { pid, host, place, began, token } = JSON.parse(await readFile(path, "utf8")) as Holder;
    return typeof token === "string" && Number.isInteger(pid) ? { pid, host, place, began, token } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * One process a folder: a lock file that names its owner. Two programs that write into one folder would double or lose each other's results.
 * The lock of a process that is gone is taken over; that of another machine or container is not, for nobody here can tell whether it lives.
 */
import { randomUUID } from "node:crypto";
import { link, open, readFile, readlink, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { PolyclinicError } from "./errors.ts";
import { makeFolder } from "./files.ts";

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Where process numbers are counted: the host and, in containers, their own namespace. */
  readonly place?: string;
  /** When the process began: tells it from a later one with the same number. */
  readonly began?: string;
  readonly token: string;
}

export interface FolderLock extends AsyncDisposable {
  release(): Promise<void>;
}

export interface LockNames {
  /** Of the file in the folder. */
  readonly file: string;
  /** Of the error, when another process holds it. */
  readonly code: string;
  /** What holds it, as `another batch`. */
  readonly what: string;
}

/** A lock file whose content is not there yet belongs to a process that is writing it. */
const writingMs = 10_000;

/** @throws PolyclinicError with the given code, naming the process that holds the folder; what the file system throws. */
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

/** The whole lock at once where the file system knows links, so that nobody reads half of it. @returns false when there is one already. */
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
  // Of several that find a dead lock one may replace it; it looks again while it alone may.
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

/** Linux says it in ticks since the machine began (proc(5), field 22); empty elsewhere. */
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

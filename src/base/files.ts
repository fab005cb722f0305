/** Atomic file writing (Node). */
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { PolyclinicError } from "./errors.ts";

/**
 * Writes a file atomically: writes beside it, flushes, renames.
 *
 * @param content the bytes, or a function that writes them to the open temporary file.
 * @param overwrite false (the default) refuses to replace an existing file, so that user data is never overwritten.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array | ((file: import("node:fs/promises").FileHandle) => Promise<void>),
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await makeFolder(dirname(path));
    if (!overwrite) await refuseExisting(path);
    const file = await open(aside, "wx");
    try {
      if (typeof content === "function") await content(file);
      else await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (cause) {
    await rm(aside, { force: true });
    throw PolyclinicError.is(cause) ? cause : cannotWrite(path, cause, "No partial file was left.");
  }
}

/** The error `file/write` for a file system error. @param left a sentence about the state of the file. */
export function cannotWrite(where: string, cause: unknown, left?: string): PolyclinicError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
  const hint = [
    full
      ? "The disk is full: free some space."
      : left === undefined && "Choose a folder that you have permission to write to.",
    left,
  ];
  return new PolyclinicError("file/write", `cannot be written${code ? ` (${code})` : ""}`, {
    where,
    hint: hint.filter(Boolean).join(" "),
    cause,
  });
}

/**
 * Tests whether a folder, or its nearest existing parent, accepts new files. It writes and removes a probe file,
 * because permissions alone are not sufficient (a read-only mount, /proc, a full disk).
 *
 * @returns what prevents writing; undefined if nothing does.
 */
export async function writeObstacle(folder: string): Promise<string | undefined> {
  const probe = join(folder, `.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await (await open(probe, "wx")).close();
    await rm(probe);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const there = await stat(folder).catch(() => undefined);
    if (there === undefined && dirname(folder) !== folder) return writeObstacle(dirname(folder));
    if (code === "ENOTDIR") return `${folder} is a file, not a folder`;
    if (code === "ENOSPC") return `the disk that holds ${folder} is full`;
    return `no file can be created in ${folder} (${code})`;
  }
}

/** @throws `file/write` when the folder, or its nearest existing parent, accepts no files. */
export async function requireFolder(folder: string, where = folder): Promise<void> {
  const fault = await writeObstacle(folder);
  if (fault !== undefined)
    throw new PolyclinicError("file/write", `cannot be written: ${fault}`, {
      where,
      hint: "Choose a folder that you have permission to write to.",
    });
}

/**
 * Checks that `path` can be written as a new file; missing parent folders do not matter.
 *
 * @throws `file/exists` when the path exists, `file/write` when its folder accepts no files.
 */
export async function requireFree(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) throw exists(path);
  await requireFolder(dirname(resolve(path)), path);
}

/**
 * Like `mkdir -p`. Node's own recursive mkdir never returns if a file system rejects a folder with ENOENT, as /proc
 * does.
 */
export async function makeFolder(folder: string): Promise<void> {
  const failed = await mkdir(folder).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  );
  if (failed === undefined || failed.code === "EEXIST") return;
  if (failed.code !== "ENOENT" || dirname(folder) === folder) throw failed;
  await makeFolder(dirname(folder));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

async function refuseExisting(path: string): Promise<void> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return;
  await file.close();
  throw exists(path);
}

function exists(path: string): PolyclinicError {
  return new PolyclinicError("file/exists", "already exists and is not overwritten", {
    where: path,
    hint: "Choose another name or remove the file first.",
  });
}

/** Downloads one file, resuming a partial download, and verifies its checksum before giving it its final name. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { makeFolder } from "../../base/files.ts";
import { lockFile } from "../../base/lock/file.ts";
import { bodyOf } from "../../base/response-body.ts";
import { authorised, type HubFile, hubFailure, reach } from "./hub-api.ts";

/** Attempts per file; each resumes where the previous one stopped. */
const attempts = 5;

export interface Source {
  readonly base: string;
  readonly name: string;
  readonly revision: string;
  readonly token: string | undefined;
}

/** @param onBytes called with the number of bytes of this file on disk. */
export async function download(
  source: Source,
  file: HubFile,
  folder: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = join(folder, file.path);
  const part = `${path}.part`;
  await makeFolder(dirname(path));
  const there = async () => (await sizeOf(path)) === file.bytes && (await isIntact(path, file));
  if (await there()) return onBytes(file.bytes);
  // Only one process downloads a file at a time; others wait for it and then use the result.
  const lock = await lockFile(`${part}.lock`, signal);
  try {
    if (await there()) return onBytes(file.bytes);
    await downloadHere(source, file, part, path, onBytes, signal);
  } finally {
    await lock.release();
  }
}

async function downloadHere(
  source: Source,
  file: HubFile,
  part: string,
  path: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchRest(source, file, part, onBytes, signal);
      break;
    } catch (error) {
      const again = PolyclinicError.is(error) && error.retryable && attempt < attempts;
      if (!again) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs * 2 ** (attempt - 1)));
      throwIfAborted(signal);
    }
  }
  if (!(await isIntact(part, file))) {
    await rm(part, { force: true });
    throw new PolyclinicError("hub/checksum", "the downloaded file was damaged and has been deleted", {
      where: file.path,
      expected: file.sha256 ?? file.gitBlob,
      hint: "Run the same command again; if the error repeats, the mirror has a wrong file.",
    });
  }
  await rename(part, path);
}

const retryDelayMs = 200;

async function fetchRest(
  { base, name, revision, token }: Source,
  file: HubFile,
  part: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let have = (await sizeOf(part)) ?? 0;
  if (have > file.bytes) {
    await rm(part);
    have = 0;
  }
  if (have === file.bytes && have > 0) return;
  const url = `${base}/${name}/resolve/${revision}/${file.path.split("/").map(encodeURIComponent).join("/")}`;
  const range: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
  const response = await reach(url, { headers: { ...authorised(token), ...range }, signal });
  if (!response.ok) throw await hubFailure(response, base, name, token, signal);
  // A server that does not support resuming sends the whole file.
  if (have > 0 && response.status !== 206) have = 0;
  const output = await open(part, have > 0 ? "a" : "w").catch((cause: NodeJS.ErrnoException) => {
    throw new PolyclinicError("hub/write", `cannot be written (${cause.code})`, {
      where: part,
      hint: "Set POLYCLINIC_CACHE to a writable folder.",
      cause,
    });
  });
  try {
    let written = have;
    onBytes(written);
    for await (const bytes of bodyOf(response, signal)) {
      if (written + bytes.length > file.bytes) {
        // The data cannot be trusted, and the stream may never end.
        await output.truncate(0);
        throw new PolyclinicError("hub/checksum", "is longer than the hub states", {
          where: file.path,
          expected: `${file.bytes} bytes`,
          found: `${written + bytes.length} bytes or more`,
          hint: "Check HF_ENDPOINT: the mirror has a wrong file.",
        });
      }
      await output.write(bytes);
      written += bytes.length;
      onBytes(written);
    }
    if (written < file.bytes) throw broken(file, written);
  } catch (cause) {
    if (signal?.aborted) throw new PolyclinicError("abort/aborted", "stopped on request", { cause });
    if (PolyclinicError.is(cause)) throw cause;
    if ((cause as NodeJS.ErrnoException).code === "ENOSPC")
      throw new PolyclinicError("hub/disk-full", "the disk is full", {
        where: part,
        hint: "Free some space and run the command again: the download resumes.",
        cause,
      });
    throw broken(file, (await sizeOf(part)) ?? 0, cause);
  } finally {
    await output.close();
  }
}

function broken(file: HubFile, found: number, cause?: unknown): PolyclinicError {
  return new PolyclinicError("hub/interrupted", "the download was interrupted", {
    where: file.path,
    expected: `${file.bytes} bytes`,
    found: `${found}`,
    hint: "Run the same command again: the download resumes.",
    retryable: true,
    cause,
  });
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

/** Against the LFS pointer's SHA-256, or git's SHA-1 of a small file. */
export async function isIntact(path: string, { bytes, sha256, gitBlob }: HubFile): Promise<boolean> {
  if ((await sizeOf(path)) !== bytes) return false;
  if (sha256 !== undefined) return (await digest(path, createHash("sha256"))) === sha256;
  if (gitBlob !== undefined) return (await digest(path, createHash("sha1").update(`blob ${bytes}\0`))) === gitBlob;
  return true;
}

async function digest(path: string, hash: Hash): Promise<string> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** A folder that appears complete or not at all: filled beside its place, then moved there. */
import { randomBytes } from "node:crypto";
import { rename, rm, stat } from "node:fs/promises";
import { PolyclinicError } from "../base/errors.ts";
import { makeFolder } from "../base/files.ts";

/** Throws `file/exists` where the folder is already there, `file/write` where it cannot be written; nothing is left behind then. */
export async function writeFolder(folder: string, fill: (aside: string) => Promise<void>): Promise<void> {
  if (await stat(folder).catch(() => undefined)) {
    throw new PolyclinicError("file/exists", "already exists and is not written over", {
      where: folder,
      hint: "Choose another name or remove the folder first.",
    });
  }
  const aside = `${folder}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await makeFolder(aside);
    await fill(aside);
    await rename(aside, folder);
  } catch (cause) {
    await rm(aside, { recursive: true, force: true });
    if (PolyclinicError.is(cause)) throw cause;
    throw new PolyclinicError("file/write", "cannot be written", {
      where: folder,
      found: (cause as NodeJS.ErrnoException).code,
      hint: "Nothing was left behind.",
      cause,
    });
  }
}

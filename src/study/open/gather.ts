/** Finds the files for a caller's inputs: walks folders, opens archives, follows links once, reads streams. */

import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { readdir, realpath, stat } from "../../base/host/files.ts";
import { join, sep } from "../../base/host/path.ts";
import { type ByteSource, dataSource, diskSource, headOf, type NamedData, unreadable } from "../../bytes/index.ts";
import type { Limits, Warning } from "../../imaging/types.ts";
import type { OpenArchive } from "./archive/archive.ts";
import { type FileKind, headBytes, recognise } from "./recognise.ts";

export interface Found {
  readonly source: ByteSource;
  readonly kind: FileKind;
  /** Named by the caller, as opposed to found in a folder or an archive. */
  readonly named: boolean;
}

export interface Gathered {
  /** In the order of the inputs; inside a folder by name, numbers by value. */
  readonly found: readonly Found[];
  readonly leftOut: { file: string; reason: string }[];
  readonly warnings: Warning[];
  /** Closes the archives, whose entries cannot be read afterwards. */
  close(): void;
}

const byName = new Intl.Collator("en", { numeric: true }).compare;
const systemFiles = /^(\.DS_Store|Thumbs\.db|desktop\.ini|\._.*|__MACOSX)$/i;

/** @throws `file/unreadable` for a path that does not exist, `limit/entries`, and the errors of archives. */
export async function gather(
  inputs: readonly (string | NamedData | ByteSource)[],
  limits: Limits,
  signal?: AbortSignal,
): Promise<Gathered> {
  const found: Found[] = [];
  const leftOut: { file: string; reason: string }[] = [];
  const warnings: Warning[] = [];
  const archives: OpenArchive[] = [];
  const folders = new Set<string>();
  const files = new Set<string>();

  const add = async (source: ByteSource, named: boolean, inArchive: boolean) => {
    throwIfAborted(signal);
    if (found.length + leftOut.length >= limits.maxEntries) throw tooManyFiles(source.name, limits);
    if (!inArchive) limits.budget?.addFile(source.size);
    const kind = recognise(await headOf(source, headBytes));
    if (kind.kind !== "zip") {
      found.push({ source, kind, named });
      return;
    }
    if (inArchive) {
      leftOut.push({
        file: source.name,
        reason: "an archive inside an archive is not opened: extract the outer one first",
      });
      return;
    }
    const { openArchive } = await import("./archive/archive.ts");
    const archive = await openArchive(source, limits, signal);
    archives.push(archive);
    leftOut.push(...archive.leftOut);
    for (const entry of [...archive.entries].sort((a, b) => byName(a.name, b.name))) {
      const base = entry.name.split("/").at(-1) ?? "";
      if (systemFiles.test(base) || entry.name.includes("/__MACOSX/")) {
        leftOut.push({ file: entry.name, reason: "a file of the operating system" });
      } else await add(entry, false, true);
    }
  };

  const visit = async (path: string, named: boolean): Promise<void> => {
    throwIfAborted(signal);
    const real = await realpath(path).catch((cause) => {
      throw unreadable(path, cause);
    });
    const info = await stat(real);
    if (info.isFile()) {
      if (files.has(real)) {
        leftOut.push({ file: path, reason: "the same file is named or linked twice" });
        return;
      }
      files.add(real);
      await add(diskSource(path), named, false);
    } else if (!info.isDirectory()) {
      leftOut.push({ file: path, reason: "neither a file nor a folder (a device, pipe or socket)" });
    } else if (folders.has(real)) {
      warnings.push({
        code: "study/folder-again",
        message: "a link to a folder that has already been read",
        where: path,
      });
    } else if (
      !named &&
      [...folders].some((folder) => `${folder}${sep}`.startsWith(real.endsWith(sep) ? real : `${real}${sep}`))
    ) {
      // Do not go above the named folder, which may contain other studies.
      warnings.push({
        code: "study/folder-above",
        message: "a link to a folder that contains this study's folder; it is not followed",
        where: path,
      });
    } else {
      folders.add(real);
      await visitFolder(path);
    }
  };

  const visitFolder = async (folder: string): Promise<void> => {
    const names = await readdir(folder).catch((cause) => {
      throw unreadable(folder, cause);
    });
    for (const name of names.sort(byName)) {
      const path = join(folder, name);
      if (systemFiles.test(name)) {
        leftOut.push({ file: path, reason: "a file of the operating system" });
        continue;
      }
      try {
        await visit(path, false);
      } catch (error) {
        // An unreadable file inside a folder is reported and not fatal; exceeded limits and aborts are.
        if (!PolyclinicError.is(error) || error.code.startsWith("limit/") || error.code.startsWith("abort/"))
          throw error;
        leftOut.push({ file: path, reason: error.message });
      }
    }
  };

  const close = () => {
    for (const archive of archives) archive.close();
  };
  try {
    for (const input of inputs) {
      if (typeof input === "string") await visit(input, true);
      else if ("read" in input) await add(input, true, false);
      else await add(await dataSource(input, limits.maxBytes, signal), true, false);
    }
  } catch (error) {
    close();
    throw error;
  }
  return { found, leftOut, warnings, close };
}

function tooManyFiles(where: string, limits: Limits): PolyclinicError {
  return new PolyclinicError("limit/entries", "too many files for one study", {
    where,
    expected: `at most ${limits.maxEntries}`,
    hint: "Name a subfolder, or raise limits.maxEntries.",
  });
}

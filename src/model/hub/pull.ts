/** `polyclinic models pull`: a checkpoint from the hub, a mirror, or a folder copied from another machine. */
import { constants } from "node:fs";
import { copyFile, readdir, rename, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { makeFolder, writeWhole } from "../../base/files.ts";
import type { Work } from "../../base/progress.ts";
import { download, isIntact } from "./download.ts";
import { describeModel, endpoint, type HubFile, hubToken } from "./hub-api.ts";
import { manifestName, modelFolder, type PullManifest, readManifest } from "./store.ts";

/** Which revision of a model is downloaded, and from where. */
export interface PullOptions extends Work {
  /** A branch, tag or commit. Default `main`. */
  revision?: string;
  /** A folder that already contains the model's files, for a machine without network access. */
  from?: string;
  env?: NodeJS.ProcessEnv;
}

/** The local copy of a model after a download. */
export interface Pulled {
  readonly folder: string;
  readonly manifest: PullManifest;
  /** True if everything was already present. */
  readonly unchanged: boolean;
}

/**
 * Files get their final names only when complete and verified; an interrupted pull resumes.
 *
 * @throws PolyclinicError `hub/...`: no network, no token, licence not accepted, no such model, no space, damaged.
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<Pulled> {
  const env = options.env ?? process.env;
  const folder = modelFolder(name, env);
  if (options.from !== undefined) return pullFromFolder(name, folder, options.from, options);
  const base = endpoint(env);
  const token = await hubToken(env);
  const { revision, files } = await describeModel(base, name, options.revision ?? "main", token, options.signal);
  const before = await readManifest(folder);
  if (before?.revision === revision && (await allPresent(folder, files)))
    return { folder, manifest: before, unchanged: true };
  await requireSpace(folder, files);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  // Small files first: a wrong name or a missing licence is detected before gigabytes are downloaded.
  for (const file of [...files].sort((a, b) => a.bytes - b.bytes)) {
    throwIfAborted(options.signal);
    await download(
      { base, name, revision, token },
      file,
      folder,
      (bytes) => {
        options.onProgress?.({ stage: file.path, done: done + bytes, total, unit: "bytes" });
      },
      options.signal,
    );
    done += file.bytes;
  }
  return finish(folder, { name, revision, from: base, files });
}

async function finish(folder: string, manifest: PullManifest): Promise<Pulled> {
  await writeWhole(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { overwrite: true });
  return { folder, manifest, unchanged: false };
}

async function allPresent(folder: string, files: readonly HubFile[]): Promise<boolean> {
  for (const { path, bytes } of files)
    if ((await stat(join(folder, path)).catch(() => undefined))?.size !== bytes) return false;
  return true;
}

async function requireSpace(folder: string, files: readonly HubFile[]): Promise<void> {
  let missing = 0;
  for (const { path, bytes } of files) {
    const here =
      (await stat(join(folder, path)).catch(() => undefined)) ??
      (await stat(join(folder, `${path}.part`)).catch(() => undefined));
    missing += Math.max(0, bytes - (here?.size ?? 0));
  }
  await makeFolder(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new PolyclinicError("hub/write", `cannot be written (${cause.code})`, {
      where: folder,
      hint: "Set POLYCLINIC_CACHE to a writable folder.",
      cause,
    });
  });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= missing) return;
  throw new PolyclinicError("hub/disk-full", "there is not enough space for the model", {
    where: folder,
    expected: `${(missing / 1e9).toFixed(2)} GB free`,
    found: `${((bavail * bsize) / 1e9).toFixed(2)} GB`,
    hint: "Free some space, or set POLYCLINIC_CACHE to a folder on another disk.",
  });
}

/** Copies a complete checkpoint folder, or a folder of this store from another machine, whose checksums are then verified. */
async function pullFromFolder(name: string, folder: string, from: string, options: PullOptions): Promise<Pulled> {
  const names = await readdir(from).catch((cause: NodeJS.ErrnoException) => {
    throw new PolyclinicError("hub/no-folder", `cannot be read (${cause.code})`, {
      where: from,
      expected: "a folder",
      cause,
    });
  });
  const carried = await readManifest(from);
  const paths = names.filter(
    (path) =>
      /\.(?:json|safetensors|jinja|model)$|^(?:README\.md|LICEN[CS]E|NOTICE)/i.test(path) && path !== manifestName,
  );
  const missing = ["config.json", "tokenizer.json"].filter((path) => !paths.includes(path));
  if (!paths.some((path) => path.endsWith(".safetensors"))) missing.push("*.safetensors");
  if (missing.length > 0)
    throw new PolyclinicError("hub/incomplete-folder", "the folder is not a complete checkpoint", {
      where: from,
      expected: missing.join(", "),
      found: paths.join(", ") || "no checkpoint files",
    });
  const files: HubFile[] = [];
  for (const path of paths) {
    const known = carried?.files.find((file) => file.path === path);
    files.push(known ?? { path, bytes: (await stat(join(from, path))).size });
  }
  await requireSpace(folder, files);
  let done = 0;
  for (const [i, file] of files.entries()) {
    throwIfAborted(options.signal);
    options.onProgress?.({ stage: file.path, done: i, total: files.length, unit: "files" });
    const source = join(from, file.path);
    if (!(await isIntact(source, file)))
      throw new PolyclinicError("hub/checksum", "is damaged", {
        where: source,
        hint: "Copy it again from the other machine.",
      });
    const target = join(folder, file.path);
    await makeFolder(dirname(target));
    // A copy-on-write clone if the file system supports it, so that the weights do not take space twice.
    await copyFile(source, `${target}.part`, constants.COPYFILE_FICLONE);
    await rename(`${target}.part`, target);
    done++;
  }
  options.onProgress?.({ stage: "copied", done, total: files.length, unit: "files" });
  return finish(folder, { name, revision: carried?.revision ?? "unknown", from: "folder", files });
}

/** The folder of pulled models, and which of them are complete. */

import { readdir, readFile, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { clinicName, embeddedName } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { defaultCacheFolder } from "../engine/prepare/cache-folder.ts";

/** Written last: a model folder without it is incomplete. */
export const manifestName = "polyclinic-pull.json";

/** Provenance of a downloaded model: commit and files with their hashes. */
export interface PullManifest {
  readonly name: string;
  /** The commit that was pulled. */
  readonly revision: string;
  /** Where it came from: the hub's address, or `folder`. */
  readonly from: string;
  readonly files: readonly {
    readonly path: string;
    readonly bytes: number;
    readonly sha256?: string;
    readonly gitBlob?: string;
  }[];
}

/** A model in the local store. */
export interface StoredModel {
  readonly name: string;
  readonly folder: string;
  readonly bytes: number;
  /** Absent while it is incomplete. */
  readonly manifest?: PullManifest;
}

/** `google/medgemma-1.5-4b-it`. */
export const hubName = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

export function checkHubName(name: string): void {
  if (hubName.test(name) && !name.includes("..") && !name.includes("--")) return;
  throw new PolyclinicError("hub/name", "this is not a valid hub model name", {
    where: name,
    expected: `owner/name, such as google/medgemma-1.5-4b-it; ${embeddedName} and ${clinicName} are part of the package and cannot be pulled or removed`,
  });
}

export function storeFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(defaultCacheFolder(env), "hub");
}

/** The folder of a pulled model, whether or not it exists. */
export function modelFolder(name: string, env: NodeJS.ProcessEnv = process.env): string {
  checkHubName(name);
  return join(storeFolder(env), name.replace("/", "--"));
}

export async function readManifest(folder: string): Promise<PullManifest | undefined> {
  const text = await readFile(join(folder, manifestName), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as PullManifest;
  } catch {
    // A damaged manifest counts as missing: the pull is repeated, and existing files are verified.
    return undefined;
  }
}

/** All pulled models, including incomplete ones. */
export async function listStored(env: NodeJS.ProcessEnv = process.env): Promise<StoredModel[]> {
  const names = await readdir(storeFolder(env)).catch(() => [] as string[]);
  const models: StoredModel[] = [];
  for (const entry of names.filter((name) => name.includes("--")).sort()) {
    const folder = join(storeFolder(env), entry);
    const manifest = await readManifest(folder);
    models.push({
      name: entry.replace("--", "/"),
      folder,
      bytes: await folderBytes(folder),
      ...(manifest && { manifest }),
    });
  }
  return models;
}

/** @returns the bytes that were freed. */
export async function removeStored(name: string, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const folder = modelFolder(name, env);
  const bytes = await folderBytes(folder);
  if (bytes === 0 && (await stat(folder).catch(() => undefined)) === undefined)
    throw new PolyclinicError("hub/not-pulled", "this model is not on this machine", {
      where: name,
      hint: "`polyclinic models list` shows the models on this machine.",
    });
  await rm(folder, { recursive: true });
  return bytes;
}

/** The folder of a completely downloaded model, pulled or in Hugging Face's own cache; otherwise undefined. */
export async function findStored(name: string, env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const folder = modelFolder(name, env);
  if ((await readManifest(folder)) !== undefined) return folder;
  return findInHuggingFaceCache(name, env);
}

/** True if a pull was started and not finished. */
export async function isIncomplete(name: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const folder = modelFolder(name, env);
  return (await stat(folder).catch(() => undefined)) !== undefined && (await readManifest(folder)) === undefined;
}

/** The layout of huggingface_hub: `models--owner--name/refs/main` names the snapshot. */
async function findInHuggingFaceCache(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const cache =
    env.HF_HUB_CACHE ??
    env.HUGGINGFACE_HUB_CACHE ??
    join(env.HF_HOME ?? join(homedir(), ".cache", "huggingface"), "hub");
  const folder = join(cache, `models--${name.replace("/", "--")}`);
  const commit = await readFile(join(folder, "refs", "main"), "utf8").catch(() => undefined);
  if (commit === undefined) return undefined;
  const snapshot = join(folder, "snapshots", commit.trim());
  const files = await readdir(snapshot).catch(() => [] as string[]);
  const whole = files.includes("config.json") && files.some((file) => file.endsWith(".safetensors"));
  return whole ? snapshot : undefined;
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}

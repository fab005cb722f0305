/**
 * Backup and restore of an embedded store: a dump of the database, the files named by their hashes, and a manifest that
 * shows whether the backup is complete.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { version } from "../../base/version.ts";
import { Audit } from "../access/audit.ts";
import { openStore } from "../store/index.ts";

interface Listed {
  readonly schema: "polyclinic.backup/1";
  readonly version: string;
  readonly at: string;
  /** SHA-256 of `database.tar.gz`. */
  readonly databaseSha256: string;
  /** Names of the files, which are the hashes of their contents. */
  readonly files: readonly string[];
  /** Last hash of the audit chain. */
  readonly auditHead: string;
}

/**
 * @param data folder of a stopped server.
 * @param output must not exist; it is written atomically.
 * @throws PolyclinicError `file/exists`, `server/data-in-use`, `backup/damaged` for a file of the store whose content
 * does not match its name.
 */
export async function backUp(data: string, output: string): Promise<Listed> {
  await requireAbsent(output);
  const store = await openStore({ folder: data });
  const aside = `${output}.part`;
  try {
    await rm(aside, { recursive: true, force: true });
    await mkdir(aside, { recursive: true });
    const dump = await store.database.dump!();
    await writeFile(join(aside, "database.tar.gz"), dump);
    const files = await filesOf(join(data, "files"));
    await mkdir(join(aside, "files"));
    if (files.length > 0) await cp(join(data, "files"), join(aside, "files"), { recursive: true });
    await requireWhole(join(aside, "files"), files);
    const { head } = await new Audit(store.database).verify();
    const listed: Listed = {
      schema: "polyclinic.backup/1",
      version,
      at: new Date().toISOString(),
      databaseSha256: createHash("sha256").update(dump).digest("hex"),
      files,
      auditHead: head,
    };
    await writeFile(join(aside, "backup.json"), `${JSON.stringify(listed, undefined, 2)}\n`);
    await rename(aside, output);
    return listed;
  } finally {
    await rm(aside, { recursive: true, force: true });
    await store.close();
  }
}

/**
 * @param data must not exist.
 * @throws PolyclinicError `file/exists`, `backup/damaged` for an incomplete backup; nothing is then left behind.
 */
export async function restore(backup: string, data: string): Promise<Listed> {
  await requireAbsent(data);
  const listed = await listOf(backup);
  const dump = await readFile(join(backup, "database.tar.gz"));
  if (createHash("sha256").update(dump).digest("hex") !== listed.databaseSha256)
    throw damaged(join(backup, "database.tar.gz"), "contents that changed since the backup");
  await requireWhole(join(backup, "files"), listed.files);
  const aside = `${data}.part`;
  try {
    await rm(aside, { recursive: true, force: true });
    await mkdir(aside, { recursive: true });
    const { restoreEmbedded } = await import("../store/embedded.ts");
    await restoreEmbedded(aside, dump);
    await cp(join(backup, "files"), join(aside, "files"), { recursive: true });
    const store = await openStore({ folder: aside });
    const { broken, head } = await new Audit(store.database).verify().finally(() => store.close());
    if (broken !== undefined || head !== listed.auditHead)
      throw damaged(backup, "an audit log that does not match the manifest");
    await rename(aside, data);
    return listed;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function requireAbsent(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) return;
  throw new PolyclinicError("file/exists", "already exists", {
    where: path,
    hint: "Choose a folder that does not exist yet: nothing is overwritten.",
  });
}

async function listOf(backup: string): Promise<Listed> {
  const path = join(backup, "backup.json");
  const text = await readFile(path, "utf8").catch(() => {
    throw damaged(backup, "no backup.json");
  });
  try {
    const listed = JSON.parse(text) as Listed;
    if (listed.schema === "polyclinic.backup/1") return listed;
  } catch {}
  throw damaged(path, "not a manifest written by polyclinic backup");
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.flatMap((name) => /(?:^|[/\\])([0-9a-f]{64})$/.exec(name)?.[1] ?? []).sort();
}

async function requireWhole(folder: string, files: readonly string[]): Promise<void> {
  for (const name of files) {
    const path = join(folder, name.slice(0, 2), name);
    const hash = createHash("sha256");
    try {
      for await (const piece of createReadStream(path)) hash.update(piece);
    } catch {
      throw damaged(path, "no such file");
    }
    if (hash.digest("hex") !== name) throw damaged(path, "contents that do not match its name (SHA-256)");
  }
}

const damaged = (where: string, found: string) =>
  new PolyclinicError("backup/damaged", "the backup is incomplete or damaged", {
    where,
    found,
    hint: "Use another backup.",
  });

/** PostgreSQL inside this process (PGlite), its files in a folder. */
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PolyclinicError } from "../../base/errors.ts";
import type { Database } from "./database.ts";
import { EmbeddedClient } from "./embedded-client.ts";
import { lockFolder } from "./lock.ts";

/** PGlite starts PostgreSQL with `-F` (no fsync); a signed report must be on disk when the answer says so. */
const startParams = PGlite.defaultStartParams.filter((parameter) => parameter !== "-F");

/** An empty cluster, made by `npm run build`: loading it takes a quarter of the time that making one does. */
const cluster = fileURLToPath(new URL("../../../dist/cluster.tar.gz", import.meta.url));

/** Options that make a new database; without a built cluster PGlite makes its own. */
export async function newCluster(): Promise<{ loadDataDir?: Blob }> {
  const bytes = await readFile(cluster).catch(() => undefined);
  return bytes === undefined ? {} : { loadDataDir: new Blob([bytes], { type: "application/x-gzip" }) };
}

/** @throws PolyclinicError `server/data-in-use`, `server/database`. */
export async function openEmbedded(folder: string): Promise<Database> {
  const unlock = await lockFolder(folder);
  const dataDir = join(folder, "database");
  // Stands there while the files are made: what a killed process left half made holds nothing and is made again.
  const incomplete = join(folder, "database.incomplete");
  try {
    if (existsSync(incomplete)) await rm(dataDir, { recursive: true, force: true });
    const isNew = !existsSync(join(dataDir, "PG_VERSION"));
    if (isNew) await writeFile(incomplete, "");
    const pglite = await PGlite.create({ dataDir, startParams, ...(isNew && (await newCluster())) });
    if (isNew) await rm(incomplete, { force: true });
    return await embeddedDatabase(pglite, unlock);
  } catch (cause) {
    await unlock();
    throw new PolyclinicError("server/database", "the embedded database cannot be opened", {
      where: join(folder, "database"),
      found: (cause as Error).message,
      hint: "Restore a backup of the whole data folder that was made while the server was stopped.",
      cause,
    });
  }
}

/**
 * A database in memory only, for tests and trials.
 *
 * @param copy of another's files (`dumpDataDir`): opening them takes a third of the time that making new ones does.
 */
export async function openInMemory(copy?: Blob): Promise<Database> {
  return embeddedDatabase(
    await PGlite.create(copy === undefined ? await newCluster() : { loadDataDir: copy }),
    async () => {},
  );
}

/** Makes the database of a folder from what `dump` gave. */
export async function restoreEmbedded(folder: string, dump: Uint8Array): Promise<void> {
  const pglite = await PGlite.create({
    dataDir: join(folder, "database"),
    startParams,
    loadDataDir: new Blob([dump as Uint8Array<ArrayBuffer>], { type: "application/x-gzip" }),
  });
  await pglite.close();
}

async function embeddedDatabase(pglite: PGlite, unlock: () => Promise<void>): Promise<Database> {
  const client = await EmbeddedClient.open(pglite);
  return {
    kind: "embedded",
    query: (text, values) => client.query(text, values),
    transaction: (work) => client.transaction(work),
    dump: () => client.dump(),
    script: (text) => client.script(text),
    async close() {
      await client.close();
      await unlock();
    },
  };
}

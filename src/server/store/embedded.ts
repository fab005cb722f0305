/** PostgreSQL inside this process (PGlite), with its files in a folder. */
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PolyclinicError } from "../../base/errors.ts";
import type { Database } from "./database.ts";
import { EmbeddedClient } from "./embedded-client.ts";
import { lockFolder } from "./lock.ts";

/** PGlite starts PostgreSQL with `-F` (no fsync); a signed report must be on disk when the response confirms it. */
const startParams = PGlite.defaultStartParams.filter((parameter) => parameter !== "-F");

/** An empty cluster, made by `npm run build`: loading it takes a quarter of the time of creating one. */
const cluster = fileURLToPath(new URL("../../../dist/cluster.tar.gz", import.meta.url));

/** Options for a new database; without a prebuilt cluster PGlite creates one. */
export async function newCluster(): Promise<{ loadDataDir?: Blob }> {
  const bytes = await readFile(cluster).catch(() => undefined);
  return bytes === undefined ? {} : { loadDataDir: new Blob([bytes], { type: "application/x-gzip" }) };
}

/** @throws PolyclinicError `server/data-in-use`, `server/database`. */
export async function openEmbedded(folder: string): Promise<Database> {
  const unlock = await lockFolder(folder);
  const dataDir = join(folder, "database");
  // Marks a database that is being created: after a kill the incomplete files contain no data and are created again.
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
 * A database in memory, for tests and trials.
 *
 * @param copy the files of another database (`dumpDataDir`): opening them takes a third of the time of creating new
 * ones.
 */
export async function openInMemory(copy?: Blob): Promise<Database> {
  return embeddedDatabase(
    await PGlite.create(copy === undefined ? await newCluster() : { loadDataDir: copy }),
    async () => {},
  );
}

/** Creates the database of a folder from the archive that `dump` returned. */
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

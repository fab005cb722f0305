/** PostgreSQL inside this process (PGlite), its files in a folder. */
import { join } from "node:path";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { PolyclinicError } from "../../base/errors.ts";
import type { Database, Rows, Sql } from "./database.ts";
import { lockFolder } from "./lock.ts";

/** PGlite starts PostgreSQL with `-F` (no fsync); a signed report must be on disk when the answer says so. */
const startParams = PGlite.defaultStartParams.filter((parameter) => parameter !== "-F");

/** @throws PolyclinicError `server/data-in-use`, `server/database`. */
export async function openEmbedded(folder: string): Promise<Database> {
  const unlock = await lockFolder(folder);
  try {
    const pglite = await PGlite.create({ dataDir: join(folder, "database"), startParams });
    return embeddedDatabase(pglite, unlock);
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
  return embeddedDatabase(await PGlite.create(copy === undefined ? {} : { loadDataDir: copy }), async () => {});
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

function embeddedDatabase(pglite: PGlite, unlock: () => Promise<void>): Database {
  return {
    kind: "embedded",
    ...sqlOf(pglite),
    transaction: (work) => pglite.transaction((transaction) => work(sqlOf(transaction))),
    dump: async () => new Uint8Array(await (await pglite.dumpDataDir("gzip")).arrayBuffer()),
    script: async (text) => void (await pglite.exec(text)),
    async close() {
      await pglite.close();
      await unlock();
    },
  };
}

function sqlOf(pglite: Pick<PGlite | Transaction, "query">): Sql {
  return {
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Rows<Row>> {
      const { rows, affectedRows } = await pglite.query<Row>(text, [...values]);
      return { rows, affected: affectedRows ?? 0 };
    },
  };
}

/** The server's storage: a database and a folder of files. */
import { join } from "node:path";
import type { Database } from "./database.ts";
import { FileStore } from "./files.ts";
import { migrate } from "./migrate.ts";

export type { Database, Sql } from "./database.ts";
export { FileStore } from "./files.ts";

export interface Store {
  readonly database: Database;
  readonly files: FileStore;
  close(): Promise<void>;
}

/**
 * Removes a file unless a study still refers to it, as an upload, a thumbnail or the tiles of an image: identical contents may belong to
 * several.
 */
export async function removeUnnamed(
  { database, files }: Pick<Store, "database" | "files">,
  sha256: string,
): Promise<void> {
  const { rows } = await database.query(
    `select 1 from file where sha256 = $1 union all select 1 from study where thumbnail = $1
      union all select 1 from pyramid where sha256 = $1 limit 1`,
    [sha256],
  );
  if (rows.length === 0) await files.remove(sha256);
}

/**
 * @param folder holds the embedded database and the files.
 * @param databaseUrl URL of a PostgreSQL server to use instead of the embedded database; required for workers on other
 * machines, which also need the folder shared.
 */
export async function openStore({ folder, databaseUrl }: { folder: string; databaseUrl?: string }): Promise<Store> {
  const database =
    databaseUrl === undefined
      ? await (await import("./embedded.ts")).openEmbedded(folder)
      : await (await import("./postgres.ts")).openPostgres(databaseUrl);
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return { database, files: new FileStore(join(folder, "files")), close: () => database.close() };
}

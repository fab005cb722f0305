/** Where the server keeps what it knows: a database and a folder of files. */
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
 * @param folder holds the embedded database and the files.
 * @param databaseUrl of a PostgreSQL server, instead of the embedded one; workers on other machines need it, and a folder they share.
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

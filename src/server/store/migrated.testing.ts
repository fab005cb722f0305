/** In-memory databases with all tables, for tests: the first of a process is created, the others are copies of it. */
import { PGlite } from "@electric-sql/pglite";
import type { Database } from "./database.ts";
import { newCluster, openInMemory } from "./embedded.ts";
import { migrate } from "./migrate.ts";

let template: Promise<Blob> | undefined;

export async function migratedDatabase(): Promise<Database> {
  template ??= (async () => {
    const pglite = await PGlite.create(await newCluster());
    const rows = async (text: string, values: readonly unknown[] = []) => {
      const { rows, affectedRows } = await pglite.query(text, [...values]);
      return { rows: rows as never[], affected: affectedRows ?? 0 };
    };
    await migrate({
      kind: "embedded",
      query: rows,
      transaction: (work) => work({ query: rows }),
      script: async (text) => void (await pglite.exec(text)),
      close: () => pglite.close(),
    });
    const copy = await pglite.dumpDataDir("none");
    await pglite.close();
    return copy;
  })();
  return openInMemory(await template);
}

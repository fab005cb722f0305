/**
 * Writes `dist/cluster.tar.gz`: the files of an empty PostgreSQL cluster, as PGlite creates them. Creating them takes
 * six seconds of a server's first start, loading them one (`src/server/store/embedded.ts`). Rebuilt when PGlite is
 * newer than the file.
 */
import { mkdir, stat, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";

const out = fileURLToPath(new URL("../../dist/cluster.tar.gz", import.meta.url));
const library = fileURLToPath(import.meta.resolve("@electric-sql/pglite"));
const made = await stat(out).catch(() => undefined);
if (made === undefined || made.mtimeMs < (await stat(library)).ctimeMs) {
  const pglite = await PGlite.create();
  const cluster = await pglite.dumpDataDir("gzip");
  await pglite.close();
  await mkdir(fileURLToPath(new URL("../../dist", import.meta.url)), { recursive: true });
  await writeFile(out, new Uint8Array(await cluster.arrayBuffer()));
}

/**
 * A real PostgreSQL server for tests, from Debian's package, in a temporary folder; undefined when it is not installed.
 */
import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "./database.ts";
import { openPostgres } from "./postgres.ts";

export interface RunningPostgres {
  readonly database: Database;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<RunningPostgres | undefined> {
  const home = "/usr/lib/postgresql";
  const version = existsSync(home) ? readdirSync(home).sort().at(-1) : undefined;
  if (version === undefined) return undefined;
  const bin = join(home, version, "bin");
  const folder = mkdtempSync(join(tmpdir(), "polyclinic-postgres-"));
  // PostgreSQL refuses to run as root.
  const root = process.getuid?.() === 0;
  if (root) {
    const id = (flag: string) => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
    chownSync(folder, id("-u"), id("-g"));
  }
  const run = (command: string) => {
    const [program, args] = root ? ["su", ["postgres", "-c", command]] : ["sh", ["-c", command]];
    const { status, stderr } = spawnSync(program as string, args as string[], { encoding: "utf8" });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
  };
  const port = await freePort();
  const data = join(folder, "data");
  run(`${bin}/initdb -D ${data} -U polyclinic --auth=trust -N`);
  run(`${bin}/pg_ctl -D ${data} -w -l ${folder}/log -o "-p ${port} -k ${folder} -h 127.0.0.1 -F" start`);
  const url = `postgres://polyclinic@127.0.0.1:${port}/postgres`;
  return {
    database: await openPostgres(url),
    url,
    async stop() {
      run(`${bin}/pg_ctl -D ${data} -m immediate stop`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

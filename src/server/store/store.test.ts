/** The embedded store and, where Debian's PostgreSQL is installed, a real server: the same tests over both. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backUp, restore } from "../upkeep/backup.ts";
import type { Database } from "./database.ts";
import { openEmbedded, openInMemory } from "./embedded.ts";
import { FileStore } from "./files.ts";
import { migrate } from "./migrate.ts";
import { startPostgres } from "./postgres.testing.ts";

let folder: string;
/** A database's files as they are made: making them takes seconds, so the tests that need new ones copy these. */
let made: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-store-"));
  made = join(folder, "made");
  await (await openEmbedded(made)).close();
}, 60_000);
const newFolder = async (name: string): Promise<string> => {
  await cp(made, join(folder, name), { recursive: true });
  return join(folder, name);
};
afterAll(() => rm(folder, { recursive: true, force: true }));

const servers = [
  {
    name: "embedded",
    open: async () => ({ database: await openEmbedded(await newFolder("data")), stop: async () => {} }),
  },
  { name: "postgres", open: startPostgres },
];

describe.each(servers)("$name", ({ open }) => {
  let database: Database | undefined;
  let stop = async () => {};
  beforeAll(async () => {
    const opened = await open();
    if (opened === undefined) return;
    database = opened.database;
    stop = opened.stop;
    await migrate(database);
  }, 60_000);
  afterAll(async () => {
    await database?.close();
    await stop();
  });

  test("migrations run once", async ({ skip }) => {
    if (database === undefined) return skip();
    expect(await migrate(database)).toEqual([]);
  });

  test("an answer stored by an earlier version has the present names after migration", async ({ skip }) => {
    if (database === undefined) return skip();
    const current = { refusal: { reasons: [{ code: "task", message: "not trained to sing" }], answers: [] }, text: "" };
    const earlier = { refusal: { reasons: [{ code: "task", says: "not trained to sing" }], answers: [] }, text: "" };
    await database.transaction(async (sql) => {
      await sql.query("set local session_replication_role = replica"); // no study or model is needed
      for (const [id, result] of Object.entries({ current, earlier, answered: { text: "yes" } }))
        await sql.query(
          "insert into answer (id, study, model, task, key, options, status, result) values ($1, 's', 'm', 'ask', $1, '{}', 'x', $2)",
          [id, JSON.stringify(result)],
        );
      await sql.query("delete from migration where name = '011-refusal-message'");
    });
    expect(await migrate(database)).toEqual(["011-refusal-message"]);
    const { rows } = await database.query<{ id: string; result: unknown }>("select id, result from answer order by id");
    expect(rows.map(({ result }) => result)).toEqual([{ text: "yes" }, current, current]);
    await database.query("delete from answer");
  });

  test("a transaction that throws leaves nothing", async ({ skip }) => {
    if (database === undefined) return skip();
    await expect(
      database.transaction(async (sql) => {
        await sql.query("insert into person (id, name, scopes) values ($1, $2, $3)", ["p1", "A", ["read"]]);
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect((await database.query("select 1 from person where id = 'p1'")).rows).toEqual([]);
  });

  test("the audit cannot be changed", async ({ skip }) => {
    if (database === undefined) return skip();
    await database.query(
      "insert into audit (seq, at, who, action, object, outcome, previous_hash, hash) values (0, now(), 'a', 'b', 'c', 'd', '', 'h')",
    );
    await expect(database.query("update audit set who = 'x'")).rejects.toThrow(/append-only/);
    await expect(database.query("delete from audit")).rejects.toThrow(/append-only/);
  });

  test("a database of a newer version is refused", async ({ skip }) => {
    if (database === undefined) return skip();
    await database.query("insert into migration (name, sha256) values ('999-later', 'x')");
    await expect(migrate(database)).rejects.toMatchObject({ code: "server/migration", where: "999-later" });
    await database.query("delete from migration where name = '999-later'");
  });
});

test("a read that waits sees what was written before it was asked for, and equal ones give the same rows", async () => {
  const database = await openInMemory();
  await database.script("create table n (v integer)");
  const count = () =>
    database.query<{ count: number }>("select count(*)::int as count from n").then(({ rows }) => rows[0].count);
  const add = () => database.query("insert into n values (1)");
  expect(await Promise.all([count(), add(), count(), count(), add(), count()])).toEqual([
    0,
    expect.anything(),
    1,
    1,
    expect.anything(),
    2,
  ]);
  await database.close();
});

test("a folder has one server; the lock of one that was killed is taken over", async () => {
  const data = await newFolder("locked");
  const first = await openEmbedded(data);
  await expect(openEmbedded(data)).rejects.toMatchObject({ code: "server/data-in-use" });
  await first.close();
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  const { host } = { host: (await import("node:os")).hostname() };
  await writeFile(join(data, "server.lock"), JSON.stringify({ pid: gone, host, token: "t" }));
  const second = await openEmbedded(data);
  await second.close();
  expect(existsSync(join(data, "server.lock"))).toBe(false);
});

test("a database whose making was killed is made again", async () => {
  const data = await newFolder("half-made");
  await rm(join(data, "database", "global"), { recursive: true });
  await writeFile(join(data, "database.incomplete"), "");
  const database = await openEmbedded(data);
  expect((await database.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await database.close();
  expect(existsSync(join(data, "database.incomplete"))).toBe(false);
});

test("what was acknowledged survives kill -9", async () => {
  const data = await newFolder("killed");
  const script = fileURLToPath(new URL("./kill.testing.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, data], { stdio: ["ignore", "pipe", "inherit"] });
  // Its output closes before the process is gone; until it is, the folder is rightly in use.
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const acknowledged: number[] = [];
  let rest = "";
  for await (const piece of child.stdout) {
    rest += piece;
    const lines = rest.split("\n");
    rest = lines.pop()!;
    acknowledged.push(...lines.map(Number));
    if (acknowledged.length >= 20) child.kill("SIGKILL");
  }
  await gone;
  const database = await openEmbedded(data);
  const { rows } = await database.query<{ id: string }>("select id from person");
  expect(acknowledged.filter((n) => !rows.some(({ id }) => id === String(n)))).toEqual([]);
  await database.close();
}, 60_000);

test("a store that was copied is restored with its rows and files; a copy with a changed byte is refused and leaves nothing", async () => {
  const [data, copy, restored] = ["killed", "copy", "restored"].map((name) => join(folder, name));
  const { sha256 } = await new FileStore(join(data, "files")).put(Buffer.from("one"));
  expect((await backUp(data, copy)).files).toEqual([sha256]);
  await expect(backUp(data, copy)).rejects.toMatchObject({ code: "file/exists" });
  await restore(copy, restored);
  expect(await readFile(new FileStore(join(restored, "files")).path(sha256), "utf8")).toBe("one");
  const database = await openEmbedded(restored);
  const { rows } = await database.query<{ count: number }>("select count(*)::int as count from person");
  expect(rows[0].count).toBeGreaterThanOrEqual(20);
  await database.close();
  await writeFile(new FileStore(join(copy, "files")).path(sha256), "two");
  const other = join(folder, "other");
  await expect(restore(copy, other)).rejects.toMatchObject({ code: "backup/damaged" });
  expect(existsSync(other)).toBe(false);
}, 120_000);

describe("files", () => {
  test("equal bytes are kept once, too many are refused and leave nothing", async () => {
    const files = new FileStore(join(folder, "files"));
    const kept = await files.put(Buffer.from("one"));
    expect(await files.put(Buffer.from("one"))).toEqual(kept);
    expect(await readFile(files.path(kept.sha256), "utf8")).toBe("one");
    await expect(files.put(Buffer.from("four"), 3)).rejects.toMatchObject({ code: "server/too-large" });
    expect(readdirSync(join(folder, "files")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(() => files.path("../x")).toThrow(/SHA-256/);
  });
});

/** Migrates a database to this version's tables: each migration once, in order, in a transaction, one process at a time. */
import { createHash } from "node:crypto";
import { PolyclinicError } from "../../base/errors.ts";
import type { Database } from "./database.ts";
import { migrations } from "./migrations.ts";

/** Key of the advisory lock. */
const advisoryLock = 7_430_121;

/**
 * @returns names of the migrations that were run.
 * @throws PolyclinicError `server/migration` for a database of a newer version, or one whose earlier migrations differ.
 */
export async function migrate(database: Database): Promise<string[]> {
  await database.script(
    "create table if not exists migration (name text primary key, sha256 text not null, at timestamptz not null default now())",
  );
  return database.transaction(async (sql) => {
    await sql.query("select pg_advisory_xact_lock($1)", [advisoryLock]);
    const { rows } = await sql.query<{ name: string; sha256: string }>(
      "select name, sha256 from migration order by name",
    );
    const known = new Map(migrations.map(({ name, statements }) => [name, hashOf(statements)]));
    for (const { name, sha256 } of rows)
      if (known.get(name) !== sha256)
        throw new PolyclinicError("server/migration", "the database was created by another version", {
          where: name,
          expected: known.has(name) ? "the migration of this version" : "no migration after those of this version",
          found: known.has(name) ? "one with different statements" : "a newer one",
          hint: "Start the version that wrote it, or restore a backup.",
        });
    const done = new Set(rows.map(({ name }) => name));
    const run: string[] = [];
    for (const { name, statements } of migrations) {
      if (done.has(name)) continue;
      for (const statement of statements) await sql.query(statement);
      await sql.query("insert into migration (name, sha256) values ($1, $2)", [name, hashOf(statements)]);
      run.push(name);
    }
    return run;
  });
}

const hashOf = (statements: readonly string[]) => createHash("sha256").update(statements.join(";\n")).digest("hex");

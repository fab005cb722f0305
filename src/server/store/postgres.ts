/** An external PostgreSQL server, by URL. */
import pg from "pg";
import { PolyclinicError } from "../../base/errors.ts";
import type { Database, Rows, Sql } from "./database.ts";

/** Statement timeout, ms: a lost connection must not block a request forever. */
const statementTimeout = 60_000;

/** @throws PolyclinicError `server/database` if the server does not answer; the message never contains the password. */
export async function openPostgres(url: string, { connections = 10 } = {}): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    statement_timeout: statementTimeout,
    connectionTimeoutMillis: 10_000,
  });
  // An idle connection that breaks is replaced at the next query.
  pool.on("error", () => {});
  try {
    await pool.query("select 1");
  } catch (cause) {
    await pool.end();
    throw new PolyclinicError("server/database", "the database does not respond", {
      where: withoutPassword(url),
      found: (cause as Error).message,
      hint: "Check the address, and that the user may create tables.",
      retryable: true,
      cause,
    });
  }
  return {
    kind: "postgres",
    ...sqlOf(pool),
    async transaction(work) {
      const client = await pool.connect();
      // Between two statements a broken connection is an event, which without a listener would end the process.
      let broken: Error | undefined;
      const onBroken = (error: Error) => {
        broken = error;
      };
      client.on("error", onBroken);
      try {
        await client.query("begin");
        const result = await work(sqlOf(client));
        await client.query("commit");
        return result;
      } catch (error) {
        await client.query("rollback").catch((cause: Error) => {
          broken = cause;
        });
        throw error;
      } finally {
        // A broken one is not used again, and keeps its listener: it may say so only now.
        if (broken === undefined) client.off("error", onBroken);
        client.release(broken);
      }
    },
    script: async (text) => void (await pool.query(text)),
    close: () => pool.end(),
  };
}

function sqlOf(client: Pick<pg.Pool | pg.PoolClient, "query">): Sql {
  return {
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Rows<Row>> {
      const { rows, rowCount } = await client.query(text, [...values]);
      return { rows: rows as Row[], affected: rowCount ?? 0 };
    },
  };
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
  } catch {
    return "the database URL";
  }
}

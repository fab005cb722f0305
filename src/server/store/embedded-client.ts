/**
 * The ordinary PostgreSQL client, `pg`, over PGlite: messages are passed in memory instead of through a socket.
 *
 * PGlite's own `query` sends six messages per statement sequentially and has the statement parsed and planned each
 * time. `pg` keeps statements prepared and sends related messages together: a lookup by key takes a tenth of the
 * processor time (`npm run bench -- server --only statement`). It also converts values in the same way for both
 * databases.
 */
import { Duplex } from "node:stream";
import type { PGlite } from "@electric-sql/pglite";
import pg from "pg";
import type { Rows, Sql } from "./database.ts";

/** AuthenticationOk and ReadyForQuery: PGlite has no login, so the start-up message is answered here. */
const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

/** A connection as `pg` uses it. */
class Connection extends Duplex {
  private started = false;

  constructor(private readonly pglite: PGlite) {
    super();
  }

  connect(): this {
    setImmediate(() => this.emit("connect"));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.answer(chunk).then(() => done(), done);
  }

  /** All messages of a statement, because `pg` corks the stream while it writes them. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.answer(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done);
  }

  private async answer(messages: Buffer): Promise<void> {
    if (this.started) this.push(await this.pglite.execProtocolRaw(messages));
    else this.push(welcome);
    this.started = true;
  }
}

/** Maximum number of prepared statements; most texts vary little, but a search varies with its number of words. */
const maxPrepared = 500;

/** Runs one operation at a time, in order: PGlite has one connection, of which a transaction needs exclusive use. */
export class EmbeddedClient {
  private last: Promise<unknown> = Promise.resolve();
  /** Reads that have not started, by statement. */
  private readonly waiting = new Map<string, Promise<unknown>>();
  private readonly names = new Map<string, string>();
  private readonly client: pg.Client;

  private constructor(private readonly pglite: PGlite) {
    this.client = new pg.Client({ stream: () => new Connection(pglite) as never });
    // An in-memory connection ends only with the process or with `close`.
    this.client.on("error", () => {});
  }

  static async open(pglite: PGlite): Promise<EmbeddedClient> {
    const opened = new EmbeddedClient(pglite);
    await opened.client.connect();
    return opened;
  }

  /** Waits for earlier operations, then runs `work` with exclusive use of the connection. */
  private alone<T>(work: () => Promise<T>, { reads = false } = {}): Promise<T> {
    // A read requested after a write must run after it.
    if (!reads) this.waiting.clear();
    const result = this.last.then(work);
    this.last = result.catch(() => {});
    return result;
  }

  /**
   * Equal reads that wait are run once: whoever asked before it began gets what the database holds after asking. A viewer's hundred calls look up the
   * same token.
   */
  query<Row>(text: string, values: readonly unknown[] = []): Promise<Rows<Row>> {
    if (!/^\s*select\b/i.test(text)) return this.alone(() => this.run<Row>(text, values));
    const key = JSON.stringify([text, values]);
    const known = this.waiting.get(key);
    if (known !== undefined) return known as Promise<Rows<Row>>;
    const result = this.alone(
      () => {
        this.waiting.delete(key);
        return this.run<Row>(text, values);
      },
      { reads: true },
    );
    this.waiting.set(key, result);
    return result;
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.alone(async () => {
      await this.run("begin");
      try {
        const result = await work({ query: (text, values) => this.run(text, values) });
        await this.run("commit");
        return result;
      } catch (error) {
        await this.run("rollback").catch(() => {});
        throw error;
      }
    });
  }

  script(text: string): Promise<void> {
    return this.alone(async () => void (await this.pglite.exec(text)));
  }

  dump(): Promise<Uint8Array> {
    return this.alone(async () => new Uint8Array(await (await this.pglite.dumpDataDir("gzip")).arrayBuffer()));
  }

  close(): Promise<void> {
    return this.alone(() => this.pglite.close());
  }

  private async run<Row>(text: string, values: readonly unknown[] = []): Promise<Rows<Row>> {
    const name = this.nameOf(text);
    const { rows, rowCount } = await this.client.query({ text, values: [...values], ...(name && { name }) });
    return { rows: rows as Row[], affected: rowCount ?? 0 };
  }

  /** Definitions are run once and invalidate prepared statements, which PostgreSQL replans by itself. */
  private nameOf(text: string): string | undefined {
    if (!/^\s*(select|insert|update|delete|with|begin|commit|rollback)\b/i.test(text)) return undefined;
    const known = this.names.get(text);
    if (known !== undefined || this.names.size >= maxPrepared) return known;
    const name = `s${this.names.size}`;
    this.names.set(text, name);
    return name;
  }
}

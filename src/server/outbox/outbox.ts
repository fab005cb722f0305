/**
 * Objects to be sent to another system, kept in the database until delivered: written in the same transaction as their cause, and retried with increasing delays, across
 * restarts. An entry is one signed report; sending it twice stores it once, because its UIDs and identifiers are derived from its content.
 */
import { type ErrorDetails, PolyclinicError } from "../../base/errors.ts";
import type { Database, Sql } from "../store/index.ts";

export interface OutboxEntry {
  readonly id: string;
  readonly target: string;
  readonly kind: string;
  readonly study: string;
  readonly payload: { readonly report: string };
  readonly state: "waiting" | "sent" | "failed";
  readonly tries: number;
  readonly problem: string | null;
  /** The other system's response to a rejected entry, unmodified. */
  readonly reply: unknown;
  readonly createdAt: string;
}

/** Delays after the first, second, ... failure, seconds; after the last one the entry has failed until it is retried manually. */
const pauses = [5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600];
/** Polling interval, ms; a new entry is handled immediately. */
const every = 2000;

/** The other system rejected the content. */
export class Refusal extends PolyclinicError {
  readonly reply: unknown;
  /** True when sending the same content again cannot succeed: it is then not retried automatically. */
  readonly final: boolean;

  constructor(
    code: string,
    summary: string,
    details: ErrorDetails,
    { reply, final }: { readonly reply: unknown; readonly final: boolean },
  ) {
    super(code, summary, details);
    this.reply = reply;
    this.final = final;
  }
}

export type Send = (entry: OutboxEntry, signal: AbortSignal) => Promise<void>;

const columns = `id, target, kind, study, payload, state, tries, problem, reply, created_at as "createdAt"`;

export class Outbox {
  private readonly senders = new Map<string, Send>();
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private closed = false;
  private readonly stop = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /**
   * Registers the sender of a kind of entry; must be called before `start`. Entries of other kinds wait for a server
   * that has their sender.
   */
  handle(kind: string, send: Send): void {
    this.senders.set(kind, send);
  }

  /** @param sql the transaction of the change that causes the entry. */
  async add(sql: Sql, entry: Pick<OutboxEntry, "id" | "target" | "kind" | "study" | "payload">): Promise<void> {
    const { id, target, kind, study, payload } = entry;
    await sql.query(
      "insert into outbox (id, target, kind, study, payload) values ($1, $2, $3, $4, $5) on conflict (id) do nothing",
      [id, target, kind, study, JSON.stringify(payload)],
    );
  }

  async list(limit = 100): Promise<readonly OutboxEntry[]> {
    const { rows } = await this.database.query<OutboxEntry>(
      `select ${columns} from outbox order by created_at desc limit ${limit}`,
    );
    return rows;
  }

  /** Retries a failed entry now. @returns false if it does not exist. */
  async again(id: string): Promise<boolean> {
    const { rows } = await this.database.query(
      "update outbox set state = 'waiting', next_at = now(), tries = 0 where id = $1 and state <> 'sent' returning id",
      [id],
    );
    this.wake();
    return rows.length > 0;
  }

  start(): void {
    if (this.senders.size === 0) return;
    this.timer = setInterval(() => this.wake(), every);
    this.timer.unref();
    this.wake();
  }

  /** Polls immediately. */
  wake(): void {
    if (this.closed) return;
    this.working = this.working.then(() => this.work()).catch(this.onFailure);
  }

  /** Resolves when all waiting entries have been tried. */
  settled(): Promise<void> {
    return this.working;
  }

  private async work(): Promise<void> {
    while (!this.closed) {
      const { rows } = await this.database.query<OutboxEntry>(
        `select ${columns} from outbox where state = 'waiting' and next_at <= now() and kind = any($1) order by next_at limit 1`,
        [[...this.senders.keys()]],
      );
      const [entry] = rows;
      if (entry === undefined) return;
      // Leased before sending: another server on this database skips it, and if this one is killed, another takes over after the lease.
      const { rows: mine } = await this.database.query(
        "update outbox set next_at = now() + interval '5 minutes' where id = $1 and state = 'waiting' and next_at <= now() returning id",
        [entry.id],
      );
      if (mine.length === 0) continue;
      try {
        await this.senders.get(entry.kind)!(entry, this.stop.signal);
        await this.database.query(
          "update outbox set state = 'sent', done_at = now(), tries = tries + 1, problem = null, reply = null where id = $1",
          [entry.id],
        );
      } catch (error) {
        if (this.closed) {
          await this.database.query("update outbox set next_at = now() where id = $1", [entry.id]);
          return;
        }
        const refusal = error instanceof Refusal ? error : undefined;
        const pause = refusal?.final ? undefined : pauses[entry.tries];
        const problem = PolyclinicError.is(error) ? error.message : "the server reported an error";
        if (!PolyclinicError.is(error)) this.onFailure(error);
        await this.database.query(
          `update outbox set tries = tries + 1, problem = $2, reply = $5, state = $3, next_at = now() + make_interval(secs => $4) where id = $1`,
          [
            entry.id,
            problem,
            pause === undefined ? "failed" : "waiting",
            pause ?? 0,
            refusal?.reply == null ? null : JSON.stringify(refusal.reply),
          ],
        );
      }
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    this.stop.abort();
    await this.working;
  }
}

/**
 * The audit log (who did what to which object) as a hash chain: each entry's hash covers the previous one, so that
 * changed, removed or inserted entries are detected. Objects are identifiers; the log contains no names and no text
 * from records.
 */
import { createHash } from "node:crypto";
import type { Database, Sql } from "../store/index.ts";

export interface AuditEvent {
  /** Identifier of a person, or `system`. */
  readonly who: string;
  /** Such as `study.read`, `answer.create`, `report.sign`, `export.sr`, `login`. */
  readonly action: string;
  /** Such as `study/8a0c...`. */
  readonly object: string;
  readonly outcome: "ok" | "refused" | "failed";
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

export interface AuditEntry extends Required<AuditEvent> {
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** What the next entry is chained to. */
interface Head {
  readonly seq: number;
  readonly hash: string;
}

interface Dated {
  readonly at: string;
  readonly event: AuditEvent;
}

interface Waiting extends Dated {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Entries of one transaction. */
const maxTogether = 200;

/** Key of the advisory lock of the audit log: entries are appended one at a time. */
const chainLock = 7_430_122;

/** PostgreSQL's SQLSTATE for a key that is there already. */
const uniqueViolation = "23505";

export class Audit {
  private waiting: Waiting[] = [];
  private writing = false;
  /** The last entry that this object wrote, where no other process writes to the database. */
  private head: Head | undefined;

  constructor(private readonly database: Database) {}

  /**
   * Resolves when the entry is committed. Entries of calls that run at the same time are written in one transaction, in
   * the order in which they were recorded: each waits for one commit, not for those of all others.
   */
  record(event: AuditEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ at: new Date().toISOString(), event, resolve, reject });
      void this.write();
    });
  }

  private async write(): Promise<void> {
    if (this.writing) return;
    this.writing = true;
    // Those of the same turn of the event loop are written together.
    await undefined;
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, maxTogether);
      await this.commit(group);
    }
    this.writing = false;
  }

  /**
   * The embedded database has one process, so the last entry is known and one statement appends; if another part of this
   * process has appended meanwhile, the number is taken, nothing is written, and the table is asked.
   */
  private async append(group: readonly Dated[]): Promise<void> {
    const { head } = this;
    this.head = undefined;
    if (head !== undefined && this.database.kind === "embedded")
      try {
        this.head = await insert(this.database, head, group);
        return;
      } catch (error) {
        if ((error as { code?: unknown }).code !== uniqueViolation) throw error;
      }
    this.head = await this.database.transaction((sql) => append(sql, group));
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    try {
      await this.append(group);
      for (const { resolve } of group) resolve();
    } catch (error) {
      if (group.length === 1) return group[0].reject(error);
      // Nothing of the group was kept: each alone, so that one entry that cannot be stored fails only its own call.
      for (const one of group) await this.commit([one]);
    }
  }

  /** The entry of a change, in the change's own transaction: neither is ever kept without the other. */
  async recordIn(sql: Sql, event: AuditEvent): Promise<void> {
    await append(sql, [{ at: new Date().toISOString(), event }]);
  }

  /** Entries after number `after`, oldest first. */
  async list({ after = 0, limit = 1000 } = {}): Promise<AuditEntry[]> {
    const { rows } = await this.database.query<Record<string, unknown>>(
      "select * from audit where seq > $1 order by seq limit $2",
      [after, limit],
    );
    return rows.map((row) => ({
      seq: Number(row.seq),
      at: new Date(row.at as string | Date).toISOString(),
      who: row.who as string,
      action: row.action as string,
      object: row.object as string,
      outcome: row.outcome as AuditEntry["outcome"],
      detail: (typeof row.detail === "string" ? JSON.parse(row.detail) : row.detail) as AuditEntry["detail"],
      previousHash: row.previous_hash as string,
      hash: row.hash as string,
    }));
  }

  /**
   * @param head hash of an earlier last entry. A truncated chain is still consistent; truncation can only be detected with a hash stored elsewhere.
   * @returns the number of consistent entries, the number of the first inconsistent one, the last hash, and whether `head` is in the chain.
   */
  async verify({ head: noted }: { head?: string } = {}): Promise<{
    entries: number;
    broken?: number;
    head: string;
    headFound?: boolean;
  }> {
    let [entries, previousHash, headFound] = [0, "", noted === ""];
    const headCheck = () => (noted === undefined ? {} : { headFound });
    for (;;) {
      const page = await this.list({ after: entries });
      if (page.length === 0) return { entries, head: previousHash, ...headCheck() };
      for (const entry of page) {
        if (entry.seq !== entries + 1 || entry.previousHash !== previousHash || entry.hash !== hashOf(entry))
          return { entries, broken: entries + 1, head: previousHash, ...headCheck() };
        entries = entry.seq;
        previousHash = entry.hash;
        headFound ||= entry.hash === noted;
      }
    }
  }
}

async function append(sql: Sql, group: readonly Dated[]): Promise<Head> {
  await sql.query("select pg_advisory_xact_lock($1)", [chainLock]);
  const { rows } = await sql.query<{ seq: string | number; hash: string }>(
    "select seq, hash from audit order by seq desc limit 1",
  );
  return insert(sql, { seq: Number(rows[0]?.seq ?? 0), hash: rows[0]?.hash ?? "" }, group);
}

/** One statement. @returns the new last entry. */
async function insert(sql: Sql, head: Head, group: readonly Dated[]): Promise<Head> {
  let { seq, hash: previousHash } = head;
  const entries = group.map(({ at, event }) => {
    const entry = { seq: ++seq, at, detail: {}, ...event, previousHash };
    const hash = hashOf(entry);
    previousHash = hash;
    return { ...entry, detail: JSON.stringify(entry.detail), hash };
  });
  await sql.query(
    `insert into audit (seq, at, who, action, object, outcome, detail, previous_hash, hash)
      select seq, at::timestamptz, who, action, object, outcome, detail::jsonb, previous_hash, hash
      from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
      as entry (seq, at, who, action, object, outcome, detail, previous_hash, hash) order by seq`,
    (["seq", "at", "who", "action", "object", "outcome", "detail", "previousHash", "hash"] as const).map((column) =>
      entries.map((entry) => entry[column]),
    ),
  );
  return { seq, hash: previousHash };
}

function hashOf({ seq, at, who, action, object, outcome, detail, previousHash }: Omit<AuditEntry, "hash">): string {
  const sorted = Object.fromEntries(Object.entries(detail).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash("sha256")
    .update(JSON.stringify([seq, at, who, action, object, outcome, sorted, previousHash]))
    .digest("hex");
}

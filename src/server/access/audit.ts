/**
 * The audit log (who did what to which object) as a hash chain: each entry's hash covers the previous one, so that
 * changed, removed or inserted entries are detected. Objects are identifiers; the log contains no names and no text
 * from records.
 */
import { createHash } from "node:crypto";
import type { Database } from "../store/index.ts";

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

/** Key of the advisory lock of the audit log: entries are appended one at a time. */
const chainLock = 7_430_122;

export class Audit {
  constructor(private readonly database: Database) {}

  async record(event: AuditEvent): Promise<void> {
    await this.database.transaction(async (sql) => {
      await sql.query("select pg_advisory_xact_lock($1)", [chainLock]);
      const { rows } = await sql.query<{ seq: string | number; hash: string }>(
        "select seq, hash from audit order by seq desc limit 1",
      );
      const [last] = rows;
      const entry = {
        seq: last === undefined ? 1 : Number(last.seq) + 1,
        at: new Date().toISOString(),
        detail: {},
        ...event,
        previousHash: last?.hash ?? "",
      };
      await sql.query(
        `insert into audit (seq, at, who, action, object, outcome, detail, previous_hash, hash)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          entry.seq,
          entry.at,
          entry.who,
          entry.action,
          entry.object,
          entry.outcome,
          JSON.stringify(entry.detail),
          entry.previousHash,
          hashOf(entry),
        ],
      );
    });
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
    const asked = () => (noted === undefined ? {} : { headFound });
    for (;;) {
      const page = await this.list({ after: entries });
      if (page.length === 0) return { entries, head: previousHash, ...asked() };
      for (const entry of page) {
        if (entry.seq !== entries + 1 || entry.previousHash !== previousHash || entry.hash !== hashOf(entry))
          return { entries, broken: entries + 1, head: previousHash, ...asked() };
        entries = entry.seq;
        previousHash = entry.hash;
        headFound ||= entry.hash === noted;
      }
    }
  }
}

function hashOf({ seq, at, who, action, object, outcome, detail, previousHash }: Omit<AuditEntry, "hash">): string {
  const sorted = Object.fromEntries(Object.entries(detail).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash("sha256")
    .update(JSON.stringify([seq, at, who, action, object, outcome, sorted, previousHash]))
    .digest("hex");
}

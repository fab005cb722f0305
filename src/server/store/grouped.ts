/**
 * Small writes that arrive at the same time, in one transaction: one commit and one wait for the disk for all of them.
 * Each is acknowledged only after that commit.
 */
import type { Database, Sql } from "./database.ts";

interface Waiting {
  readonly work: (sql: Sql) => Promise<unknown>;
  readonly done: (value: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/** Writes of one transaction: a longer one would keep its locks for long. */
const maxTogether = 32;

const groups = new WeakMap<Database, GroupedWrites>();

/**
 * Runs `work` in a transaction that it may share with others, which have run before it in the same transaction. It may
 * be run again, so it changes nothing but the database.
 *
 * @throws what `work` throws; the others are then run without it.
 */
export function groupedWrite<T>(database: Database, work: (sql: Sql) => Promise<T>): Promise<T> {
  const group = groups.get(database) ?? new GroupedWrites(database);
  groups.set(database, group);
  return group.run(work);
}

class GroupedWrites {
  private readonly waiting: Waiting[] = [];
  private running = false;

  constructor(private readonly database: Database) {}

  run<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ work, done: resolve as (value: unknown) => void, failed: reject });
      void this.drain();
    });
  }

  private async drain(): Promise<void> {
    if (this.running) return;
    this.running = true;
    // Those that were asked for in the same turn of the event loop begin together.
    await undefined;
    try {
      while (this.waiting.length > 0) await this.together(this.waiting.splice(0, maxTogether));
    } finally {
      this.running = false;
    }
  }

  private async together(group: readonly Waiting[]): Promise<void> {
    try {
      const values = await this.database.transaction(async (sql) => {
        const values: unknown[] = [];
        for (const { work } of group) values.push(await work(sql));
        return values;
      });
      for (const [i, { done }] of group.entries()) done(values[i]);
    } catch (error) {
      if (group.length === 1) return group[0].failed(error);
      // Nothing of the group was kept: each alone, so that only the faulty one fails.
      for (const one of group) await this.together([one]);
    }
  }
}

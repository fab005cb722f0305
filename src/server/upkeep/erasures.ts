/**
 * Watches for what was erased by anybody on this database, another server, a worker or `polyclinic erase`, so that this process forgets what it keeps in memory: opened
 * studies, prefilled images, recent answers that are drafted from.
 */
import type { Database } from "../store/index.ts";

/** Polling interval, ms. */
const every = 5000;
const actions = ["patient.erase", "study.delete", "study.expire"];

export class Erasures {
  private timer: NodeJS.Timeout | undefined;
  /** Last entry of the audit that was read. */
  private seen: number | undefined;
  private working: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly forget: () => Promise<void>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  start(): void {
    this.look();
    this.timer = setInterval(() => this.look(), every);
    this.timer.unref();
  }

  /** Resolves when what has been erased until now is forgotten. */
  look(): Promise<void> {
    this.working = this.working.then(() => this.poll()).catch(this.onFailure);
    return this.working;
  }

  private async poll(): Promise<void> {
    const { rows } = await this.database.query<{ last: string | number | null; erased: boolean | null }>(
      "select max(seq) as last, bool_or(action = any($2)) as erased from audit where seq > $1",
      [this.seen ?? 0, actions],
    );
    const [{ last, erased }] = rows;
    // Nothing is in memory yet of what was erased before the first look.
    const first = this.seen === undefined;
    this.seen = Number(last ?? this.seen ?? 0);
    if (erased && !first) await this.forget();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }
}

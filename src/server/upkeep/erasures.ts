/**
 * Polls for erasures by any process on this database (another server, a worker, `polyclinic erase`), so that this
 * process clears its caches: opened studies, prefilled images, and the recent answers used for drafts.
 */
import type { Database } from "../store/index.ts";

/** Polling interval, ms. */
const every = 5000;
const actions = ["patient.erase", "study.delete", "study.expire"];

export class Erasures {
  private timer: NodeJS.Timeout | undefined;
  /** Number of the last audit entry that was read. */
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

  /** Resolves when everything erased so far is cleared from memory. */
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
    // Erasures before the first poll do not matter: the caches are still empty.
    const first = this.seen === undefined;
    this.seen = Number(last ?? this.seen ?? 0);
    if (erased && !first) await this.forget();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }
}

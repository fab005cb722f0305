/**
 * The job queue: one row per job, taken with `for update skip locked`, so that workers on one database never take the
 * same job. A job is keyed by its question and its files: adding it again returns the existing job. A worker that sends
 * no heartbeat within the lease is considered dead; its job goes to another worker, and answers have a unique key, so
 * that duplicated work is stored once.
 */
import { createHash, randomUUID } from "node:crypto";
import { canonical } from "../../strategy/key.ts";
import { HttpError } from "../http-error.ts";
import type { Database } from "../store/index.ts";

export interface JobQuestion {
  readonly study: string;
  readonly task: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly model: string;
  readonly anyway: boolean;
}

export const jobStates = ["waiting", "running", "done", "failed", "cancelled"] as const;
export type JobState = (typeof jobStates)[number];

export interface Job {
  readonly id: string;
  readonly study: string;
  readonly payload: JobQuestion;
  readonly state: JobState;
  readonly tries: number;
  readonly problem: { readonly code: string; readonly message: string } | null;
  readonly answer: string | null;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

export interface JobsOptions {
  /** Maximum number of waiting jobs; further ones are rejected with 503. Default 10,000. */
  readonly maxWaiting?: number;
  /** Seconds without a heartbeat after which a worker is considered dead. Default 60. */
  readonly lease?: number;
  /** Number of attempts after which a job fails: it may be what crashes its workers. Default 3. */
  readonly maxTries?: number;
}

const columns = `id, study, payload, state, tries, problem, answer, created_by as "createdBy", created_at as "createdAt",
  finished_at as "finishedAt"`;

export class Jobs {
  readonly lease: number;
  private readonly maxWaiting: number;
  private readonly maxTries: number;
  /** Waiting jobs as last counted, and those added here since: counting at each addition would take time by the square of their number. */
  private counted: { waiting: number; added: number; at: number } | undefined;
  /** Called when a job is added in this process, so that its worker need not wait for the next poll. */
  onAdded: () => void = () => {};

  constructor(
    readonly database: Database,
    { maxWaiting = 10_000, lease = 60, maxTries = 3 }: JobsOptions = {},
  ) {
    [this.maxWaiting, this.lease, this.maxTries] = [maxWaiting, lease, maxTries];
  }

  /**
   * @returns the job. An existing job for the same question and files is returned instead of a new one, and is queued
   * again if it had failed or was cancelled.
   * @throws HttpError 404 for an unknown study, 503 `server/busy` with the seconds after which to retry.
   */
  async add(question: JobQuestion, person: string): Promise<Job> {
    const { rows: files } = await this.database.query<{ sha256: string }>(
      "select distinct sha256 from file where study = $1 order by sha256",
      [question.study],
    );
    if (files.length === 0)
      throw new HttpError(404, "server/not-found", "the study is not on this server, or has no files", {
        where: `study/${question.study}`,
      });
    const key = createHash("sha256")
      .update(canonical([files.map(({ sha256 }) => sha256), question]))
      .digest("hex");
    if (await this.full()) {
      const known = await this.database.query<Job>(`select ${columns} from job where key = $1`, [key]);
      if (known.rows[0] !== undefined) return known.rows[0];
      const seconds = Math.max(1, Math.min(600, Math.ceil((await this.secondsLeft()) ?? 10) / 10));
      throw new HttpError(503, "server/busy", "too many jobs are waiting", {
        expected: `at most ${this.maxWaiting}`,
        hint: `Try again in ${Math.ceil(seconds)} s.`,
        retryable: true,
        retryAfter: Math.ceil(seconds),
      });
    }
    const { rows } = await this.database.query<Job>(
      `insert into job (id, kind, key, study, payload, created_by) values ($1, 'answer', $2, $3, $4, $5)
        on conflict (key) do update set
          state = case when job.state in ('failed', 'cancelled') then 'waiting' else job.state end,
          tries = case when job.state in ('failed', 'cancelled') then 0 else job.tries end,
          problem = case when job.state in ('failed', 'cancelled') then null else job.problem end
        returning ${columns}`,
      [randomUUID(), key, question.study, JSON.stringify(question), person],
    );
    if (this.counted !== undefined) this.counted.added++;
    this.onAdded();
    return rows[0];
  }

  /** Counted at most once a second while there is room: other servers on the same database may add a second's jobs beyond the limit. */
  private async full(): Promise<boolean> {
    const now = Date.now();
    const known = this.counted;
    if (known === undefined || now - known.at > 1000 || known.waiting + known.added >= this.maxWaiting) {
      const { rows } = await this.database.query<{ waiting: number }>(
        "select count(*)::int as waiting from (select 1 from job where state = 'waiting' limit $1) as waiting_jobs",
        [this.maxWaiting],
      );
      this.counted = { waiting: rows[0].waiting, added: 0, at: now };
    }
    return this.counted!.waiting + this.counted!.added >= this.maxWaiting;
  }

  /** Assigns the oldest waiting job for one of these models to the worker; undefined when none is waiting. */
  async take(worker: string, models: readonly string[]): Promise<Job | undefined> {
    const { rows } = await this.database.query<Job>(
      `update job set state = 'running', worker = $1, alive_at = now(), tries = tries + 1
        where id = (select id from job where state = 'waiting' and payload->>'model' = any($2)
          order by created_at limit 1 for update skip locked)
        returning ${columns}`,
      [worker, models],
    );
    return rows[0];
  }

  /**
   * Heartbeat. @returns false when the job no longer belongs to this worker: it was cancelled, or the lease expired.
   */
  async alive(id: string, worker: string): Promise<boolean> {
    const { affected } = await this.database.query(
      "update job set alive_at = now() where id = $1 and worker = $2 and state = 'running'",
      [id, worker],
    );
    return affected > 0;
  }

  async done(id: string, worker: string, answer: string): Promise<boolean> {
    const { affected } = await this.database.query(
      `update job set state = 'done', answer = $3, problem = null, finished_at = now()
        where id = $1 and worker = $2 and state = 'running'`,
      [id, worker, answer],
    );
    return affected > 0;
  }

  async failed(id: string, worker: string, problem: NonNullable<Job["problem"]>): Promise<void> {
    await this.database.query(
      `update job set state = 'failed', problem = $3, finished_at = now() where id = $1 and worker = $2 and state = 'running'`,
      [id, worker, JSON.stringify(problem)],
    );
  }

  /** Returns the unfinished job of a worker that shuts down to the queue. */
  async giveBack(id: string, worker: string): Promise<void> {
    await this.database.query(
      "update job set state = 'waiting', tries = tries - 1 where id = $1 and worker = $2 and state = 'running'",
      [id, worker],
    );
  }

  /**
   * Returns the jobs of dead workers to the queue, or marks them failed after too many attempts. @returns their number.
   */
  async reclaim(): Promise<number> {
    const problem = {
      code: "server/worker-died",
      message: "the workers that processed this job stopped several times",
    };
    const { affected } = await this.database.query(
      `update job set state = case when tries >= $2 then 'failed' else 'waiting' end,
          problem = case when tries >= $2 then $3::jsonb else problem end,
          finished_at = case when tries >= $2 then now() else null end
        where state = 'running' and alive_at < now() - make_interval(secs => $1)`,
      [this.lease, this.maxTries, JSON.stringify(problem)],
    );
    return affected;
  }

  /** @returns false when the job does not exist or has ended. */
  async cancel(id: string): Promise<boolean> {
    const { affected } = await this.database.query(
      "update job set state = 'cancelled', finished_at = now() where id = $1 and state in ('waiting', 'running')",
      [id],
    );
    return affected > 0;
  }

  /** @throws HttpError 404. */
  async of(id: string): Promise<Job> {
    const { rows } = await this.database.query<Job>(`select ${columns} from job where id = $1`, [id]);
    if (rows[0] !== undefined) return rows[0];
    throw new HttpError(404, "server/not-found", "there is no such job", { where: `job/${id}` });
  }

  /** Latest first. */
  async list({ state, limit = 50 }: { state?: JobState; limit?: number } = {}): Promise<readonly Job[]> {
    const { rows } = await this.database.query<Job>(
      `select ${columns} from job where $1::text is null or state = $1 order by created_at desc limit $2`,
      [state ?? null, limit],
    );
    return rows;
  }

  async counts(): Promise<Readonly<Record<JobState, number>>> {
    const { rows } = await this.database.query<{ state: JobState; count: number }>(
      "select state, count(*)::int as count from job group by state",
    );
    const counts = { waiting: 0, running: 0, done: 0, failed: 0, cancelled: 0 };
    for (const { state, count } of rows) counts[state] = count;
    return counts;
  }

  /** Estimated from the jobs finished in the last ten minutes; undefined when there were none. */
  async secondsLeft(): Promise<number | undefined> {
    const { rows } = await this.database.query<{ count: number; seconds: number }>(
      `select count(*)::int as count, extract(epoch from now() - min(finished_at))::float as seconds from job
        where state in ('done', 'failed') and finished_at > now() - interval '10 minutes'`,
    );
    const { count, seconds } = rows[0];
    if (count < 2 || !(seconds > 0)) return undefined;
    const { waiting, running } = await this.counts();
    return Math.round((waiting + running) * (seconds / count));
  }
}

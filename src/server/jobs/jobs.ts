/**
 * The job queue: one row per job, taken with `for update skip locked`, so that workers on one database never take the
 * same job. A job is keyed by its question and its files: adding it again returns the existing job. A worker that sends
 * no heartbeat within the lease is considered dead; its job goes to another worker, and answers have a unique key, so
 * that duplicated work is stored once.
 */
import { createHash, randomUUID } from "node:crypto";
import { Gathered } from "../../base/gathered.ts";
import { canonical } from "../../strategy/key.ts";
import type { TaskResult } from "../../task/index.ts";
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

/** What a client waits for. */
export interface JobResult extends Pick<Job, "id" | "state" | "problem"> {
  /** Of a job that is done. */
  readonly result: TaskResult | null;
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
    return (await this.addAll([question], person))[0];
  }

  /**
   * Like {@link add}, in one statement: all of them or none. @returns the jobs in the order of the questions; equal questions are one job.
   *
   * The limit may be exceeded by the last group.
   */
  async addAll(questions: readonly JobQuestion[], person: string): Promise<readonly Job[]> {
    const keys = await this.keysOf(questions);
    if (await this.full()) {
      const known = await this.database.query<Job & { key: string }>(
        `select key, ${columns} from job where key = any($1)`,
        [keys],
      );
      const jobs = new Map(known.rows.map(({ key, ...job }) => [key, job]));
      if (keys.every((key) => jobs.has(key))) return keys.map((key) => jobs.get(key)!);
      const seconds = Math.max(1, Math.min(600, Math.ceil((await this.progress()).secondsLeft ?? 10) / 10));
      throw new HttpError(503, "server/busy", "too many jobs are waiting", {
        expected: `at most ${this.maxWaiting}`,
        hint: `Try again in ${Math.ceil(seconds)} s.`,
        retryable: true,
        retryAfter: Math.ceil(seconds),
      });
    }
    const added = [...new Map(questions.map((question, i) => [keys[i], question]))];
    const { rows } = await this.database.query<Job & { key: string }>(
      // A microsecond apart: workers take them in the order of the questions, which are often about one study after another.
      `insert into job (id, kind, key, study, payload, created_by, created_at)
        select id, 'answer', key, study, payload::jsonb, $5, now() + position * interval '1 microsecond'
          from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as question (id, key, study, payload, position)
        on conflict (key) do update set
          state = case when job.state in ('failed', 'cancelled') then 'waiting' else job.state end,
          tries = case when job.state in ('failed', 'cancelled') then 0 else job.tries end,
          problem = case when job.state in ('failed', 'cancelled') then null else job.problem end
        returning key, ${columns}`,
      [
        added.map(() => randomUUID()),
        added.map(([key]) => key),
        added.map(([, { study }]) => study),
        added.map(([, question]) => JSON.stringify(question)),
        person,
      ],
    );
    if (this.counted !== undefined) this.counted.added += added.length;
    this.onAdded();
    const jobs = new Map(rows.map(({ key, ...job }) => [key, job]));
    return keys.map((key) => jobs.get(key)!);
  }

  /** @throws HttpError 404. */
  private async keysOf(questions: readonly JobQuestion[]): Promise<string[]> {
    const { rows } = await this.database.query<{ study: string; files: string[] }>(
      "select study, array_agg(distinct sha256 order by sha256) as files from file where study = any($1) group by study",
      [[...new Set(questions.map(({ study }) => study))]],
    );
    const files = new Map(rows.map((row) => [row.study, row.files]));
    return questions.map((question) => {
      const ofStudy = files.get(question.study);
      if (ofStudy === undefined)
        throw new HttpError(404, "server/not-found", "the study is not on this server, or has no files", {
          where: `study/${question.study}`,
        });
      return createHash("sha256")
        .update(canonical([ofStudy, question]))
        .digest("hex");
    });
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

  /** Assigns the oldest waiting jobs for these models to the worker, at most `most`; none when none is waiting. */
  async take(worker: string, models: readonly string[], most = 1): Promise<readonly Job[]> {
    const { rows } = await this.database.query<Job>(
      `with taken as (
          update job set state = 'running', worker = $1, alive_at = now(), tries = tries + 1
          where id in (select id from job where state = 'waiting' and payload->>'model' = any($2)
            order by created_at limit $3 for update skip locked)
          returning *
        ) select ${columns} from taken order by taken.created_at`,
      [worker, models, most],
    );
    return rows;
  }

  /** Heartbeat. @returns those that no longer belong to this worker: they were cancelled, or the lease expired. */
  async lost(ids: readonly string[], worker: string): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ id: string }>(
      "update job set alive_at = now() where id = any($1) and worker = $2 and state = 'running' returning id",
      [ids, worker],
    );
    const mine = new Set(rows.map(({ id }) => id));
    return ids.filter((id) => !mine.has(id));
  }

  /** Jobs that end at the same time are recorded in one statement. @returns false when the job no longer belongs to this worker. */
  done(id: string, worker: string, answer: string): Promise<boolean> {
    return this.ending.add({ id, worker, answer });
  }

  private readonly ending = new Gathered<{ id: string; worker: string; answer: string }, boolean>(async (group) => {
    const { rows } = await this.database.query<{ id: string }>(
      `update job set state = 'done', answer = ended.answer, problem = null, finished_at = now()
        from unnest($1::text[], $2::text[], $3::text[]) as ended (id, worker, answer)
        where job.id = ended.id and job.worker = ended.worker and job.state = 'running' returning job.id`,
      [group.map(({ id }) => id), group.map(({ worker }) => worker), group.map(({ answer }) => answer)],
    );
    const done = new Set(rows.map(({ id }) => id));
    return group.map(({ id }) => done.has(id));
  }, 100);

  /** State, and the result of those that are done; unknown ones are left out. */
  async results(ids: readonly string[]): Promise<readonly JobResult[]> {
    const { rows } = await this.database.query<JobResult>(
      `select job.id, job.state, job.problem, answer.result from job left join answer on answer.id = job.answer
        where job.id = any($1)`,
      [ids],
    );
    return rows;
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
    return (await this.progress()).counts;
  }

  /** `secondsLeft` is estimated from the jobs finished in the last ten minutes; absent when there were none. */
  async progress(): Promise<{ counts: Readonly<Record<JobState, number>>; secondsLeft?: number }> {
    const { rows } = await this.database.query<{ state: JobState; count: number; recent: number; seconds: number }>(
      `select state, count(*)::int as count, (count(*) filter (where recent))::int as recent,
          coalesce(extract(epoch from now() - min(finished_at) filter (where recent)), 0)::float as seconds
        from (select state, finished_at, state in ('done', 'failed') and finished_at > now() - interval '10 minutes' as recent
          from job) as jobs
        group by state`,
    );
    const counts = { waiting: 0, running: 0, done: 0, failed: 0, cancelled: 0 };
    let [finished, seconds] = [0, 0];
    for (const row of rows) {
      counts[row.state] = row.count;
      finished += row.recent;
      seconds = Math.max(seconds, row.seconds);
    }
    if (finished < 2 || !(seconds > 0)) return { counts };
    return { counts, secondsLeft: Math.round((counts.waiting + counts.running) * (seconds / finished)) };
  }
}

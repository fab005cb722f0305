/** Workers on one PostgreSQL, killed again and again while they work: no job is lost, no answer is there twice. Skipped where PostgreSQL is not installed. */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "../store/migrate.ts";
import { type RunningPostgres, startPostgres } from "../store/postgres.testing.ts";
import { Jobs } from "./jobs.ts";

let postgres: RunningPostgres | undefined;
beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(async () => {
  await postgres?.database.close();
  await postgres?.stop();
});

const lease = 0.5;
const count = 300;

function begin(url: string): ChildProcess {
  const script = fileURLToPath(new URL("./kill.testing.mjs", import.meta.url));
  return spawn(process.execPath, [script, url, String(lease)], { stdio: ["ignore", "pipe", "inherit"] });
}

test("kill -9 of two workers in turn: every job is done, every answer is there once", async ({ skip }) => {
  if (postgres === undefined) return skip();
  const { database, url } = postgres;
  await migrate(database);
  await database.script(`create table did (job text);
    insert into patient (id, identifier) values ('p', 'p');
    insert into study (id, patient) values ('s', 'p');
    insert into file (study, sha256, path, bytes) values ('s', 'f', 'f', 1);
    insert into model (id, name, precision, engine) values ('m', 'm', 'f32', 'test')`);
  const jobs = new Jobs(database);
  for (let i = 0; i < count; i += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, k) =>
        jobs.add({ study: "s", task: "ask", options: { question: String(i + k) }, model: "m", anyway: false }, "p"),
      ),
    );
  const workers = [begin(url), begin(url)];
  let kills = 0;
  const killed = async () => {
    for (; kills < 4; kills++) {
      const at = kills % 2;
      await new Promise((resolve) => workers[at].stdout!.once("data", resolve));
      await pause(100 + 13 * kills);
      const gone = new Promise((resolve) => workers[at].once("exit", resolve));
      workers[at].kill("SIGKILL");
      await gone;
      workers[at] = begin(url);
    }
  };
  await killed();
  for (let i = 0; i < 400; i++) {
    const { waiting, running } = await jobs.counts();
    if (waiting + running === 0) break;
    await pause(50);
  }
  for (const worker of workers) worker.kill("SIGKILL");
  expect(await jobs.counts()).toEqual({ waiting: 0, running: 0, done: count, failed: 0, cancelled: 0 });
  const { rows } = await database.query<{ answers: number; did: number; jobs: number }>(
    `select (select count(*)::int from answer) as answers, (select count(*)::int from did) as did,
      (select count(distinct answer)::int from job) as jobs`,
  );
  expect(rows[0]).toMatchObject({ answers: count, jobs: count });
  // What was under way when a worker was killed was done again, and nothing else.
  expect(rows[0].did).toBeGreaterThanOrEqual(count);
  // (a worker writes up to five ends while it goes on)
  expect(rows[0].did).toBeLessThanOrEqual(count + 5 * kills);
});

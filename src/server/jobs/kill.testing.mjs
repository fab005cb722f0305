/**
 * A worker that inserts one row per answer until it is killed. Arguments: the database's URL, and the lease in seconds.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Jobs } from "../../../dist/server/jobs/jobs.js";
import { Worker } from "../../../dist/server/jobs/worker.js";
import { openPostgres } from "../../../dist/server/store/postgres.js";

const database = await openPostgres(process.argv[2], { connections: 2 });
const jobs = new Jobs(database, { lease: Number(process.argv[3]), maxTries: 100 });
const worker = new Worker({
  jobs,
  models: ["m"],
  onFailure: (error) => process.stderr.write(`${error instanceof Error ? error.stack : error}\n`),
  async answer({ id, study }) {
    await pause(3);
    await database.query("insert into did (job) values ($1)", [id]);
    await database.query(
      `insert into answer (id, study, model, task, key, options, status, result) values ($1, $2, 'm', 'ask', $1, '{}', 'parsed', '{}')
        on conflict (key) do nothing`,
      [id, study],
    );
    return id;
  },
});
process.stdout.write("ready\n");
for (;;) {
  await worker.untilEmpty();
  await pause(20);
}

/**
 * A batch of real questions to the embedded model through a server's queue, while the server and its two workers are killed with SIGKILL again and again: `--only killed`,
 * with ENTRIES (100,000), KILLS (10) and SEED (1) in the environment. Needs Debian's PostgreSQL. Every entry must have exactly one result, every job one answer, and the chain of
 * the audit must hold; otherwise the run fails. Rate, peak memory of each process, and how many jobs were begun more than once.
 */
import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { Random } from "../../dist/base/random.js";
import { planBatch, runQueued } from "../../dist/batch/run-batch.js";
import { linesOf } from "../../dist/bytes/lines.js";
import { Audit } from "../../dist/server/access/audit.js";
import { issueToken } from "../../dist/server/access/people.js";
import { startPostgres } from "../../dist/server/store/postgres.testing.js";
import { taskNamed } from "../../dist/task/index.js";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const film = fileURLToPath(new URL("../../samples/chest-xray.jpg", import.meta.url));

/** All of them mean one of the three questions of nano's training; each text is a question, a job and an answer of its own. */
const questions = ["pneumonia", "bacterial pneumonia", "viral pneumonia"].flatMap((finding) =>
  ["Is there", "Is"].flatMap((begin) =>
    [
      "image",
      "X-ray",
      "chest X-ray",
      "lung X-ray",
      "X-ray image",
      "chest image",
      "lung image",
      "chest X-ray image",
    ].map((picture) =>
      begin === "Is" ? `Is ${finding} present in this ${picture}?` : `Is there ${finding} in this ${picture}?`,
    ),
  ),
);

/** Seconds after which a dead worker's jobs go to another. */
const lease = 15;

export async function killed(folder, log) {
  const [count, kills, seed] = ["ENTRIES", "KILLS", "SEED"].map((name, i) =>
    Number(process.env[name] ?? [100_000, 10, 1][i]),
  );
  const random = new Random(seed);
  const postgres = await startPostgres();
  if (postgres === undefined) {
    log("killed: skipped, PostgreSQL is not installed");
    return [];
  }
  const { database, url } = postgres;
  const port = await freePort();
  const data = join(folder, "data");
  const common = ["--data", data, "--database", url];
  const commands = [
    ["serve", ...common, "--port", String(port), "--no-worker"],
    ["worker", ...common, "--lease", String(lease)],
    ["worker", ...common, "--lease", String(lease)],
  ];
  const peaks = [0, 0, 0];
  /** Milliseconds of processor time. */
  const worked = [0, 0, 0];
  /** @type {import("node:child_process").ChildProcess[]} */
  const processes = [];
  const begin = (i) => {
    // Half of the threads for each worker: two share the machine.
    processes[i] = spawn(process.execPath, [program, ...commands[i]], {
      stdio: "ignore",
      env: { ...process.env, POLYCLINIC_SHARE: "0.5" },
    });
  };
  const kill = async (i) => {
    peaks[i] = Math.max(peaks[i], await peakOf(processes[i].pid));
    worked[i] += await workedBy(processes[i].pid);
    const gone = new Promise((resolve) => processes[i].once("exit", resolve));
    processes[i].kill("SIGKILL");
    await gone;
  };
  try {
    begin(0);
    const address = `http://127.0.0.1:${port}`;
    await reachable(address);
    const { rows: people } = await database.query("select id from person limit 1");
    const { token: key } = await issueToken(database, {
      person: String(people[0].id),
      label: "bench",
      scopes: ["read", "answer"],
    });
    begin(1);
    begin(2);
    await writeStudies(folder, count);
    const plan = await planBatch({
      task: taskNamed("ask"),
      source: join(folder, "list.csv"),
      output: join(folder, "out"),
      options: {},
    });
    // One kill in each of as many parts of the batch, at a random place of it.
    const points = Array.from({ length: kills }, (_, k) => Math.floor(((k + random.next()) * count) / kills));
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    /** @type {Promise<void>[]} */
    const killing = [];
    let next = Math.ceil(count / 50);
    const summary = await runQueued(
      plan,
      { url: address, key, model: "nano" },
      {
        onProgress({ done }) {
          if (points.length > 0 && done >= points[0]) {
            points.shift();
            log(`${done} done: server and workers killed`);
            killing.push(
              (async () => {
                for (const i of [0, 1, 2]) {
                  await new Promise((resolve) => setTimeout(resolve, 500 * random.next()));
                  await kill(i);
                  begin(i);
                }
              })(),
            );
          }
          if (done < next) return;
          next += Math.ceil(count / 50);
          const left = ((count - done) * seconds()) / done;
          log(`${done} of ${count}, ${(done / seconds()).toFixed(1)}/s, ${(left / 60).toFixed(0)} min left`);
        },
      },
    );
    const whole = seconds();
    await Promise.all(killing);
    const faults = await faultsOf(database, summary, count);
    if (faults.length > 0) throw new Error(`lost or doubled: ${faults.join("; ")}`);
    const { rows: again } = await database.query("select count(*)::int as count from job where tries > 1");
    for (const i of [0, 1, 2]) await kill(i);
    const note = `n = ${count}, ${Math.ceil(count / questions.length)} studies, nano, PostgreSQL, ${killing.length} kills of server and two workers; ${summary.counts.answered} answered, ${summary.counts.refused} refused`;
    const megabytes = (bytes) => bytes / 2 ** 20;
    return [
      { id: "killed, entries lost or doubled", ours: 0, unit: "", note },
      {
        id: "killed, rate with all restarts",
        ours: count / whole,
        unit: "entries/s",
        note: `${(whole / 60).toFixed(1)} minutes`,
      },
      { id: "killed, jobs begun more than once", ours: again[0].count, unit: "jobs" },
      { id: "killed, processor time of an entry in the server", ours: worked[0] / count, unit: "ms" },
      { id: "killed, processor time of an entry in a worker", ours: (worked[1] + worked[2]) / count, unit: "ms" },
      { id: "killed, peak memory of the server", ours: megabytes(peaks[0]), unit: "MB" },
      { id: "killed, peak memory of a worker", ours: megabytes(Math.max(peaks[1], peaks[2])), unit: "MB" },
      { id: "killed, peak memory of the client", ours: megabytes(await peakOf(process.pid)), unit: "MB" },
    ];
  } finally {
    for (const one of processes) one.kill("SIGKILL");
    await database.close();
    await postgres.stop();
  }
}

/** Small films, each a little different in brightness, and a list of all questions about each. */
async function writeStudies(folder, count) {
  await mkdir(join(folder, "films"));
  const studies = Math.ceil(count / questions.length);
  const small = await sharp(film).resize(160, 160, { fit: "inside" }).greyscale().toBuffer();
  const rows = [];
  for (let n = 0; n < studies; n++) {
    // Another byte in the middle of nowhere would do; another picture is another answer.
    const picture = sharp(small).linear(0.9 + (0.2 * n) / studies, n % 7);
    await picture
      .withExifMerge({ IFD0: { ImageDescription: `film ${n}` } })
      .jpeg()
      .toFile(join(folder, "films", `${n}.jpg`));
    for (const question of questions.slice(0, count - rows.length))
      rows.push(`e${rows.length},films/${n}.jpg,${question}`);
  }
  await writeFile(join(folder, "list.csv"), `id,study,question\n${rows.join("\n")}\n`);
}

/** What is wrong with the results of the batch and with the rows of the server. */
async function faultsOf(database, summary, count) {
  const seen = new Map();
  for await (const { text } of linesOf(summary.path)) {
    const { id } = JSON.parse(text);
    seen.set(id, (seen.get(id) ?? 0) + 1);
  }
  const lost = Array.from({ length: count }, (_, n) => `e${n}`).filter((id) => seen.get(id) !== 1);
  const { rows } = await database.query(
    `select (select count(*)::int from job) as jobs, (select count(*)::int from job where state = 'done') as done,
      (select count(distinct answer)::int from job) as answered, (select count(*)::int from answer) as answers`,
  );
  const { broken } = await new Audit(database).verify();
  return [
    lost.length > 0 && `${lost.length} entries without exactly one result, such as ${lost[0]}`,
    seen.size !== count && `results of ${seen.size} entries`,
    summary.counts.failed > 0 && `${summary.counts.failed} failed, such as ${JSON.stringify(summary.failures[0])}`,
    Object.entries(rows[0]).some(([, found]) => found !== count) && `${JSON.stringify(rows[0])} of ${count}`,
    broken !== undefined && `the audit is broken at ${broken}`,
  ].filter(Boolean);
}

/** Peak resident memory, bytes; 0 where the system does not say. */
async function peakOf(pid) {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1] ?? 0);
}

/** Processor time of a process so far, milliseconds; the kernel counts in hundredths of a second. */
async function workedBy(pid) {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [user, system] = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return 10 * (Number(user ?? 0) + Number(system ?? 0));
}

async function reachable(address) {
  for (let i = 0; i < 600; i++) {
    const ready = await fetch(`${address}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the server does not start");
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * The folder of a run: opens in constant time, has one writer at a time, and can be resumed only with the same
 * configuration.
 */
import { open, readdir, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { makeFolder, writeWhole } from "../../base/files.ts";
import { canonical } from "../../strategy/key.ts";
import { tornBytes } from "./json-lines.ts";
import { type RunRecord, runSchema } from "./records.ts";

const files = ["items", "calls", "samples"] as const;
type LogName = (typeof files)[number] | "ratings";

/** A run on disk, for reading. */
export class RunFolder {
  constructor(
    readonly folder: string,
    readonly run: RunRecord,
    /** Bytes of incomplete records left by a killed process, by file; ignored, and removed on resume. */
    readonly torn: Readonly<Partial<Record<LogName, number>>>,
  ) {}

  path(name: LogName): string {
    return join(this.folder, `${name}.jsonl`);
  }

  scorePath(scorer: string): string {
    return join(this.folder, "scores", `${scorer}.jsonl`);
  }
}

/**
 * Opens the folder of a run for reading.
 *
 * @throws PolyclinicError `evaluate/no-run` for a folder without a run, `evaluate/damaged`.
 */
export async function openRun(folder: string): Promise<RunFolder> {
  const path = join(folder, "run.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined)
    throw new PolyclinicError("evaluate/no-run", "contains no evaluation run", {
      where: folder,
      expected: "a folder with run.json, as `polyclinic evaluate` writes it",
      hint: "`polyclinic evaluate list` lists the runs.",
    });
  const run = parseRun(text, path);
  const torn: Partial<Record<LogName, number>> = {};
  for (const name of files) {
    const bytes = await tornBytes(join(folder, `${name}.jsonl`));
    if (bytes > 0) torn[name] = bytes;
  }
  return new RunFolder(folder, run, torn);
}

function parseRun(text: string, where: string): RunRecord {
  let run: RunRecord | undefined;
  try {
    run = JSON.parse(text) as RunRecord;
  } catch {}
  if (run?.schema === runSchema) return run;
  throw new PolyclinicError("evaluate/damaged", "is not a valid run record", {
    where,
    expected: runSchema,
    found: String(run?.schema ?? "text that is not JSON"),
  });
}

/** Creates the folder, or opens it to resume. @throws PolyclinicError `evaluate/another-run` naming the differences. */
export async function createRun(folder: string, run: RunRecord): Promise<RunFolder> {
  const there = await stat(join(folder, "run.json")).catch(() => undefined);
  if (there === undefined) {
    const names = await readdir(folder).catch(() => []);
    if (names.some((name) => name !== lockName))
      throw new PolyclinicError("evaluate/another-run", "the folder contains files that do not belong to a run", {
        where: folder,
        found: names.slice(0, 5).join(", "),
        hint: "Choose a new folder.",
      });
    await makeFolder(folder);
    await writeWhole(join(folder, "run.json"), `${JSON.stringify(run, undefined, 2)}\n`);
    return new RunFolder(folder, run, {});
  }
  const opened = await openRun(folder);
  const differences = differencesOf(opened.run, run);
  if (differences.length === 0) return opened;
  throw new PolyclinicError("evaluate/another-run", "the folder contains a different run", {
    where: folder,
    found: differences.join("; "),
    hint: "Choose a new folder (-o), or repeat the original command to resume.",
  });
}

function differencesOf(before: RunRecord, now: RunRecord): string[] {
  const compared: readonly (readonly [name: string, of: (run: RunRecord) => unknown])[] = [
    ["benchmark", ({ benchmark: { name, version, split } }) => `${name} ${version}, ${split}`],
    ["data", ({ benchmark }) => benchmark.dataHash.slice(0, 12)],
    ["prompt", ({ prompt }) => `${prompt.version} (${prompt.hash.slice(0, 12)})`],
    ["strategy", ({ strategy }) => canonical(strategy)],
    [
      "model",
      ({ model: { name, hash, precision, engine } }) =>
        [name, hash?.slice(0, 12), precision, engine].filter(Boolean).join(" "),
    ],
    ["sampling", ({ sampling, seed }) => canonical({ sampling, seed })],
  ];
  return compared.flatMap(([name, of]) =>
    of(before) === of(now) ? [] : [`${name} ${of(before)} there, ${of(now)} now`],
  );
}

const lockName = "run.lock";

/**
 * Locks the folder, since two writers would make every call twice. The lock of a dead process is taken over. @returns a
 * function that releases the lock.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, lockName);
  await makeFolder(folder);
  const mine = JSON.stringify({ pid: process.pid, host: hostname() });
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(mine);
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = await readFile(path, "utf8")
      .then((text) => JSON.parse(text) as { pid: number; host: string })
      .catch(() => undefined);
    if (owner !== undefined && (owner.host !== hostname() || isAlive(owner.pid)))
      throw new PolyclinicError("evaluate/locked", "another process is writing to this run", {
        where: folder,
        found: `process ${owner.pid} on ${owner.host}`,
        hint: `Wait for it; if it is no longer running, delete ${path}.`,
      });
    await rm(path, { force: true });
  }
  throw new PolyclinicError("evaluate/locked", "the lock file cannot be created", { where: path });
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Broken files of every format: always a value or a named error, within 5 seconds and 1 GiB each, and never the end of the process.
 * `POLYCLINIC_FUZZ=20000` sets how many are tried; the same number is always the same file.
 */
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Report } from "./child.ts";

const count = Number(process.env.POLYCLINIC_FUZZ ?? 400);
/** Of computing, all threads together: a busy machine is no fault of the file. */
const secondsEach = 5;
/** By the clock, after which it hangs. */
const secondsToHang = 60;
const mebibytesEach = 1024;
/** Reading the whole files first, on a busy machine. */
const secondsToStart = 300;

interface Fault {
  readonly file: number;
  readonly name: string;
  readonly how: string;
  readonly fault: string;
}

/** Runs files `[from, to)` in one process until it ends, dies or hangs; says where to go on. */
function run(
  folder: string,
  from: number,
  to: number,
  faults: Fault[],
  outcomes: Map<string, number>,
): Promise<number> {
  return new Promise((resolve) => {
    const child = fork(join(dirname(fileURLToPath(import.meta.url)), "child.ts"), [folder, `${from}`, `${to}`], {
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let current: Extract<Report, { kind: "start" }> | undefined;
    let next = from;
    let errors = "";
    let ended = false;
    child.stderr!.on("data", (data) => {
      errors = (errors + data).slice(-2000);
    });
    const blame = (fault: string) => {
      if (current) faults.push({ file: current.file, name: current.name, how: current.how, fault });
      else faults.push({ file: next, name: "", how: "", fault: `${fault} before any file` });
    };
    const watch = (seconds: number) =>
      setTimeout(() => {
        blame(`not done in ${seconds} s`);
        current = undefined;
        ended = true;
        child.kill("SIGKILL");
      }, seconds * 1000);
    let timer = watch(secondsToStart);
    child.on("message", (report: Report) => {
      clearTimeout(timer);
      if (report.kind === "end") {
        ended = true;
        return;
      }
      timer = watch(report.kind === "start" ? secondsToHang : secondsToStart);
      if (report.kind === "start") {
        current = report;
        next = report.file + 1;
        return;
      }
      const { outcome, seconds, grownMiB } = report;
      const area = outcome.startsWith("not a ") ? "fault" : outcome;
      outcomes.set(area, (outcomes.get(area) ?? 0) + 1);
      if (area === "fault") blame(outcome);
      if (seconds > secondsEach) blame(`computed for ${seconds.toFixed(1)} s`);
      if (grownMiB > mebibytesEach) blame(`took ${Math.round(grownMiB)} MiB`);
      current = undefined;
    });
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      if (!ended) blame(`the process ended (${signal ?? code}): ${errors}`);
      resolve(ended && current === undefined && next >= to ? to : Math.max(next, from + (next === from ? 1 : 0)));
    });
  });
}

test(`${count} broken files end in a value or a named error`, {
  timeout: 60_000 + count * secondsEach * 1000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-fuzz-"));
  const faults: Fault[] = [];
  const outcomes = new Map<string, number>();
  try {
    for (let from = 0; from < count && faults.length < 50; ) from = await run(folder, from, count, faults, outcomes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  expect(faults).toEqual([]);
  // Most files must get past recognition, or nothing was tried.
  const tried = [...outcomes.values()].reduce((a, b) => a + b, 0);
  expect(tried).toBe(count);
  expect(outcomes.get("study/nothing-read") ?? 0).toBeLessThan(count / 3);
});

/**
 * Broken files opened in processes of their own, which the file may crash, hang or fill. The same number is always the same file.
 */
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Report } from "./child.ts";

/** Of computing, all threads together: a busy machine is no fault of the file. */
export const secondsEach = 10;
/** By the clock, after which it hangs. */
const secondsToHang = 60;
const mebibytesEach = 1536;
/** Reading the whole files first, on a busy machine. */
const secondsToStart = 300;

export interface Fault {
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
      else faults.push({ file: next, name: "", how: "", fault: `${fault} before the first file` });
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
      if (grownMiB > mebibytesEach) blame(`memory grew by ${Math.round(grownMiB)} MiB`);
      current = undefined;
    });
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      if (!ended) blame(`the process ended (${signal ?? code}): ${errors}`);
      resolve(ended && current === undefined && next >= to ? to : Math.max(next, from + (next === from ? 1 : 0)));
    });
  });
}

/** More than this many faults are not looked for. */
const mostFaults = 50;

export interface Outcome {
  readonly faults: readonly Fault[];
  /** How many files ended in each way: `read`, or the code of their error. */
  readonly outcomes: ReadonlyMap<string, number>;
}

/** @param onProgress is told how many files are done, whenever a process ends or has done another hundred. */
export async function fuzz(from: number, to: number, onProgress: (done: number) => void = () => {}): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-fuzz-"));
  const faults: Fault[] = [];
  const outcomes = new Map<string, number>();
  try {
    for (let next = from; next < to && faults.length < mostFaults; ) {
      // A fresh process now and then: what a thousand files leave behind is no fault of the next.
      next = await run(folder, next, Math.min(to, next + filesEach), faults, outcomes);
      onProgress(next - from);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { faults, outcomes };
}

const filesEach = 500;

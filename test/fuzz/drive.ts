/**
 * Broken files read in processes of their own, which the file may crash, hang or fill. The same number is always the same file.
 */
import { fork } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "./report.ts";
import { root } from "./seed.ts";

/** Seconds by the clock after which a file hangs, where the system does not tell the processor time of another process. */
const secondsToHang = 60;
/** Seconds of processor time after which it hangs, and by the clock, for a process that waits for ever. */
const [processorSecondsToHang, idleSecondsToHang] = [30, 300];
/** Reading the whole files first, on a busy machine. */
const secondsToStart = 1200;
/** Files of one process. A fresh one now and then: what thousands of files leave behind is no fault of the next. */
const filesEach = 5000;

export interface Fault {
  readonly file: number;
  readonly fault: string;
}

/** Numbers of files: every `step`th from `from` on, below `to`. */
export interface Numbers {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export interface Progress {
  readonly from: number;
  readonly next: number;
  /** Of processor time. */
  readonly seconds: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly faults: readonly Fault[];
}

/** Runs files in one process until it ends, dies or hangs; returns the file it was reading then, if it did. */
function run(
  child: string,
  folder: string,
  { from, to, step, skipped }: Numbers & { skipped: number },
  onProgress: (progress: Progress) => void,
): Promise<{ next: number; blamed?: Fault }> {
  return new Promise((resolve) => {
    const process_ = fork(child, [folder, `${from}`, `${to}`, `${step}`, `${skipped}`], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: [],
      env: { ...process.env, POLYCLINIC_ROOT: root },
    });
    let next = from;
    let errors = "";
    let isRunning = false;
    let hung: string | undefined;
    process_.stderr!.on("data", (data) => {
      errors = (errors + data).slice(-2000);
    });
    process_.on("message", ({ next: reached, seconds, outcomes, faults }: Report) => {
      isRunning = true;
      onProgress({ from: next, next: reached, seconds, outcomes, faults });
      next = reached;
    });
    const started = performance.now();
    let seen = { file: Number.NaN, at: started, processor: 0 };
    const timer = setInterval(() => {
      const now = performance.now();
      const file = isRunning ? currentFile(folder) : undefined;
      const processor = processorSecondsOf(process_.pid);
      if (file === undefined) {
        if (now - started > secondsToStart * 1000) hung = `not started in ${secondsToStart} s`;
      } else if (file !== seen.file) seen = { file, at: now, processor: processor ?? 0 };
      else {
        const seconds = (now - seen.at) / 1000;
        if (processor === undefined && seconds > secondsToHang) hung = `not done in ${secondsToHang} s`;
        if (processor !== undefined && processor - seen.processor > processorSecondsToHang)
          hung = `not done in ${processorSecondsToHang} s of processor time`;
        if (seconds > idleSecondsToHang) hung = `not done in ${idleSecondsToHang} s`;
      }
      if (hung !== undefined) process_.kill("SIGKILL");
    }, 1000);
    // `close`: after the last message.
    process_.on("close", (code, signal) => {
      clearInterval(timer);
      if (hung === undefined && next >= to) return resolve({ next });
      const fault = hung ?? `the process ended (${signal ?? code}): ${errors}`;
      const file = isRunning ? currentFile(folder) : undefined;
      if (file === undefined || file < next || file >= to)
        throw new Error(`files ${next} to ${to}: ${fault}${isRunning ? "" : " before the first file"}`);
      resolve({ next, blamed: { file, fault } });
    });
  });
}

function currentFile(folder: string): number | undefined {
  try {
    const file = openSync(join(folder, "current"), "r");
    try {
      const bytes = new Float64Array(1);
      return readSync(file, bytes, 0, 8, 0) === 8 ? bytes[0] : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** All threads together, in seconds; undefined where the system does not say. Clock ticks are a hundredth of a second on Linux. */
function processorSecondsOf(pid: number | undefined): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

/**
 * Files in one process after another. @param onProgress is told what became of them, every file once, in order.
 */
export async function fuzz(
  child: string,
  { from, to, step }: Numbers,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  let skipped = -1;
  for (let next = from; next < to; ) {
    const folder = await mkdtemp(join(tmpdir(), "polyclinic-fuzz-"));
    try {
      const end = Math.min(to, next + filesEach * step);
      const { next: reached, blamed } = await run(child, folder, { from: next, to: end, step, skipped }, onProgress);
      next = reached;
      // The files before it are read again, as their results went with the process; it is left out then.
      if (blamed === undefined) continue;
      skipped = blamed.file;
      onProgress({ from: next, next, seconds: 0, outcomes: { fault: 1 }, faults: [blamed] });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Displays the progress of long work on stderr, for all programs of this package. */
import { printable } from "./printable.ts";
import type { OnProgress, Progress } from "./progress.ts";

let barShown = false;
/** Clears the bar before a line is written. */
export function clearProgress(): void {
  if (barShown) process.stderr.write("\r\x1b[2K");
  barShown = false;
}

/** Redraw interval, delay before the first bar, and interval of the lines written instead of a bar. */
const everyMs = 100;
const initialDelayMs = 400;
const lineEveryMs = 10_000;

export interface Bar {
  readonly onProgress: OnProgress;
  /** Clears the bar. */
  done(): void;
}

/**
 * A bar with an estimate of the remaining time on a terminal, a line every ten seconds if stderr is a file, nothing for
 * short work.
 */
export function progressBar(): Bar {
  const began = performance.now();
  let drawn = began;
  let stage = "";
  let stageBegan = began;
  let stageFrom = 0;
  return {
    onProgress(progress) {
      const now = performance.now();
      if (progress.stage !== stage) [stage, stageBegan, stageFrom] = [progress.stage, now, progress.done];
      if (now - began < initialDelayMs) return;
      const terminal = process.stderr.isTTY === true;
      if (now - drawn < (terminal ? everyMs : lineEveryMs)) return;
      drawn = now;
      const line = printable(describeProgress(progress, progress.done - stageFrom, (now - stageBegan) / 1000));
      if (!terminal) return void process.stderr.write(`${line}\n`);
      process.stderr.write(`\r\x1b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
      barShown = true;
    },
    done: clearProgress,
  };
}

/** `reading slices [########------------]  40 %  154/384 slices  12 s left`. @param gained steps since `seconds` ago. */
export function describeProgress({ stage, done, total, unit }: Progress, gained: number, seconds: number): string {
  const amount = unit === "bytes" ? bytes(done) : `${done}`;
  if (total === undefined || total <= 0) return `${stage}  ${amount}${unit && unit !== "bytes" ? ` ${unit}` : ""}`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * 20);
  const whole = unit === "bytes" ? bytes(total) : `${total}${unit === undefined ? "" : ` ${unit}`}`;
  const left = gained > 0 && seconds > 0.5 ? `  ${duration(((total - done) / gained) * seconds)} left` : "";
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `${stage} [${"#".repeat(filled)}${"-".repeat(20 - filled)}] ${percent} %  ${amount}/${whole}${left}`;
}

export function bytes(count: number): string {
  if (count < 1e6) return `${Math.ceil(count / 1e3)} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(2)} GB`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

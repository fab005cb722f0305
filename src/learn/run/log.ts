/**
 * The log of a run: one JSON object per line, truncated to the checkpoint on resume so that no step is logged twice.
 */
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../../base/files.ts";

/**
 * One training step. `loss` is the mean over the step's targets; `gradientNorm` is measured before clipping; `step` is 1-based.
 */
export interface StepRecord {
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  /** Answer tokens (or other targets) and images of the step's batch. */
  readonly tokens: number;
  readonly images: number;
  readonly seconds: number;
}

/** One validation, after `step` steps. */
export interface ValidationRecord {
  readonly step: number;
  /** Values by metric name, including the metric that selects the checkpoint. */
  readonly validation: Readonly<Record<string, number>>;
}

/** One line of `log.jsonl`. */
export type LogRecord = StepRecord | ValidationRecord;

const fileOf = (folder: string) => join(folder, "log.jsonl");

export async function appendLog(folder: string, record: LogRecord): Promise<void> {
  await appendFile(fileOf(folder), `${JSON.stringify(record)}\n`);
}

/** All records in order; a line cut off by a kill is ignored. */
export async function readLog(folder: string): Promise<LogRecord[]> {
  const text = await readFile(fileOf(folder), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as LogRecord];
    } catch {
      return [];
    }
  });
}

/** Keeps the records up to `step`; later steps will be repeated. */
export async function cutLog(folder: string, step: number): Promise<void> {
  const upToStep = (await readLog(folder)).filter((record) => record.step <= step);
  await writeWhole(fileOf(folder), upToStep.map((record) => `${JSON.stringify(record)}\n`).join(""), {
    overwrite: true,
  });
}

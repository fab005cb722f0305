/** The log of a run: one JSON object a line, cut back to the checkpoint when a run is resumed so that no step stands twice. */
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../../base/files.ts";

export interface StepRecord {
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  /** Answer tokens (or targets) and images the step learned from. */
  readonly tokens: number;
  readonly images: number;
  readonly seconds: number;
}

export interface ValidationRecord {
  readonly step: number;
  /** Metric name to value; the run's chosen metric among them. */
  readonly validation: Readonly<Record<string, number>>;
}

export type LogRecord = StepRecord | ValidationRecord;

const fileOf = (folder: string) => join(folder, "log.jsonl");

export async function appendLog(folder: string, record: LogRecord): Promise<void> {
  await appendFile(fileOf(folder), `${JSON.stringify(record)}\n`);
}

/** Every record, in order; a line cut off by a kill is left out. */
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

/** Keeps the records up to `step`: those after it will be made again. */
export async function cutLog(folder: string, step: number): Promise<void> {
  const kept = (await readLog(folder)).filter((record) => record.step <= step);
  await writeWhole(fileOf(folder), kept.map((record) => `${JSON.stringify(record)}\n`).join(""), { overwrite: true });
}

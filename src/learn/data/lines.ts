/** A file of JSON objects, one per line, validated completely before training starts. */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";

/** A line that is not a valid example, and why. */
export interface BadLine {
  readonly line: number;
  readonly reason: string;
  /** True when the example is valid but too long: such lines may be dropped on request. */
  readonly tooLong: boolean;
}

/** Why a line is not a valid example. */
export class Fault {
  constructor(
    readonly reason: string,
    readonly tooLong = false,
  ) {}
}

/** The position of a line: its file, its number and how its relative paths are resolved. */
export interface LinePlace {
  /** 1-based. */
  readonly line: number;
  /** Resolves a path relative to the folder of the dataset file. */
  readonly absolute: (path: string) => string;
}

/**
 * Reads every non-blank line; `read` converts its object to an example, or returns a `Fault`.
 *
 * @throws learn/dataset-missing when the file cannot be read.
 */
export async function readLines<T>(
  path: string,
  read: (value: unknown, place: LinePlace) => Promise<T | Fault>,
  { signal, onProgress }: Work,
): Promise<{ examples: T[]; bad: BadLine[] }> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new PolyclinicError("learn/dataset-missing", "cannot be read", { where: path, cause });
  });
  const absolute = (file: string) => (isAbsolute(file) ? file : resolve(dirname(path), file));
  const lines = text.split(/\r?\n/);
  const examples: T[] = [];
  const bad: BadLine[] = [];
  for (const [i, source] of lines.entries()) {
    throwIfAborted(signal);
    if (source.trim() === "") continue;
    const line = i + 1;
    const value = parseLine(source);
    const example = value instanceof Fault ? value : await read(value, { line, absolute });
    if (example instanceof Fault) bad.push({ line, reason: example.reason, tooLong: example.tooLong });
    else examples.push(example);
    onProgress?.({ stage: "checking the dataset", done: line, total: lines.length, unit: "lines" });
  }
  return { examples, bad };
}

function parseLine(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    return new Fault(`is not JSON (${(error as Error).message})`);
  }
}

/** Memoises a check so that each path is checked once; the result is the error message, if any. */
export function onceEach(check: (path: string) => Promise<void>): (path: string) => Promise<string | undefined> {
  const known = new Map<string, Promise<string | undefined>>();
  return (path) => {
    let found = known.get(path);
    if (found === undefined) {
      found = check(path).then(
        () => undefined,
        (error: Error) => error.message,
      );
      known.set(path, found);
    }
    return found;
  };
}

/**
 * Throws when the dataset has bad lines or no examples.
 *
 * @throws learn/dataset naming every bad line by number; learn/dataset-empty.
 */
export function requireGoodLines(
  path: string,
  examples: readonly unknown[],
  bad: readonly BadLine[],
  expected: string,
): void {
  if (bad.length > 0) throw badDataset(path, bad);
  if (examples.length === 0)
    throw new PolyclinicError("learn/dataset-empty", "contains no training example", { where: path, expected });
}

function badDataset(path: string, bad: readonly BadLine[]): PolyclinicError {
  const list = bad.map(({ line, reason }) => `line ${line}: ${reason}`).join("\n");
  return new PolyclinicError("learn/dataset", `${bad.length} invalid line${bad.length === 1 ? "" : "s"}`, {
    where: path,
    found: `\n${list}\n`,
    hint: bad.every(({ tooLong }) => tooLong)
      ? "Set dropTooLong: true to drop the examples that are too long."
      : "Correct or remove these lines. No training was started.",
  });
}

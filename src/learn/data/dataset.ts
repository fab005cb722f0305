/** A dataset file, checked from the first to the last line before anything is learned from it. */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import { answerOf, type Example, type ExampleMessage, imagesOf, parseExample } from "./conversation.ts";

/** A line that cannot be learned from, and why. */
export interface BadLine {
  readonly line: number;
  readonly reason: string;
  /** True when the example is only too long: such lines may be dropped on request. */
  readonly tooLong: boolean;
}

export interface DatasetChecks extends Work {
  /** Opens an image far enough to know that it can be read; throws what a person should see. Called once for each path. */
  readonly checkImage: (path: string) => Promise<void>;
  /** Tokens of the whole conversation; checked against `contextTokens`. */
  readonly countTokens?: (messages: readonly ExampleMessage[]) => number;
  readonly contextTokens?: number;
  /** The declared set: every answer has to be, or to end with, one of them. */
  readonly labels?: readonly string[];
  /** Leave out examples longer than the context instead of refusing the dataset. */
  readonly dropTooLong?: boolean;
}

export interface Dataset {
  readonly path: string;
  readonly examples: readonly Example[];
  /** Lines left out on request (`dropTooLong`). */
  readonly dropped: readonly BadLine[];
}

/**
 * Reads and checks a JSONL dataset.
 *
 * @throws learn/dataset naming every bad line by number; learn/dataset-empty when there is nothing to learn from.
 */
export async function readDataset(path: string, checks: DatasetChecks): Promise<Dataset> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new PolyclinicError("learn/dataset-missing", "cannot be read", { where: path, cause });
  });
  const lines = text.split(/\r?\n/);
  const images = new Map<string, Promise<string | undefined>>();
  const checkImage = (image: string) => {
    let known = images.get(image);
    if (known === undefined) {
      known = checks.checkImage(image).then(
        () => undefined,
        (error: Error) => error.message,
      );
      images.set(image, known);
    }
    return known;
  };
  const examples: Example[] = [];
  const bad: BadLine[] = [];
  for (const [i, source] of lines.entries()) {
    throwIfAborted(checks.signal);
    if (source.trim() === "") continue;
    const line = i + 1;
    const example = readLine(source, line, dirname(path));
    if (typeof example === "string") {
      bad.push({ line, reason: example, tooLong: false });
      continue;
    }
    const faults = [labelFault(example, checks.labels)];
    for (const image of imagesOf(example)) faults.push(await checkImage(image));
    const fault = faults.find((reason) => reason !== undefined);
    const length = lengthFault(example, checks);
    if (fault !== undefined) bad.push({ line, reason: fault, tooLong: false });
    else if (length !== undefined) bad.push({ line, reason: length, tooLong: true });
    else examples.push(example);
    checks.onProgress?.({ stage: "checking the dataset", done: line, total: lines.length, unit: "lines" });
  }
  const fatal = bad.filter(({ tooLong }) => !(tooLong && checks.dropTooLong));
  if (fatal.length > 0) throw badDataset(path, fatal);
  if (examples.length === 0)
    throw new PolyclinicError("learn/dataset-empty", "holds nothing to learn from", {
      where: path,
      expected: "one JSON object with `messages` a line",
    });
  return { path, examples, dropped: bad };
}

function readLine(source: string, line: number, folder: string): Example | string {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    return `is not JSON (${(error as Error).message})`;
  }
  const messages = parseExample(value);
  if (typeof messages === "string") return messages;
  const absolute = messages.map(({ role, content }) => ({
    role,
    content: content.map((item) =>
      item.type === "image"
        ? { ...item, image: isAbsolute(item.image) ? item.image : resolve(folder, item.image) }
        : item,
    ),
  }));
  return { line, messages: absolute };
}

function labelFault(example: Example, labels: readonly string[] | undefined): string | undefined {
  if (labels === undefined) return undefined;
  const answer = answerOf(example).trim();
  if (labels.some((label) => answer === label || answer.endsWith(`: ${label}`))) return undefined;
  return `answers ${JSON.stringify(answer.slice(0, 60))}, which is not a declared label (${labels.join(", ")})`;
}

function lengthFault(example: Example, { countTokens, contextTokens }: DatasetChecks): string | undefined {
  if (countTokens === undefined || contextTokens === undefined) return undefined;
  const tokens = countTokens(example.messages);
  return tokens > contextTokens ? `is ${tokens} tokens long (the context holds ${contextTokens})` : undefined;
}

function badDataset(path: string, bad: readonly BadLine[]): PolyclinicError {
  const list = bad.map(({ line, reason }) => `line ${line}: ${reason}`).join("\n");
  return new PolyclinicError(
    "learn/dataset",
    `${bad.length} line${bad.length === 1 ? "" : "s"} cannot be learned from`,
    {
      where: path,
      found: `\n${list}\n`,
      hint: bad.every(({ tooLong }) => tooLong)
        ? "Set dropTooLong to leave these out."
        : "Mend or remove these lines; nothing was trained.",
    },
  );
}

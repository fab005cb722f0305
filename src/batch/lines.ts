/** The lines of `results.jsonl`, kept in memory by their places. */
import type { FileHandle } from "node:fs/promises";
import type { TaskResult } from "../task/result.ts";
import { withReasonMessages } from "../task/scope/reason.ts";

/** One line of `results.jsonl`: the outcome of one study. `error` is set for `failed`, `result` otherwise. */
export interface Line {
  readonly id: string;
  readonly files: readonly string[];
  readonly status: "answered" | "unparsed" | "refused" | "deferred" | "failed";
  readonly result?: TaskResult;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A line as memory holds it. */
export interface Kept {
  readonly status: Line["status"];
  readonly cautions: boolean;
  readonly outOfScope: boolean;
  /** Place in the file, bytes; without the line break. */
  readonly at: number;
  readonly bytes: number;
  /** Only of a failed study. */
  readonly failed?: Failure;
}

export type Failure = Line & Required<Pick<Line, "error">>;

export function keptOf(line: Line, at: number, bytes: number): Kept {
  const { status, result, error } = line;
  const given = status !== "refused" && status !== "deferred" && result !== undefined;
  return {
    status,
    cautions: given && (result.cautions ?? []).length > 0,
    outOfScope: given && result.refusal !== undefined,
    at,
    bytes,
    ...(error !== undefined && { failed: { ...line, error } }),
  };
}

export async function bytesAt(file: FileHandle, { at, bytes }: Kept): Promise<Buffer> {
  const row = Buffer.alloc(bytes);
  for (let read = 0; read < bytes; ) {
    const { bytesRead } = await file.read(row, read, bytes - read, at + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return row;
}

const statuses: Readonly<Record<Line["status"], true>> = {
  answered: true,
  unparsed: true,
  refused: true,
  deferred: true,
  failed: true,
};

export function lineOf(row: string): Line | undefined {
  try {
    const line = JSON.parse(row) as Line;
    const sound =
      typeof line.id === "string" &&
      Object.hasOwn(statuses, line.status) &&
      (line.status === "failed"
        ? typeof line.error?.code === "string" && typeof line.error.message === "string"
        : typeof line.result === "object" && line.result !== null);
    if (!sound) return undefined;
    return line.status === "failed" ? line : { ...line, result: withReasonMessages(line.result) };
  } catch {
    return undefined;
  }
}

/**
 * The output of a batch: `results.jsonl`, one line per study, appended as each finishes; and `manifest.json`, the run's parameters. A batch that was
 * stopped, or killed in the middle of a line, resumes after the last complete line.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../base/errors.ts";
import { makeFolder, writeWhole } from "../base/files.ts";
import type { ModelIdentity } from "../model/contract.ts";
import type { TaskResult } from "../task/result.ts";
import type { BatchStudy } from "./studies.ts";

export interface Line {
  readonly id: string;
  readonly files: readonly string[];
  readonly status: "answered" | "unparsed" | "refused" | "failed";
  readonly result?: TaskResult;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Counts of studies by outcome, of answers with cautions, and of out-of-scope answers that were forced (`anyway`). */
export type BatchCounts = Readonly<Record<Line["status"] | "withCautions" | "outOfScope", number>>;

export interface Manifest {
  readonly schema: "polyclinic.batch/1";
  readonly version: string;
  readonly task: string;
  /** Everything that influences an answer. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly model: ModelIdentity;
  readonly studies: number;
  /** SHA-256 over the list of studies, hex. */
  readonly studiesSha256: string;
  readonly counts: BatchCounts;
  readonly finished: boolean;
  /** Duration of the last run in seconds, and the fraction of it in which the model was busy. */
  readonly seconds: number;
  readonly modelShare: number;
  readonly notice: string;
}

export function hashOfStudies(studies: readonly BatchStudy[]): string {
  return createHash("sha256").update(JSON.stringify(studies)).digest("hex");
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export class Journal {
  private readonly lines = new Map<string, Line>();
  private file: FileHandle | undefined;
  private writing: Promise<void> = Promise.resolve();

  private constructor(private readonly folder: string) {}

  /** @throws PolyclinicError `batch/changed` when the folder holds another run. */
  static async open(
    folder: string,
    plan: Pick<Manifest, "task" | "options" | "model" | "studiesSha256">,
  ): Promise<Journal> {
    const journal = new Journal(folder);
    try {
      await makeFolder(folder);
      await journal.checkSame(plan);
      await journal.readLines();
      journal.file = await open(journal.path, "a");
    } catch (cause) {
      if (PolyclinicError.is(cause)) throw cause;
      throw new PolyclinicError("file/write", `cannot be written (${(cause as NodeJS.ErrnoException).code})`, {
        where: folder,
        hint: "Choose a writable folder.",
        cause,
      });
    }
    return journal;
  }

  get path(): string {
    return join(this.folder, "results.jsonl");
  }

  private get manifestPath(): string {
    return join(this.folder, "manifest.json");
  }

  has(id: string, retryFailed: boolean): boolean {
    const line = this.lines.get(id);
    return line !== undefined && !(retryFailed && line.status === "failed");
  }

  counts(): Manifest["counts"] {
    const counts = { answered: 0, unparsed: 0, refused: 0, failed: 0, withCautions: 0, outOfScope: 0 };
    for (const { status, result } of this.lines.values()) {
      counts[status]++;
      if (status === "refused" || result === undefined) continue;
      if ((result.cautions ?? []).length > 0) counts.withCautions++;
      if (result.refusal !== undefined) counts.outOfScope++;
    }
    return counts;
  }

  failures(): (Line & Required<Pick<Line, "error">>)[] {
    return [...this.lines.values()].filter((line): line is Line & Required<Pick<Line, "error">> => !!line.error);
  }

  /** Appends are serialised, so that lines never interleave. */
  add(line: Line): Promise<void> {
    this.lines.set(line.id, line);
    this.writing = this.writing.then(async () => {
      await this.file?.appendFile(`${JSON.stringify(line)}\n`);
    });
    return this.writing;
  }

  async writeManifest(manifest: Manifest): Promise<void> {
    await writeWhole(this.manifestPath, `${JSON.stringify(manifest, undefined, 2)}\n`, { overwrite: true });
  }

  async close(): Promise<void> {
    await this.writing.catch(() => {});
    await this.file?.close();
  }

  private async checkSame(plan: Pick<Manifest, "task" | "options" | "model" | "studiesSha256">): Promise<void> {
    const text = await readFile(this.manifestPath, "utf8").catch(() => undefined);
    if (text === undefined) return;
    const before = JSON.parse(text) as Manifest;
    const differences = [
      before.task !== plan.task && `task ${before.task}`,
      canonical(before.options) !== canonical(plan.options) && `options ${JSON.stringify(before.options)}`,
      before.model.hash !== plan.model.hash && `model ${before.model.name} (${before.model.hash?.slice(0, 12)})`,
      before.model.precision !== plan.model.precision && `precision ${before.model.precision}`,
      before.studiesSha256 !== plan.studiesSha256 && "other studies",
    ].filter(Boolean);
    if (differences.length === 0) return;
    throw new PolyclinicError("batch/changed", "the folder holds the results of another run", {
      where: this.folder,
      found: differences.join("; "),
      hint: "Choose a new output folder, or repeat the original command to resume.",
    });
  }

  /** The last line of a study counts; a truncated line is removed from the file. */
  private async readLines(): Promise<void> {
    const text = await readFile(this.path).catch(() => Buffer.alloc(0));
    const whole = text.lastIndexOf(0x0a) + 1;
    if (whole < text.length) await truncate(this.path, whole);
    for (const [i, row] of text.subarray(0, whole).toString("utf8").split("\n").entries()) {
      if (row === "") continue;
      try {
        const line = JSON.parse(row) as Line;
        this.lines.set(line.id, line);
      } catch (cause) {
        throw new PolyclinicError("batch/damaged", "a line of earlier results is damaged", {
          where: `${this.path}, line ${i + 1}`,
          hint: "Remove that line; its study will be answered again.",
          cause,
        });
      }
    }
  }
}

/**
 * The output of a batch: `results.jsonl`, one line per study, written when it is done; and `manifest.json`, the
 * configuration. A batch that was stopped, or killed while writing a line, resumes after the last complete line. A
 * folder has one writer at a time, and contains only results of one model, task and list of studies. Memory holds the
 * places of the lines and the failures, never the results: a batch may have 100,000 studies.
 *
 * Over 300 lines because the format of both files, and the checks of an earlier run against it, belong together.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open, readdir, readFile, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../base/errors.ts";
import { cannotWrite, writeWhole } from "../base/files.ts";
import { type FolderLock, lockFolder } from "../base/lock/folder.ts";
import { linesOf } from "../bytes/lines.ts";
import type { ModelIdentity } from "../model/contract.ts";
import { bytesAt, type Failure, type Kept, keptOf, type Line, lineOf } from "./lines.ts";
import type { BatchStudy } from "./studies.ts";

export type { Line } from "./lines.ts";

/** Counts of studies by outcome, of answers with cautions, and of out-of-scope answers that were forced (`anyway`). */
export type BatchCounts = Readonly<Record<Line["status"] | "withCautions" | "outOfScope", number>>;

/** `manifest.json` of a batch: what must be equal for it to be resumed, and its state. */
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

/** What must be equal for a run to resume. */
export type Identity = Pick<Manifest, "version" | "task" | "options" | "model" | "studiesSha256">;

const lockNames = { file: "batch.lock", code: "batch/in-use", what: "another batch" };

export class Journal {
  private readonly lines = new Map<string, Kept>();
  /** Length of the file, bytes. */
  private length = 0;
  private file: FileHandle | undefined;
  private lock: FolderLock | undefined;
  private writing: Promise<void> = Promise.resolve();

  private constructor(private readonly folder: string) {}

  /**
   * @param studies of the batch; the folder may contain results of these only.
   * @throws PolyclinicError `batch/changed` when the folder contains another run, `batch/in-use` when another process
   * uses it, `batch/damaged` for an invalid manifest or line, `file/write`.
   */
  static async open(
    folder: string,
    identity: Identity,
    studies: readonly BatchStudy[],
    { retryFailed = false }: { retryFailed?: boolean } = {},
  ): Promise<Journal> {
    const journal = new Journal(folder);
    try {
      journal.lock = await lockFolder(folder, lockNames);
      await removeHalfWritten(folder);
      const known = await journal.checkSame(identity);
      await journal.readLines(new Set(studies.map(({ id }) => id)), known);
      if (retryFailed) await journal.takeOutFailed();
      journal.file = await open(journal.path, "a");
    } catch (cause) {
      await journal.close();
      throw PolyclinicError.is(cause) ? cause : cannotWrite(folder, cause);
    }
    return journal;
  }

  get path(): string {
    return join(this.folder, "results.jsonl");
  }

  private get manifestPath(): string {
    return join(this.folder, "manifest.json");
  }

  has(id: string): boolean {
    return this.lines.has(id);
  }

  counts(): Manifest["counts"] {
    const counts = { answered: 0, unparsed: 0, refused: 0, deferred: 0, failed: 0, withCautions: 0, outOfScope: 0 };
    for (const { status, cautions, outOfScope } of this.lines.values()) {
      counts[status]++;
      if (cautions) counts.withCautions++;
      if (outOfScope) counts.outOfScope++;
    }
    return counts;
  }

  /** The results of these studies, read again from the file; undefined for a study without one. */
  async *results(ids: Iterable<string>): AsyncGenerator<Line | undefined> {
    await this.writing;
    const file = await open(this.path, "r");
    try {
      for (const id of ids) {
        const existing = this.lines.get(id);
        yield existing && lineOf((await bytesAt(file, existing)).toString("utf8"));
      }
    } finally {
      await file.close();
    }
  }

  failures(): Failure[] {
    return [...this.lines.values()].flatMap(({ failed }) => failed ?? []);
  }

  /** Writes are serialised, and none follows a failed one. @throws PolyclinicError `file/write`. */
  add(line: Line): Promise<void> {
    this.writing = this.writing.then(async () => {
      const row = Buffer.from(`${JSON.stringify(line)}\n`);
      await this.file?.appendFile(row).catch((cause: unknown) => {
        throw cannotWrite(this.path, cause, "The results so far are kept; run the same command again to resume.");
      });
      this.lines.set(line.id, keptOf(line, this.length, row.length - 1));
      this.length += row.length;
    });
    return this.writing;
  }

  async writeManifest(manifest: Manifest): Promise<void> {
    await writeWhole(this.manifestPath, `${JSON.stringify(manifest, undefined, 2)}\n`, { overwrite: true });
  }

  async close(): Promise<void> {
    await this.writing.catch(() => {});
    await this.file?.close();
    await this.lock?.release();
  }

  /** @returns false when there is no manifest. */
  private async checkSame(now: Identity): Promise<boolean> {
    const text = await readFile(this.manifestPath, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) return false;
    const before = manifestOf(text, this.manifestPath);
    const same = before.model.hash !== undefined && before.model.hash === now.model.hash;
    const differences = [
      before.version !== now.version && `polyclinic ${before.version}`,
      before.task !== now.task && `task ${before.task}`,
      canonical(before.options) !== canonical(now.options) && `options ${JSON.stringify(before.options)}`,
      // A model with a weight hash is identified by it, whatever its name; a server's only by host and name.
      !same &&
        canonical(served(before.model)) !== canonical(served(now.model)) &&
        `model ${modelInWords(before.model)}`,
      same && before.model.precision !== now.model.precision && `precision ${before.model.precision}`,
      before.studiesSha256 !== now.studiesSha256 && "a different list of studies",
    ].filter(Boolean);
    if (differences.length === 0) return true;
    throw new PolyclinicError("batch/changed", "the folder contains the results of a different run", {
      where: this.folder,
      found: differences.join("; "),
      hint: "Choose a new output folder, or repeat the original command to resume.",
    });
  }

  /**
   * Removes a truncated last line. If a study failed and was repeated, its last line counts.
   *
   * @param known whether a manifest identifies the run of the lines.
   */
  private async readLines(ids: ReadonlySet<string>, known: boolean): Promise<void> {
    const size = await stat(this.path).then(
      (found) => found.size,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return 0;
        throw error;
      },
    );
    if (size > 0 && !known)
      throw new PolyclinicError(
        "batch/damaged",
        "the folder contains results, but no manifest that identifies the run",
        {
          where: this.folder,
          expected: "manifest.json next to results.jsonl",
          hint: "Choose a new output folder.",
        },
      );
    let number = 0;
    for await (const { text, offset, length } of linesOf(this.path)) {
      number++;
      this.length = offset + length + 1;
      if (length === 0) continue;
      const line = lineOf(text);
      const before = line && this.lines.get(line.id);
      const fault =
        line === undefined
          ? "a line of the earlier results is damaged"
          : !ids.has(line.id)
            ? "a line of the earlier results belongs to a study that is not in the list"
            : before !== undefined && before.status !== "failed"
              ? "a study has two results"
              : undefined;
      if (fault !== undefined)
        throw new PolyclinicError("batch/damaged", fault, {
          where: `${this.path}, line ${number}`,
          ...(line !== undefined && { found: line.id }),
          hint: "Delete that line; its study is then processed again.",
        });
      this.lines.set(line!.id, keptOf(line!, offset, length));
    }
    if (this.length < size) await truncate(this.path, this.length);
  }

  /** So that a repeated study has only one line. */
  private async takeOutFailed(): Promise<void> {
    const failed = this.failures();
    if (failed.length === 0) return;
    for (const { id } of failed) this.lines.delete(id);
    const before = await open(this.path, "r");
    try {
      await writeWhole(
        this.path,
        async (after) => {
          this.length = 0;
          for (const [id, line] of this.lines) {
            await after.writeFile(Buffer.concat([await bytesAt(before, line), Buffer.from("\n")]));
            this.lines.set(id, { ...line, at: this.length });
            this.length += line.bytes + 1;
          }
        },
        { overwrite: true },
      );
    } finally {
      await before.close();
    }
  }
}

/** Removes incomplete files of killed processes. The folder is locked, so no other process is writing them. */
async function removeHalfWritten(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (/^\.[0-9a-f]{8}\.tmp$|^(?:manifest\.json|results\.jsonl)\.[0-9a-f]{8}\.tmp$|^batch\.lock\../.test(name))
      await rm(join(folder, name), { force: true });
}

/** A restarted server may use another port. */
const served = ({ engine, ...model }: ModelIdentity) => ({ ...model, engine: engine.replace(/:\d+$/, "") });

const modelInWords = ({ name, engine, precision, hash }: ModelIdentity) =>
  `${name} (${engine}, ${precision}${hash === undefined ? "" : `, ${hash.slice(0, 12)}`})`;

/** @throws PolyclinicError `batch/damaged`. */
function manifestOf(text: string, where: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { schema, version, task, options, model, studiesSha256 } = (value ?? {}) as Partial<Manifest>;
  const texts = [version, task, studiesSha256, model?.name, model?.precision, model?.engine];
  const sound =
    schema === "polyclinic.batch/1" &&
    typeof options === "object" &&
    options !== null &&
    texts.every((one) => typeof one === "string");
  if (sound) return value as Manifest;
  throw new PolyclinicError("batch/damaged", "is not a manifest written by polyclinic batch", {
    where,
    expected: "polyclinic.batch/1",
    found: text.trim().slice(0, 40) || "an empty file",
    hint: "Choose a new output folder: without a manifest the results next to it cannot be assigned to this run.",
  });
}

/** Append-only JSON Lines: complete lines survive a crash; an incomplete last line is detected, counted and removed before more is written. */
import { type FileHandle, open, truncate } from "node:fs/promises";
import { PolyclinicError } from "../../base/errors.ts";
import { chunkBytes, linesOf, newline, openOrNothing } from "../../bytes/lines.ts";

/**
 * Reads the records of a JSON Lines log one by one; an incomplete last line, as an interrupted write leaves it, is skipped.
 *
 * @throws PolyclinicError `evaluate/damaged` naming the line.
 */
export async function* recordsOf<T>(path: string): AsyncGenerator<T> {
  let number = 0;
  for await (const { text } of linesOf(path)) {
    if (text === "") continue;
    number++;
    yield parseLine<T>(text, path, number);
  }
}

export function parseLine<T>(text: string, path: string, number: number): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new PolyclinicError("evaluate/damaged", "a line is damaged", {
      where: `${path}, line ${number}`,
      found: text.slice(0, 60),
      hint: "Delete that line; its item is asked again when the run is resumed.",
      cause,
    });
  }
}

/** Length of an incomplete last line, bytes; 0 if all lines are complete. */
export async function tornBytes(path: string): Promise<number> {
  const file = await openOrNothing(path);
  if (file === undefined) return 0;
  try {
    const { size } = await file.stat();
    for (let end = size; end > 0; end -= chunkBytes) {
      const from = Math.max(0, end - chunkBytes);
      const block = Buffer.alloc(end - from);
      await file.read(block, 0, block.length, from);
      const last = block.lastIndexOf(newline);
      if (last >= 0) return size - (from + last + 1);
    }
    return size;
  } finally {
    await file.close();
  }
}

/** Removes an incomplete last line. @returns its length in bytes. */
export async function removeIncompleteLine(path: string): Promise<number> {
  const torn = await tornBytes(path);
  if (torn === 0) return 0;
  const file = await open(path, "r");
  const { size } = await file.stat();
  await file.close();
  await truncate(path, size - torn);
  return torn;
}

/** Position of a record in its file: byte offset, and length without the line break. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Appends records. Records added during a write are written together in the next one. */
export class LineWriter {
  private waiting: { lines: Buffer[]; done: Promise<void> } | undefined;
  private last: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
    /** Byte offset of the next line. */
    private end: number,
  ) {}

  static async open(path: string): Promise<LineWriter> {
    await removeIncompleteLine(path);
    const file = await open(path, "a");
    return new LineWriter(file, path, (await file.stat()).size);
  }

  /** Resolves when the records are written. @throws PolyclinicError `file/write`. */
  async add(...records: readonly unknown[]): Promise<Place[]> {
    if (this.waiting === undefined) {
      const lines: Buffer[] = [];
      const done = this.last.then(() => {
        this.waiting = undefined;
        return this.write(Buffer.concat(lines));
      });
      this.waiting = { lines, done };
      this.last = done.catch(() => {});
    }
    const places = records.map((record) => {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      this.waiting!.lines.push(line);
      const place = { offset: this.end, length: line.length - 1 };
      this.end += line.length;
      return place;
    });
    await this.waiting.done;
    return places;
  }

  async close(): Promise<void> {
    await this.last;
    await this.file.sync().catch(() => {});
    await this.file.close();
  }

  private async write(bytes: Buffer): Promise<void> {
    try {
      await this.file.appendFile(bytes);
    } catch (cause) {
      throw new PolyclinicError("file/write", `cannot be written (${(cause as NodeJS.ErrnoException).code})`, {
        where: this.path,
        hint: "Free disk space or choose another folder, then repeat the command to resume.",
        cause,
      });
    }
  }
}

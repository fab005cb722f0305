/**
 * The memory budget of reading one study. Readers reserve memory before they allocate it, so that a small file that unpacks to gigabytes
 * raises an error instead of exhausting the process.
 */
import { PolyclinicError } from "../base/errors.ts";

/** Minimum budget of a study, however small its files are. */
const minBytes = 2 ** 30;
/**
 * Maximum ratio of memory to file size for larger files. JPEG 2000 of CT and MR typically unpacks to floats of 10 to 40
 * times its size; deflate bombs reach 1000 times.
 */
const growth = 64;

/** Accounts for the memory of reading one study; see the top of this file. Sizes are in bytes. */
export class MemoryBudget {
  private files = 0;
  private held = 0;

  /** @param maxMemory upper bound in bytes, whatever the files' size. */
  constructor(private readonly maxMemory: number) {}

  /** Adds a file of the study, which may raise the budget. */
  addFile(bytes: number): void {
    this.files += bytes;
  }

  /** Bytes that may be held at once. */
  get most(): number {
    return Math.min(this.maxMemory, Math.max(minBytes, growth * this.files));
  }

  /**
   * Reserves memory that the study keeps.
   *
   * @param where the file, for the message.
   * @param what purpose of the memory: `the picture's pixels`.
   * @throws `limit/bytes` when the budget would be exceeded.
   */
  take(bytes: number, where: string, what: string): void {
    if (!(this.held + bytes <= this.most)) throw this.exceeded(bytes, where, what);
    this.held += bytes;
  }

  /** Releases what `take` reserved. */
  give(bytes: number): void {
    this.held = Math.max(0, this.held - bytes);
  }

  /** Reserves memory only while `work` runs. */
  async during<T>(bytes: number, where: string, what: string, work: () => Promise<T>): Promise<T> {
    this.take(bytes, where, what);
    try {
      return await work();
    } finally {
      this.give(bytes);
    }
  }

  private exceeded(bytes: number, where: string, what: string): PolyclinicError {
    const megabytes = (n: number) => `${Math.ceil(n / 2 ** 20)} MiB`;
    return new PolyclinicError("limit/bytes", `${what} would exceed the memory limit for reading this study`, {
      where,
      expected: `at most ${megabytes(this.most)} in total`,
      found: `${megabytes(bytes)}${this.held > 0 ? ` in addition to ${megabytes(this.held)} already in use` : ""}`,
      hint:
        this.most < this.maxMemory
          ? "The files expand to many times their size. If you trust them, decompress or convert them first, or read fewer at once."
          : "If you trust the files, raise limits.maxMemory, or read fewer at once.",
    });
  }
}

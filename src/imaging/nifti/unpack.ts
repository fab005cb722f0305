/** Reads a possibly gzipped file, decompressing no more than requested, as protection against decompression bombs. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Limits } from "../types.ts";

export class ByteReader {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  private chunks: Uint8Array[] = [];
  /** Bytes decompressed so far, and how many of them were discarded because they are no longer needed. */
  private length = 0;
  private dropped = 0;
  private ended: boolean;

  constructor(
    private readonly file: Uint8Array,
    private readonly where: string,
    private readonly limits: Limits,
  ) {
    const gzipped = file[0] === 0x1f && file[1] === 0x8b;
    this.ended = !gzipped;
    if (gzipped) {
      const stream = new Blob([file as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
      this.reader = stream.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    } else {
      this.chunks.push(file);
      this.length = file.length;
    }
  }

  /** Total number of bytes; unknown until a compressed file is fully decompressed. */
  get size(): number | undefined {
    return this.reader === undefined ? this.file.length : undefined;
  }

  /**
   * Bytes `[start, end)`; fewer if the file ends earlier. Bytes before `start` are discarded, so ranges must be
   * requested in order. @throws PolyclinicError `nifti/damaged`, `limit/bytes`, `limit/ratio`.
   */
  async slice(start: number, end: number): Promise<Uint8Array> {
    const unpacked = this.reader !== undefined;
    while (!this.ended && this.length < end) {
      await this.more();
      if (unpacked && this.length <= start) this.drop();
    }
    const whole = this.chunks.length === 1 ? this.chunks[0] : concatenate(this.chunks, this.length - this.dropped);
    this.chunks = [whole];
    const at = (byte: number) => Math.max(0, Math.min(byte, this.length) - this.dropped);
    return whole.subarray(at(start), at(end));
  }

  private drop(): void {
    this.chunks = [];
    this.dropped = this.length;
  }

  /** Whether anything follows byte `end`. */
  async continuesAfter(end: number): Promise<boolean> {
    while (!this.ended && this.length <= end) {
      await this.more();
      this.drop();
    }
    return this.length > end;
  }

  async close(): Promise<void> {
    await this.reader?.cancel().catch(() => undefined);
  }

  private async more(): Promise<void> {
    const piece = await this.reader!.read().catch((cause) => {
      throw new PolyclinicError("nifti/damaged", "the compressed file is damaged or truncated", {
        where: this.where,
        hint: "Copy or download it again.",
        cause,
      });
    });
    if (piece.done) {
      this.ended = true;
      return;
    }
    this.chunks.push(piece.value);
    this.length += piece.value.length;
    const { maxBytes, maxRatio } = this.limits;
    if (this.length > maxBytes) throw this.swollen("limit/bytes", `at most ${maxBytes} bytes`, "maxBytes");
    if (this.length > this.file.length * maxRatio + (1 << 16)) {
      throw this.swollen("limit/ratio", `at most ${maxRatio} times its compressed size`, "maxRatio");
    }
  }

  private swollen(code: string, expected: string, limit: string): PolyclinicError {
    return new PolyclinicError(code, "is too large when decompressed", {
      where: this.where,
      expected,
      hint: `If you trust the file, raise limits.${limit}.`,
    });
  }
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/**
 * Reusable memory for the encoded bytes of one region: a slide's patches are read by the hundred, and the
 * garbage of these reads would otherwise exceed the memory of the pixels.
 */

/** Larger buffers are not kept between regions. */
const maxRetainedBytes = 1 << 24;
const maxIdle = 8;

export class Scratch {
  private block = new Uint8Array(0);
  private used = 0;
  private requestedBytes = 0;

  /** Bytes with undefined content, valid until the scratch is released. */
  take(length: number): Uint8Array {
    this.requestedBytes += length;
    if (this.used + length > this.block.length) return new Uint8Array(length);
    this.used += length;
    return this.block.subarray(this.used - length, this.used);
  }

  reset(): void {
    if (this.requestedBytes > this.block.length)
      this.block = new Uint8Array(Math.min(maxRetainedBytes, Math.ceil(this.requestedBytes * 1.25)));
    this.used = 0;
    this.requestedBytes = 0;
  }
}

const idle: Scratch[] = [];

/** Runs `work` with its own scratch; buffers taken from it must not outlive the call. */
export async function withScratch<T>(work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const scratch = idle.pop() ?? new Scratch();
  try {
    return await work(scratch);
  } finally {
    scratch.reset();
    if (idle.length < maxIdle) idle.push(scratch);
  }
}

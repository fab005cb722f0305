/** The latest images as a viewer gets them: the small image, the large one and the thumbnail need one decoding and one reduction. */
import type { Pixels } from "../../study/display/pixels.ts";

interface Source {
  pixels(z: number): Promise<Pixels>;
}

interface Entry {
  readonly pixels: Promise<Pixels>;
  /** 0 until it is read. */
  bytes: number;
}

export class KeptPixels {
  /** In order of use, the latest last. */
  private readonly entries = new Map<Source, Entry>();

  /** @param maxBytes bytes kept; the latest image is kept in any case. An image of 24 megapixels has at most 96 MB. */
  constructor(private readonly maxBytes = 200e6) {}

  /** Requests at the same time share one reading; one that failed is tried again. */
  of(part: Source, z: number): Promise<Pixels> {
    const entry = this.entries.get(part) ?? this.read(part, z);
    this.entries.delete(part);
    this.entries.set(part, entry);
    return entry.pixels;
  }

  drop(part: Source): void {
    this.entries.delete(part);
  }

  private read(part: Source, z: number): Entry {
    const entry: Entry = { pixels: part.pixels(z), bytes: 0 };
    entry.pixels.then(
      ({ data }) => {
        entry.bytes = data.byteLength;
        this.shrink();
      },
      () => this.drop(part),
    );
    return entry;
  }

  private shrink(): void {
    let total = 0;
    for (const { bytes } of this.entries.values()) total += bytes;
    for (const [part, { bytes }] of this.entries) {
      if (total <= this.maxBytes || this.entries.size === 1) return;
      // One that is still being read has no bytes yet and is shared by those who wait.
      if (bytes === 0) continue;
      this.entries.delete(part);
      total -= bytes;
    }
  }
}

/**
 * Reads the entries of a zip archive with yauzl; `zip.web.ts` is the browser's version. `archive.ts` decides what is
 * rejected.
 */
import { Readable } from "node:stream";
import yauzl from "yauzl";
import type { ByteSource } from "../../../bytes/index.ts";

export interface ZipEntry {
  /**
   * With `/` between folders; a folder's name ends with it. A path that leaves the archive is an error of `eachEntry`.
   */
  readonly fileName: string;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  /** Its upper 16 bits are a Unix mode. */
  readonly externalFileAttributes: number;
  isEncrypted(): boolean;
}

export interface Zip {
  eachEntry(): AsyncIterable<ZipEntry>;
  /** The entry's bytes as a stream; an error if they are damaged, or more or fewer than stated. */
  unpack(entry: ZipEntry): AsyncIterable<Uint8Array>;
  close(): void;
}

/** @throws Error describing why the archive's directory cannot be read. */
export async function openZip(archive: ByteSource): Promise<Zip> {
  const zip = await fromSource(archive);
  return {
    eachEntry: () => zip.eachEntry(),
    async *unpack(entry) {
      const stream = await zip.openReadStreamPromise(entry as yauzl.Entry);
      yield* stream as AsyncIterable<Uint8Array>;
    },
    close: () => zip.close(),
  };
}

/**
 * yauzl's own file reader throws uncatchable errors for ranges outside the file; this one passes them to its callback.
 */
class SourceReader extends yauzl.RandomAccessReader {
  constructor(private readonly source: ByteSource) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const { source } = this;
    return Readable.from(
      (async function* () {
        for (let at = start; at < end; at += chunk) yield await source.read(at, Math.min(chunk, end - at));
      })(),
      { objectMode: false },
    );
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, done: (error: Error | null) => void) {
    this.source.read(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        done(null);
      },
      (error: Error) => done(error),
    );
  }

  override close(done: (error: Error | null) => void) {
    done(null);
  }
}

const chunk = 1 << 18;

function fromSource(archive: ByteSource): Promise<yauzl.ZipFile> {
  // Windows writes backslashes between folders; yauzl converts them before it validates paths.
  const options = { lazyEntries: true, autoClose: false, strictFileNames: false, validateEntrySizes: true } as const;
  return new Promise((resolve, reject) => {
    yauzl.fromRandomAccessReader(new SourceReader(archive), archive.size, options, (error, zip) => {
      if (error) reject(error);
      else resolve(zip);
    });
  });
}

/**
 * Zip archives, entry by entry and in memory: nothing is unpacked to disk. Names that leave the archive, links, encrypted entries
 * and entries that swell beyond the limits are refused before a byte of them is unpacked.
 */
import yauzl from "yauzl";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Limits } from "../../imaging/types.ts";
import { headBytes } from "./recognise.ts";
import { type Source, tooLarge } from "./source.ts";

export interface OpenArchive {
  readonly entries: readonly Source[];
  readonly leftOut: readonly { file: string; reason: string }[];
  close(): void;
}

/**
 * @param archive a zip on disk; it stays open until `close`.
 * @throws `archive/damaged`, `archive/escaping-path`, `limit/entries`, `limit/ratio`, `limit/bytes`.
 */
export async function openArchive(archive: Source, limits: Limits, signal?: AbortSignal): Promise<OpenArchive> {
  const zip = await openZip(archive);
  const entries: Source[] = [];
  const leftOut: { file: string; reason: string }[] = [];
  let total = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      throwIfAborted(signal);
      if (entry.fileName.endsWith("/")) continue;
      const name = `${archive.name}/${entry.fileName}`;
      if (entries.length + leftOut.length >= limits.maxEntries) throw tooMany(archive.name, limits);
      if (((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000) {
        leftOut.push({ file: name, reason: "a symbolic link inside an archive is not followed" });
      } else if (entry.isEncrypted()) {
        leftOut.push({ file: name, reason: "encrypted: unpack the archive with its password first" });
      } else {
        checkRatio(name, entry, limits);
        total += entry.uncompressedSize;
        if (total > limits.maxBytes) throw tooLarge(archive.name, total, limits);
        entries.push(entrySource(zip, entry, name));
      }
    }
  } catch (cause) {
    zip.close();
    throw PolyclinicError.is(cause) ? cause : damaged(archive.name, cause);
  }
  return { entries, leftOut, close: () => zip.close() };
}

async function openZip(archive: Source): Promise<yauzl.ZipFile> {
  const options = { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true } as const;
  try {
    if (archive.path !== undefined) return await yauzl.openPromise(archive.path, options);
    return await yauzl.fromBufferPromise(Buffer.from(await archive.bytes()), options);
  } catch (cause) {
    throw damaged(archive.name, cause);
  }
}

function entrySource(zip: yauzl.ZipFile, entry: yauzl.Entry, name: string): Source {
  const stream = async function* () {
    try {
      const inflated = await zip.openReadStreamPromise(entry);
      for await (const chunk of inflated) yield chunk as Uint8Array;
    } catch (cause) {
      throw damaged(name, cause);
    }
  };
  return {
    name,
    size: entry.uncompressedSize,
    stream,
    head: async () => {
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of stream()) {
        chunks.push(chunk);
        length += chunk.length;
        if (length >= headBytes) break;
      }
      return new Uint8Array(Buffer.concat(chunks).subarray(0, headBytes));
    },
    bytes: async () => {
      const whole = new Uint8Array(entry.uncompressedSize);
      let at = 0;
      for await (const chunk of stream()) {
        whole.set(chunk, at);
        at += chunk.length;
      }
      return whole;
    },
  };
}

function checkRatio(where: string, entry: yauzl.Entry, limits: Limits): void {
  const ratio = entry.uncompressedSize / Math.max(1, entry.compressedSize);
  if (ratio <= limits.maxRatio) return;
  throw new PolyclinicError("limit/ratio", "an archive entry unpacks to far more than it takes", {
    where,
    expected: `at most ${limits.maxRatio} times its packed size`,
    found: `${Math.round(ratio)} times`,
    hint: "Raise limits.maxRatio if the archive is trusted.",
  });
}

function tooMany(where: string, limits: Limits): PolyclinicError {
  return new PolyclinicError("limit/entries", "holds too many files", {
    where,
    expected: `at most ${limits.maxEntries} entries`,
    hint: "Raise limits.maxEntries if it is trusted, or name fewer files.",
  });
}

function damaged(where: string, cause: unknown): PolyclinicError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/invalid relative path|absolute path|invalid characters in fileName/.test(message)) {
    return new PolyclinicError("archive/escaping-path", "an entry's name leads out of the archive", {
      where,
      found: message,
      hint: "The archive was made to write elsewhere: do not unpack it; ask for it again.",
      cause,
    });
  }
  return new PolyclinicError("archive/damaged", "the zip archive cannot be read", {
    where,
    found: message,
    hint: "It is damaged or cut short: fetch it again.",
    cause,
  });
}

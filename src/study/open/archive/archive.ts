/**
 * Zip archives, read entry by entry in memory, without unpacking to disk. Paths that leave the archive, links, encrypted entries
 * and entries that would exceed the limits are rejected before being decompressed.
 */
import { PolyclinicError, throwIfAborted } from "../../../base/errors.ts";
import { type ByteSource, checkRange, tooLarge } from "../../../bytes/index.ts";
import type { Limits } from "../../../imaging/types.ts";
import { headBytes } from "../recognise.ts";
import { openZip, type Zip, type ZipEntry } from "./zip.ts";

export interface OpenArchive {
  readonly entries: readonly ByteSource[];
  readonly leftOut: readonly { file: string; reason: string }[];
  close(): void;
}

/**
 * @param archive is read until `close`.
 * @throws `archive/damaged`, `archive/escaping-path`, `limit/entries`, `limit/ratio`, `limit/bytes`.
 */
export async function openArchive(archive: ByteSource, limits: Limits, signal?: AbortSignal): Promise<OpenArchive> {
  const zip = await openZip(archive).catch((cause: unknown) => {
    throw damaged(archive.name, cause);
  });
  const entries: ByteSource[] = [];
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
        leftOut.push({ file: name, reason: "encrypted: extract the archive with its password first" });
      } else {
        checkRatio(name, entry, limits);
        total += entry.uncompressedSize;
        if (total > limits.maxBytes) throw tooLarge(archive.name, total, limits.maxBytes);
        entries.push(entrySource(zip, entry, name, limits));
      }
    }
  } catch (cause) {
    zip.close();
    throw PolyclinicError.is(cause) ? cause : damaged(archive.name, cause);
  }
  return { entries, leftOut, close: () => zip.close() };
}

/** An entry, which is unpacked and cached when more than its beginning is read. */
function entrySource(zip: Zip, entry: ZipEntry, name: string, limits: Limits): ByteSource {
  const source = { name, size: entry.uncompressedSize };
  let whole: Promise<Uint8Array> | undefined;
  const unpack = async (length: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(length);
    let at = 0;
    try {
      for await (const piece of zip.unpack(entry)) {
        const part = piece.subarray(0, length - at);
        bytes.set(part, at);
        at += part.length;
        if (at === length && length < source.size) break;
      }
    } catch (cause) {
      throw PolyclinicError.is(cause) ? cause : damaged(name, cause);
    }
    if (at < length) throw damaged(name, new Error(`${at} of ${length} bytes`));
    return bytes;
  };
  return {
    ...source,
    async read(offset, length) {
      checkRange(source, offset, length);
      if (whole === undefined && offset + length <= headBytes && length < source.size) {
        return (await unpack(offset + length)).subarray(offset);
      }
      if (whole === undefined) {
        limits.budget?.take(source.size, name, "the decompressed entry");
        whole = unpack(source.size);
      }
      return (await whole).subarray(offset, offset + length);
    },
  };
}

function checkRatio(where: string, entry: ZipEntry, limits: Limits): void {
  const ratio = entry.uncompressedSize / Math.max(1, entry.compressedSize);
  if (ratio <= limits.maxRatio) return;
  throw new PolyclinicError("limit/ratio", "an archive entry is too large when decompressed", {
    where,
    expected: `at most ${limits.maxRatio} times its compressed size`,
    found: `${Math.round(ratio)} times`,
    hint: "If you trust the archive, raise limits.maxRatio.",
  });
}

function tooMany(where: string, limits: Limits): PolyclinicError {
  return new PolyclinicError("limit/entries", "contains too many files", {
    where,
    expected: `at most ${limits.maxEntries} entries`,
    hint: "If you trust it, raise limits.maxEntries, or open fewer files.",
  });
}

function damaged(where: string, cause: unknown): PolyclinicError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/invalid relative path|absolute path|invalid characters in fileName/.test(message)) {
    return new PolyclinicError("archive/escaping-path", "the path of an entry points outside the archive", {
      where,
      found: message,
      hint: "Such a path could overwrite other files: do not extract the archive; ask its sender for a new one.",
      cause,
    });
  }
  return new PolyclinicError("archive/damaged", "the zip archive cannot be read", {
    where,
    found: message,
    hint: "It is damaged or truncated: copy or download it again.",
    cause,
  });
}

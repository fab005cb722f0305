/**
 * The browser's version of `zip.ts`: the directory is parsed here (APPNOTE 6.3.10), entries are decompressed by the
 * browser's own stream.
 */
import { toLatin1 } from "../../../base/host/octets.ts";
import type { ByteSource } from "../../../bytes/index.ts";
import type { Zip, ZipEntry } from "./zip.ts";

export type { Zip, ZipEntry } from "./zip.ts";

interface Listed extends ZipEntry {
  readonly method: number;
  readonly crc: number;
  readonly headerAt: number;
}

const endMark = 0x06054b50;
const endLength = 22;
const directoryMark = 0x02014b50;
const localMark = 0x04034b50;
/** Maximum length of a comment after the end record. */
const maxCommentBytes = 0xffff;

export async function openZip(archive: ByteSource): Promise<Zip> {
  const directory = await findDirectory(archive);
  return {
    async *eachEntry() {
      let at = 0;
      for (let i = 0; i < directory.count; i++) {
        const { entry, next } = entryAt(directory.bytes, at);
        at = next;
        yield entry;
      }
    },
    unpack: (entry) => unpack(archive, entry as Listed),
    close() {},
  };
}

async function findDirectory(archive: ByteSource): Promise<{ bytes: Uint8Array; count: number }> {
  const length = Math.min(archive.size, endLength + maxCommentBytes);
  const tail = await archive.read(archive.size - length, length);
  const view = viewOf(tail);
  for (let at = length - endLength; at >= 0; at--) {
    if (view.getUint32(at, true) !== endMark || view.getUint16(at + 20, true) !== length - at - endLength) continue;
    const [count, size, offset] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 12, true),
      view.getUint32(at + 16, true),
    ];
    if (count === 0xffff || offset === 0xffffffff) throw new Error("ZIP64 archives cannot be read in the browser");
    if (offset + size > archive.size) throw new Error("the central directory is beyond the end of the file");
    return { bytes: await archive.read(offset, size), count };
  }
  throw new Error("End of central directory record signature not found");
}

function entryAt(bytes: Uint8Array, at: number): { entry: Listed; next: number } {
  const view = viewOf(bytes);
  if (at + 46 > bytes.length || view.getUint32(at, true) !== directoryMark)
    throw new Error("the central directory is damaged");
  const flags = view.getUint16(at + 8, true);
  const [nameLength, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
  const raw = bytes.subarray(at + 46, at + 46 + nameLength);
  // Windows writes backslashes between folders.
  const fileName = (flags & 0x800 ? new TextDecoder().decode(raw) : toLatin1(raw)).replaceAll("\\", "/");
  if (/^(?:[a-zA-Z]:|\/)/.test(fileName)) throw new Error(`absolute path: ${fileName}`);
  if (fileName.split("/").includes("..")) throw new Error(`invalid relative path: ${fileName}`);
  const entry: Listed = {
    fileName,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    compressedSize: view.getUint32(at + 20, true),
    uncompressedSize: view.getUint32(at + 24, true),
    externalFileAttributes: view.getUint32(at + 38, true),
    headerAt: view.getUint32(at + 42, true),
    isEncrypted: () => (flags & 1) !== 0,
  };
  return { entry, next: at + 46 + nameLength + extra + comment };
}

async function* unpack(archive: ByteSource, entry: Listed): AsyncGenerator<Uint8Array> {
  const head = viewOf(await archive.read(entry.headerAt, 30));
  if (head.getUint32(0, true) !== localMark) throw new Error("invalid local file header signature");
  const from = entry.headerAt + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const packed = await archive.read(from, entry.compressedSize);
  let size = 0;
  for await (const piece of entry.method === 0 ? [packed] : inflated(packed, entry.method)) {
    size += piece.length;
    if (size > entry.uncompressedSize)
      throw new Error(`too many bytes in the stream. expected ${entry.uncompressedSize}`);
    yield piece;
  }
  if (size < entry.uncompressedSize)
    throw new Error(`not enough bytes in the stream. expected ${entry.uncompressedSize}. got only ${size}`);
}

async function* inflated(packed: Uint8Array, method: number): AsyncGenerator<Uint8Array> {
  if (method !== 8) throw new Error(`unsupported compression method: ${method}`);
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

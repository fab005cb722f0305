/** The browser's version of `disk.ts`, over files in memory. */
import { mountedFile } from "../base/host/files.web.ts";
import { type ByteSource, unreadable } from "./byte-source.ts";
import { memorySource } from "./memory.ts";

/** @throws `file/unreadable` when there is no such file. */
export function diskSource(path: string): ByteSource {
  return memorySource(path, held(path));
}

/** Like `readRange` of `disk.ts`. */
export function readRange(path: string, offset: number, length: number): Uint8Array {
  return held(path).slice(offset, offset + length);
}

function held(path: string): Uint8Array {
  const bytes = mountedFile(path);
  if (bytes === undefined) throw unreadable(path, Object.assign(new Error("no such file"), { code: "ENOENT" }));
  return bytes;
}

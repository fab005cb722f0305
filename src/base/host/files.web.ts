/** Files in memory with the names of Node's functions: a fetched model's folder, and files made from it. */
import { basename, dirname } from "./path.web.ts";

const held = new Map<string, Uint8Array>();

/** Adds a file. */
export function mountFile(path: string, bytes: Uint8Array): void {
  held.set(path, bytes);
}

export function unmountFile(path: string): void {
  held.delete(path);
}

/** The bytes themselves, not a copy. */
export function mountedFile(path: string): Uint8Array | undefined {
  return held.get(path);
}

function missing(path: string): Error {
  return Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
}

function find(path: string): Uint8Array {
  const bytes = held.get(path);
  if (bytes === undefined) throw missing(path);
  return bytes;
}

const isFolder = (path: string) => [...held.keys()].some((file) => file.startsWith(`${path}/`));

export const existsSync = (path: string): boolean => held.has(path) || isFolder(path);

export function readFile(path: string): Promise<Uint8Array>;
export function readFile(path: string, encoding: "utf8"): Promise<string>;
export async function readFile(path: string, encoding?: "utf8"): Promise<string | Uint8Array> {
  return encoding === undefined ? find(path).slice() : new TextDecoder().decode(find(path));
}

export async function writeFile(path: string, content: string | Uint8Array): Promise<void> {
  held.set(path, typeof content === "string" ? new TextEncoder().encode(content) : content.slice());
}

export async function readdir(folder: string): Promise<string[]> {
  if (!isFolder(folder)) throw missing(folder);
  return [...held.keys()].filter((file) => dirname(file) === folder).map((file) => basename(file));
}

export async function realpath(path: string): Promise<string> {
  if (!existsSync(path)) throw missing(path);
  return path;
}

export async function stat(path: string) {
  const bytes = held.get(path);
  if (bytes === undefined && !isFolder(path)) throw missing(path);
  return {
    size: bytes?.length ?? 0,
    mtimeMs: 0,
    isFile: () => bytes !== undefined,
    isDirectory: () => bytes === undefined,
  };
}

/** @param flags `r`, or `wx` for a new file. */
export async function open(path: string, flags: "r" | "wx") {
  if (flags === "r") find(path);
  else held.set(path, new Uint8Array(0));
  return {
    stat: () => stat(path),
    async read(into: Uint8Array, at: number, length: number, position: number) {
      const part = find(path).subarray(position, position + length);
      into.set(part, at);
      return { bytesRead: part.length };
    },
    async truncate(size: number) {
      const bytes = new Uint8Array(size);
      bytes.set(find(path).subarray(0, size));
      held.set(path, bytes);
    },
    async write(from: Uint8Array, at: number, length: number, position: number) {
      if (find(path).length < position + length) await this.truncate(position + length);
      find(path).set(from.subarray(at, at + length), position);
      return { bytesWritten: length };
    },
    async sync() {},
    async close() {},
  };
}

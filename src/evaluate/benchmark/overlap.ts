/**
 * Contamination: a question overlaps with training data if all of it, or a passage of 512 contiguous characters, occurs
 * there (Med-PaLM 2); an image if its pixels or its bytes are equal. Texts are compared in lower case and with single
 * spaces.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import sharp from "sharp";
import type { Item } from "./item.ts";

/** One overlap of a benchmark item with the training data. */
export interface Overlap {
  readonly texts: readonly { readonly id: string; readonly file: string; readonly characters: number }[];
  readonly images: readonly { readonly id: string; readonly file: string }[];
}

/** Shorter questions occur by chance. */
const shortestWhole = 40;

const plain = (text: string) => text.toLowerCase().replace(/\s+/g, " ").trim();

/**
 * Finds items that share a long passage with training texts, the contamination check of Med-PaLM 2. Case and white space are ignored.
 *
 * @param training files and folders.
 * @param characters minimum length of a common passage; Med-PaLM 2 also reports 120.
 */
export async function findOverlap(
  items: readonly Item[],
  training: readonly string[],
  { characters = 512 }: { characters?: number } = {},
): Promise<Overlap> {
  const questions = items
    .map((item) => {
      const text = plain([item.context, item.question].filter(Boolean).join(" "));
      return { id: item.id, text, least: Math.min(characters, text.length) };
    })
    .filter(({ least }) => least >= Math.min(characters, shortestWhole));
  // Windows of each occurring length, found by a rolling hash over the training text.
  const byLength = new Map<number, Map<number, { id: string; window: string }[]>>();
  for (const { id, text, least } of questions) {
    const windows = byLength.get(least) ?? new Map<number, { id: string; window: string }[]>();
    byLength.set(least, windows);
    for (const { hash, at } of rolling(text, least)) {
      const entries = windows.get(hash);
      const entry = { id, window: text.slice(at, at + least) };
      if (entries === undefined) windows.set(hash, [entry]);
      else entries.push(entry);
    }
  }
  const images = await imagesOf(items);
  const texts = new Map<string, { id: string; file: string; characters: number }>();
  const same: { id: string; file: string }[] = [];
  for await (const file of filesBelow(training)) {
    if (isImage(file)) {
      for (const hash of await imageHashes(file))
        for (const id of images.get(hash) ?? []) if (!same.some((found) => found.id === id)) same.push({ id, file });
      continue;
    }
    if (!/\.(?:txt|md|jsonl?|csv|tsv|ya?ml|xml|html?)$/i.test(file)) continue;
    const text = plain(readable(await readFile(file, "utf8")));
    for (const [length, windows] of byLength)
      for (const { hash, at } of rolling(text, length))
        for (const { id, window } of windows.get(hash) ?? [])
          if (!texts.has(id) && text.startsWith(window, at)) texts.set(id, { id, file, characters: length });
  }
  return { texts: [...texts.values()], images: same };
}

/** Decodes JSON escapes, which would hide an equal text. */
const readable = (text: string) =>
  text
    .replace(/\\n|\\t|\\r/g, " ")
    .replace(/\\"/g, '"')
    .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

const [base, modulus] = [257, 4294967291];

/** Rabin-Karp hash of every passage of this length. */
function* rolling(text: string, length: number): Generator<{ hash: number; at: number }> {
  if (length === 0 || text.length < length) return;
  let power = 1;
  for (let i = 1; i < length; i++) power = multiply(power, base);
  let hash = 0;
  for (let i = 0; i < text.length; i++) {
    hash = (multiply(hash, base) + text.charCodeAt(i)) % modulus;
    if (i >= length - 1) {
      yield { hash, at: i - length + 1 };
      hash = (hash + modulus - multiply(text.charCodeAt(i - length + 1), power)) % modulus;
    }
  }
}

/** a * b modulo the prime, exactly: the product of two 32-bit numbers exceeds the precision of a double. */
function multiply(a: number, b: number): number {
  const high = Math.floor(a / 65536);
  const low = a % 65536;
  return (((high * b) % modulus) * 65536 + low * b) % modulus;
}

const isImage = (file: string) => /\.(?:png|jpe?g|webp|tiff?|bmp|gif|dcm)$/i.test(extname(file));

/**
 * Hashes of the bytes, and of the pixels if they can be decoded: an image saved again without loss is the same image.
 */
async function imageHashes(file: string): Promise<string[]> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch {
    return [];
  }
  const hashes = [hash.digest("hex")];
  const raw = await sharp(file)
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(() => undefined);
  if (raw !== undefined)
    hashes.push(
      createHash("sha256")
        .update(`${raw.info.width}x${raw.info.height}x${raw.info.channels}`)
        .update(raw.data)
        .digest("hex"),
    );
  return hashes;
}

async function imagesOf(items: readonly Item[]): Promise<Map<string, string[]>> {
  const owners = new Map<string, string[]>();
  for (const { id, files = [], prior = [] } of items)
    for (const file of [...prior, ...files])
      for (const hash of await imageHashes(file)) owners.set(hash, [...(owners.get(hash) ?? []), id]);
  return owners;
}

async function* filesBelow(paths: readonly string[]): AsyncGenerator<string> {
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) yield path;
    else yield* filesBelow((await readdir(path)).sort().map((name) => join(path, name)));
  }
}

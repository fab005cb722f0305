/**
 * Loads a model's folder from beside the page: every file is fetched once, verified against its SHA-256 and cached by
 * the browser under it, then mounted where the code that opens checkpoints in Node finds it.
 */
import { PolyclinicError, throwIfAborted } from "../base/errors.ts";
import { mountFile } from "../base/host/files.web.ts";
import { createHash } from "../base/host/hash.ts";
import { concatenated, toHex } from "../base/host/octets.ts";
import type { Work } from "../base/progress.ts";
import { bodyOf } from "../base/response-body.ts";
import { browser } from "./browser.ts";

/** Written by the build beside the model's files, as `files.json`. */
export interface FileList {
  readonly files: readonly { readonly name: string; readonly size: number; readonly sha256: string }[];
}

export interface Mounted {
  /** Folder of the hash cache, for `LoadOptions.cacheFolder`. */
  readonly cacheFolder: string;
}

/** Larger models do not fit as f32 into the 4 GiB that WebAssembly can address. */
const maxBytes = 1_000_000_000;
const cacheName = "polyclinic-models";

/**
 * @param base URL of the folder with `models/`.
 * @param folder virtual folder to mount the files in.
 * @throws `model/fetch` when a file cannot be fetched, `model/damaged` when its hash differs, `model/too-large` before
 * any is fetched.
 */
export async function mountModel(base: string, model: string, folder: string, work: Work = {}): Promise<Mounted> {
  const at = new URL(`models/${model}/`, base).href;
  const list = JSON.parse(new TextDecoder().decode(await fetched(`${at}files.json`, work))) as FileList;
  const total = list.files.reduce((sum, { size }) => sum + size, 0);
  if (total > maxBytes)
    throw new PolyclinicError("model/too-large", "is too large for a browser tab", {
      where: at,
      expected: `at most ${(maxBytes / 1e9).toFixed(1)} GB`,
      found: `${(total / 1e9).toFixed(1)} GB`,
      hint: "Run the model with the package in Node, or with `polyclinic serve`.",
    });
  const known: Record<string, string> = {};
  const received = new Map<string, number>();
  const report = () => {
    const done = [...received.values()].reduce((sum, bytes) => sum + bytes, 0);
    work.onProgress?.({ stage: "fetching the model", done, total, unit: "bytes" });
  };
  await Promise.all(
    list.files.map(async ({ name, size, sha256 }) => {
      const onProgress = ({ done }: { readonly done: number }) => {
        received.set(name, done);
        report();
      };
      mountFile(`${folder}/${name}`, await cachedOrFetched(`${at}${name}`, sha256, size, { ...work, onProgress }));
      onProgress({ done: size });
      known[`${folder}/${name}|${size}|0`] = sha256;
    }),
  );
  // Files that were just verified are not hashed again (`checkpoint/content-hash.ts`).
  mountFile("/cache/hashes.json", new TextEncoder().encode(JSON.stringify(known)));
  return { cacheFolder: "/cache" };
}

async function cachedOrFetched(address: string, sha256: string, size: number, work: Work): Promise<Uint8Array> {
  // The URL with the hash, so that another version of a file is another cache entry.
  const key = `${address}?sha256=${sha256}`;
  const cache = await browser.caches?.open(cacheName).catch(() => undefined);
  const cached = await cache?.match(key).catch(() => undefined);
  if (cached !== undefined) {
    const bytes = new Uint8Array(await cached.arrayBuffer());
    if (bytes.length === size && (await hashOf(bytes)) === sha256) return bytes;
    await cache?.delete(key);
  }
  const bytes = await fetched(address, work);
  const found = await hashOf(bytes);
  if (found !== sha256)
    throw new PolyclinicError("model/damaged", "differs from the file of the build", {
      where: address,
      expected: `${size} bytes with SHA-256 ${sha256}`,
      found: `${bytes.length} bytes with SHA-256 ${found}`,
      hint: "Reload the page without its cache; if the error persists, build and upload the folder again.",
    });
  // A full or forbidden cache costs time, not correctness.
  await cache?.put(key, new Response(bytes)).catch(() => undefined);
  await forgetOthers(cache, address, key);
  return bytes;
}

async function forgetOthers(
  cache: Awaited<ReturnType<NonNullable<typeof browser.caches>["open"]>> | undefined,
  address: string,
  key: string,
) {
  for (const { url } of (await cache?.keys().catch(() => [])) ?? [])
    if (url.startsWith(`${address}?`) && url !== key) await cache?.delete(url);
}

/** The browser's own digest if available (https and localhost). */
async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = (globalThis.crypto as { subtle?: typeof crypto.subtle } | undefined)?.subtle?.digest("SHA-256", bytes);
  return digest === undefined ? createHash("sha256").update(bytes).digest("hex") : toHex(new Uint8Array(await digest));
}

async function fetched(address: string, { signal, onProgress }: Work): Promise<Uint8Array<ArrayBuffer>> {
  const failed = (found: string, cause?: unknown) =>
    new PolyclinicError("model/fetch", "cannot be fetched", {
      where: address,
      expected: "a file in the folder of the page",
      found,
      hint: "Copy the complete folder written by `npm run build:web` to the server, then reload the page.",
      retryable: true,
      cause,
    });
  const chunks: Uint8Array[] = [];
  let done = 0;
  try {
    const response = await fetch(address, { ...(signal && { signal }) });
    if (!response.ok || response.body === null) throw failed(`status ${response.status}`);
    for await (const piece of bodyOf(response, signal)) {
      chunks.push(piece);
      done += piece.length;
      onProgress?.({ stage: "fetching the model", done, unit: "bytes" });
    }
  } catch (cause) {
    throwIfAborted(signal);
    throw PolyclinicError.is(cause) ? cause : failed("no response", cause);
  }
  return concatenated(chunks);
}

/**
 * Captures the console output of PDF.js, its only way of reporting that something was left out: an image that cannot be decoded, a missing
 * object, an unreadable font. Captured in the thread of one document, where nothing else writes to the console.
 */
import { constants, inflateSync } from "../../base/host/inflate.ts";
import { concatenated } from "../../base/host/octets.ts";

/** Warnings about PDF.js's internals that do not affect the page. */
const harmless = [
  /OffscreenCanvas is not supported/,
  /^TT: /,
  /^fetchStandardFontData|^Cannot (polyfill|load system font)|UnknownErrorException: Unable to load font data/,
  /^Please use the `legacy` build|^Setting up fake worker/,
  /^(Inconsistent|Ran out of space) /,
  /^Dependent image isn't ready yet/,
  /^getTextContent - /,
  /^Could not find a preferred cmap table|^Required "glyf" table is not found/,
];

/** Remarks of one kind are repeated for every object; more than this are counted only. */
const maxRemarks = 5;

export interface Remarks {
  add(message: string): void;
  /** The remarks since the last call, without duplicates. */
  take(): string[];
  stop(): void;
}

export function listen(): Remarks {
  const { log, warn } = console;
  const counts = new Map<string, number>();
  const add = (message: string) => counts.set(message, (counts.get(message) ?? 0) + 1);
  const record = (...words: unknown[]) => {
    const text = words.map(String).join(" ");
    const message = /^Warning: ([\s\S]*)/.exec(text)?.[1];
    if (message !== undefined && !harmless.some((pattern) => pattern.test(message))) add(inWords(message));
  };
  console.log = record;
  console.warn = record;
  const original = globalThis.DecompressionStream;
  globalThis.DecompressionStream = watched(original, () =>
    add("compressed data is damaged; an image may be wrong or missing"),
  );
  return {
    add,
    take() {
      const all = [...counts.keys()];
      counts.clear();
      return all.length <= maxRemarks
        ? all
        : [...all.slice(0, maxRemarks), `and ${all.length - maxRemarks} more problems`];
    },
    stop() {
      Object.assign(console, { log, warn });
      globalThis.DecompressionStream = original;
    },
  };
}

/**
 * If the strict decoder rejects a stream, PDF.js silently falls back to a lenient one. Data that only lacks its end or its
 * checksum is complete; data with wrong codes or a wrong checksum is not.
 */
function watched(Original: typeof DecompressionStream, onDamage: () => void): typeof DecompressionStream {
  class Watched {
    readonly writable: unknown;
    readonly readable: AsyncIterable<Uint8Array>;

    constructor(format: "deflate") {
      const inner = new Original(format);
      const writer = inner.writable.getWriter();
      const packed: Uint8Array[] = [];
      this.writable = {
        getWriter: () => ({
          ready: writer.ready,
          write: (bytes: Uint8Array<ArrayBuffer>) => {
            packed.push(bytes);
            return writer.write(bytes);
          },
          close: () => writer.close(),
        }),
      };
      this.readable = (async function* () {
        try {
          for await (const chunk of inner.readable as unknown as AsyncIterable<Uint8Array>) yield chunk;
        } catch (error) {
          if (format === "deflate" && isDamaged(concatenated(packed))) onDamage();
          throw error;
        }
      })();
    }
  }
  return Watched as unknown as typeof DecompressionStream;
}

function isDamaged(packed: Uint8Array): boolean {
  try {
    inflateSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 28 });
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "Z_DATA_ERROR";
  }
}

function inWords(message: string): string {
  if (/^Indexing all PDF objects/.test(message)) return "the file's cross-reference table is damaged; it was rebuilt";
  if (/^Unable to decode image/.test(message))
    return `an image cannot be decoded and is missing (${reasonIn(message)})`;
  if (/^Image exceeded maximum allowed size/.test(message)) return "an image is too large to be decoded and is missing";
  if (/ignoring XObject/.test(message)) return `an image or form is missing (${reasonIn(message)})`;
  if (/^(loadFont|Font|translateFont|Error during font loading)/.test(message))
    return `a font cannot be read; text in that font may be missing (${reasonIn(message)})`;
  return `PDF.js: ${message.slice(0, 200)}`;
}

function reasonIn(message: string): string {
  return (/"(?:\w+: )?([^"]+)"\.?$/.exec(message)?.[1] ?? message).slice(0, 120);
}

/**
 * What PDF.js says while it draws. It has no other way to tell that it left something out: a picture that cannot be decoded, an object that is not
 * there, a font that cannot be read. Listened to in the thread of one document, whose console nobody else writes to.
 */

/** Remarks about how PDF.js works, after which nothing is missing on the page. */
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
const most = 5;

export interface Remarks {
  add(message: string): void;
  /** What was said since the last call, each remark once. */
  take(): string[];
  stop(): void;
}

export function listen(): Remarks {
  const { log, warn } = console;
  const said = new Map<string, number>();
  const add = (message: string) => said.set(message, (said.get(message) ?? 0) + 1);
  const hear = (...words: unknown[]) => {
    const text = words.map(String).join(" ");
    const message = /^Warning: ([\s\S]*)/.exec(text)?.[1];
    if (message !== undefined && !harmless.some((pattern) => pattern.test(message))) add(inWords(message));
  };
  console.log = hear;
  console.warn = hear;
  return {
    add,
    take() {
      const all = [...said.keys()];
      said.clear();
      return all.length <= most ? all : [...all.slice(0, most), `and ${all.length - most} more things`];
    },
    stop() {
      Object.assign(console, { log, warn });
    },
  };
}

function inWords(message: string): string {
  if (/^Indexing all PDF objects/.test(message)) return "the file's table of objects is damaged; it was rebuilt";
  if (/^Unable to decode image/.test(message))
    return `a picture cannot be decoded and is missing (${reasonIn(message)})`;
  if (/^Image exceeded maximum allowed size/.test(message))
    return "a picture is too large to be decoded and is missing";
  if (/ignoring XObject/.test(message)) return `a picture or form is missing (${reasonIn(message)})`;
  if (/^(loadFont|Font|translateFont|Error during font loading)/.test(message))
    return `a font cannot be read; text in it may be missing (${reasonIn(message)})`;
  return `PDF.js: ${message.slice(0, 200)}`;
}

function reasonIn(message: string): string {
  return (/"(?:\w+: )?([^"]+)"\.?$/.exec(message)?.[1] ?? message).slice(0, 120);
}

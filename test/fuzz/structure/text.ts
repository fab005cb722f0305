/** Texts by what they are made of: numbers, words, cells, lines, brackets and marks. */
import type { Random } from "../../../src/base/random.ts";
import type { Breaker } from "./index.ts";
import { pick } from "./values.ts";

const numbers = [
  "0",
  "-1",
  "1e308",
  "-1e-320",
  "NaN",
  "Infinity",
  "00",
  "1,5",
  "1.2.3",
  "99999999999999999999",
  "0x10",
  ".5",
  "١٢",
];
const dates = ["0000-00-00", "9999-12-31T24:00:00Z", "2024-02-30", "19000101", "-0001-01-01", "2024-W05", "1e5-01-01"];
const odd = [
  "",
  " ",
  '"',
  'a"b',
  '"a',
  "=1+1",
  "null",
  "~",
  "constructor",
  "__proto__",
  "toString",
  "../../etc",
  "\0",
  "\u001b[31m",
  "\ufeff",
  "\u2028",
  "\u202e",
  "\ud83e\udec0",
  "é",
  "<!DOCTYPE a [<!ENTITY b '&b;&b;'>]>",
  "&b;",
  "&#x110000;",
  "<![CDATA[",
  "<!--",
  "&a [*a, *a]",
  "<<: *a",
  "!!binary x",
  "{{ 1 }}",
  "{% for a in range(99999999) %}",
  "\\",
  "%",
  "|",
  "^~\\&",
];
const marks = [
  "(",
  "[",
  "{",
  "<",
  '"',
  "'",
  "\\",
  "*",
  "_",
  "|",
  "&",
  "~",
  "^",
  ",",
  ";",
  ":",
  "\n",
  "\r",
  "\t",
  " ",
  "#",
  "-",
  "- ",
  "a",
  "1",
  "[1",
  "<a>",
  "{a: ",
  "**",
  "é",
  "\u0301",
];
const longest = 1 << 20;

/** Undefined for bytes that are no text. */
export const breakText: Breaker = (bytes, random) => {
  if (bytes.subarray(0, 512).some((byte) => byte < 9 || (byte > 13 && byte < 27))) return undefined;
  const text = new TextDecoder().decode(bytes);
  const broken = changed(text, random);
  return { bytes: broken.bytes ?? new TextEncoder().encode(broken.text.slice(0, longest)), how: broken.how };
};

interface Changed {
  readonly text: string;
  readonly how: string;
  /** Where the text is not written as UTF-8. */
  readonly bytes?: Uint8Array;
}

function changed(text: string, random: Random): Changed {
  const replaced = (pattern: RegExp, by: (found: string) => string, how: string): Changed => {
    const found = [...text.matchAll(pattern)];
    if (found.length === 0) return inserted(text, random);
    const one = pick(random, found);
    return { text: text.slice(0, one.index) + by(one[0]) + text.slice(one.index + one[0].length), how };
  };
  const line = /[^\n\r]*(?:\r\n|\n|\r|$)/g;
  switch (random.below(11)) {
    case 0:
      return replaced(/\d+(?:\.\d+)?/g, () => pick(random, numbers), "a number");
    case 1:
      return replaced(/\d{4}-\d\d(?:-\d\d)?|\d{8,12}/g, () => pick(random, dates), "a date");
    case 2:
      return replaced(/[^,;|\t\n"^<>&]+/g, () => pick(random, odd), "a cell");
    case 3: {
      const words = text.match(/[\p{L}_]+/gu) ?? ["a"];
      return replaced(/[\p{L}_]+/gu, () => pick(random, words), "a word");
    }
    case 4:
      return replaced(line, () => "", "line removed");
    case 5: {
      const times = 2 + random.below(2000);
      return replaced(
        line,
        (found) => found.repeat(Math.min(times, Math.ceil(200_000 / Math.max(1, found.length)))),
        "line repeated",
      );
    }
    case 6:
      return replaced(
        /[^\s,;|]+/g,
        (found) => found.repeat(Math.ceil((1 + random.below(100_000)) / found.length)),
        "a long word",
      );
    case 7:
      return inserted(text, random);
    case 8:
      return replaced(/[,;|:=<>"'[\]{}()]/g, () => pick(random, marks), "a mark");
    case 9:
      return {
        text: text.replace(/\r\n|\n|\r/g, pick(random, ["\r", "\r\n", "\n\n", "", "\u2028"])),
        how: "ends of lines",
      };
    default: {
      const bytes = new Uint8Array(Buffer.from(`\ufeff${text}`, "utf16le"));
      return { text, bytes: random.below(2) ? bytes : bytes.subarray(0, bytes.length - 1), how: "UTF-16" };
    }
  }
}

function inserted(text: string, random: Random): Changed {
  const at = random.below(text.length + 1);
  const mark = pick(random, [...marks, ...odd]);
  const times = random.below(3) === 0 ? 1 + random.below(30_000) : 1 + random.below(4);
  return { text: text.slice(0, at) + mark.repeat(times) + text.slice(at), how: `${JSON.stringify(mark)} inserted` };
}

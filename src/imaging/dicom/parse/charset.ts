/**
 * Specific character sets (PS3.3 C.12.1.1.2, PS3.5 6.1): bytes of text elements to strings, with the code extensions of ISO 2022
 * that Japanese, Korean and Chinese files use.
 */
import { toLatin1 } from "../../../base/host/octets.ts";

/** Defined terms to WHATWG encodings. JIS X 0201 is the single-byte part of Shift_JIS. */
const encodings: Readonly<Record<string, string>> = {
  "": "latin1",
  "6": "latin1",
  "100": "latin1",
  "101": "iso-8859-2",
  "109": "iso-8859-3",
  "110": "iso-8859-4",
  "144": "iso-8859-5",
  "127": "iso-8859-6",
  "126": "iso-8859-7",
  "138": "iso-8859-8",
  "148": "windows-1254",
  "203": "iso-8859-15",
  "13": "shift_jis",
  "166": "windows-874",
  "192": "utf-8",
  "149": "euc-kr",
  "58": "gbk",
  "87": "jisx0208",
  "159": "jisx0212",
  GB18030: "gb18030",
  GBK: "gbk",
};

/** Escape sequences (after ESC) to the set they put into G0 (bytes below 0x80) or G1 (bytes from 0x80). */
const escapes: readonly (readonly [sequence: string, target: "g0" | "g1", encoding: string])[] = [
  ["$(D", "g0", "jisx0212"],
  ["$)C", "g1", "euc-kr"],
  ["$)A", "g1", "gbk"],
  ["$B", "g0", "jisx0208"],
  ["(B", "g0", "latin1"],
  ["(J", "g0", "latin1"],
  [")I", "g1", "shift_jis"],
  ["-A", "g1", "latin1"],
  ["-B", "g1", "iso-8859-2"],
  ["-C", "g1", "iso-8859-3"],
  ["-D", "g1", "iso-8859-4"],
  ["-L", "g1", "iso-8859-5"],
  ["-G", "g1", "iso-8859-6"],
  ["-F", "g1", "iso-8859-7"],
  ["-H", "g1", "iso-8859-8"],
  ["-M", "g1", "windows-1254"],
  ["-b", "g1", "iso-8859-15"],
  ["-T", "g1", "windows-874"],
];

/** How the text of a data set is decoded. */
export interface Charset {
  readonly first: string;
  /** Code extensions are in use: escape sequences switch sets. */
  readonly extended: boolean;
  /** Terms not defined in the standard; their text is decoded as Latin-1. */
  readonly unknown: readonly string[];
}

export const defaultCharset: Charset = { first: "latin1", extended: false, unknown: [] };

/** The charset for the values of `SpecificCharacterSet` (0008,0005); known misspellings are accepted. */
export function charsetOf(terms: readonly string[]): Charset {
  const unknown: string[] = [];
  const encodingOf = (term: string) => {
    const key = term
      .trim()
      .toUpperCase()
      .replace(/^ISO[ _-]?2022[ _-]?IR[ _-]?/, "")
      .replace(/^ISO[ _-]?IR[ _-]?/, "");
    if (encodings[key] !== undefined) return encodings[key];
    unknown.push(term);
    return "latin1";
  };
  const all = terms.map(encodingOf);
  const extended = all.length > 1 || /2022/.test(terms[0] ?? "");
  const first = all[0] ?? "latin1";
  // UTF-8 and GB18030 cannot be combined with code extensions (PS3.5 6.1.2.5.4).
  return { first, extended: extended && first !== "utf-8" && first !== "gb18030", unknown };
}

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();

function decodeRun(bytes: Uint8Array, encoding: string): string {
  if (encoding === "latin1") return latin1(bytes);
  if (encoding === "jisx0208" || encoding === "jisx0212") {
    // The same code points in EUC-JP: both bytes with the high bit, JIS X 0212 announced by 0x8F.
    const prefix = encoding === "jisx0212" ? [0x8f] : [];
    const euc: number[] = [];
    for (let i = 0; i + 1 < bytes.length; i += 2) euc.push(...prefix, bytes[i] | 0x80, bytes[i + 1] | 0x80);
    return decodeRun(Uint8Array.from(euc), "euc-jp");
  }
  let decoder = decoders.get(encoding);
  if (decoder === undefined) decoders.set(encoding, (decoder = new TextDecoder(encoding)));
  return decoder.decode(bytes);
}

/** Bytes 0 to 255 as code points of the same number. */
export function latin1(bytes: Uint8Array): string {
  if (bytes.length < 32) {
    let text = "";
    for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
    return text;
  }
  return toLatin1(bytes);
}

/** Decodes a text value. Undecodable bytes become U+FFFD or Latin-1; text never fails a file. */
export function decodeText(bytes: Uint8Array, charset: Charset): string {
  if (!charset.extended) return decodeRun(bytes, charset.first);
  const isMulti = charset.first === "jisx0208" || charset.first === "jisx0212";
  const initial = { g0: "latin1", g1: isMulti ? "latin1" : charset.first };
  let { g0, g1 } = initial;
  let text = "";
  let i = 0;
  while (i < bytes.length) {
    const byte = bytes[i];
    if (byte === 0x1b) {
      const rest = latin1(bytes.subarray(i + 1, i + 4));
      const switching = escapes.find(([sequence]) => rest.startsWith(sequence));
      if (switching !== undefined) {
        if (switching[1] === "g0") g0 = switching[2];
        else g1 = switching[2];
        i += 1 + switching[0].length;
        continue;
      }
    }
    const high = byte >= 0x80;
    let end = i + 1;
    while (end < bytes.length && bytes[end] !== 0x1b && bytes[end] >= 0x80 === high) end++;
    if (high) text += decodeRun(bytes.subarray(i, end), g1);
    else if (g0 !== "latin1") text += decodeRun(bytes.subarray(i, end), g0);
    else {
      // Delimiters reset to the initial sets (PS3.5 6.1.2.5.3); both are kept when a name component ends in ASCII.
      const run = latin1(bytes.subarray(i, end));
      text += run;
      if (/[\\^=\r\n\f\t]/.test(run)) g1 = initial.g1;
    }
    i = end;
  }
  return text;
}

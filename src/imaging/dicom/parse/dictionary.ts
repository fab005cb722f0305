/**
 * The data dictionary of PS3.6: the name of an element, and its value representation when the file does not state it.
 */
import { dictionaryText, repeatersText } from "./dictionary-data.ts";

export interface DictionaryEntry {
  readonly tag: number;
  readonly vr: string;
  readonly keyword: string;
}

let byTag: Map<number, DictionaryEntry> | undefined;
let byKeyword: Map<string, DictionaryEntry> | undefined;
let repeaters: { mask: RegExp; vr: string; keyword: string }[] | undefined;

function load(): Map<number, DictionaryEntry> {
  if (byTag !== undefined) return byTag;
  byTag = new Map();
  byKeyword = new Map();
  for (const text of dictionaryText.split("|")) {
    const entry = { tag: Number.parseInt(text.slice(0, 8), 16), vr: text.slice(8, 10), keyword: text.slice(10) };
    byTag.set(entry.tag, entry);
    byKeyword.set(entry.keyword, entry);
  }
  return byTag;
}

/** The entry of a tag, also of repeating groups (overlays, curves); undefined for private and unknown tags. */
export function lookupTag(tag: number): DictionaryEntry | undefined {
  const entry = load().get(tag);
  if (entry !== undefined || (tag >>> 16) & 1) return entry;
  const group = tag >>> 24;
  if (group !== 0x50 && group !== 0x60 && group !== 0x7f && group !== 0x10 && group !== 0x00) return undefined;
  repeaters ??= repeatersText.split("|").map((text) => ({
    mask: new RegExp(`^${text.slice(0, 8).replaceAll("x", "[0-9A-F]")}$`),
    vr: text.slice(8, 10),
    keyword: text.slice(10),
  }));
  const hex = tag.toString(16).toUpperCase().padStart(8, "0");
  const found = repeaters.find(({ mask }) => mask.test(hex));
  return found && { tag, vr: found.vr, keyword: found.keyword };
}

/** The tag of a PS3.6 keyword. Throws a `RangeError` for an unknown keyword: a mistake in code, not in a file. */
export function tagOf(keyword: string): number {
  load();
  const entry = byKeyword!.get(keyword);
  if (entry === undefined) throw new RangeError(`no DICOM attribute is called ${keyword}`);
  return entry.tag;
}

/** A tag as error messages name it: `(0010,0020) PatientID`. */
export function tagName(tag: number): string {
  const hex = tag.toString(16).padStart(8, "0").toUpperCase();
  const keyword = lookupTag(tag)?.keyword;
  return `(${hex.slice(0, 4)},${hex.slice(4)})${keyword === undefined ? "" : ` ${keyword}`}`;
}

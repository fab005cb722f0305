/**
 * The clinic's tokenizer: byte-pair encoding (Sennrich et al. 2016) over the words of its texts, based on nano's
 * `tokenizer.json`, so that special tokens and spaces are handled as in Gemma. The parts of disease names are tokens,
 * so that every name, known or not, is exactly its two parts.
 */
import { bytePairs } from "../../byte-pairs.ts";
import { firstParts, lastParts } from "../world/names.ts";

interface TokenizerJson {
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
  readonly model: { readonly vocab: Readonly<Record<string, number>>; readonly merges: readonly (readonly string[])[] };
}

/** Words with their leading space; single digits; single runs of punctuation. */
const wordPattern = /\u2581?\p{L}+|\u2581?\p{N}|\u2581?[^\p{L}\p{N}\s\u2581]+|\u2581/gu;
/** Ids below this are nano's: special tokens, runs of newlines, bytes. */
const mergeLimit = 367;
const newlines = 3;

/** @param texts everything the model will read and write. @param size size of the vocabulary. */
export function clinicTokenizer(nano: TokenizerJson, texts: Iterable<string>, size: number): object {
  const name = new RegExp(`(${firstParts.join("|")})(${lastParts.join("|")})`, "g");
  const counts = new Map<string, number>();
  const add = (word: string, count: number) => counts.set(word, (counts.get(word) ?? 0) + count);
  for (const text of texts)
    for (const word of text.replace(name, "").replaceAll(" ", "\u2581").match(wordPattern) ?? []) add(word, 1);
  for (const part of firstParts) for (const word of [`\u2581${part}`, part]) add(word, 1000);
  for (const part of lastParts) add(part, 1000);
  for (const word of ["user", "model"]) add(word, 1000);
  const specials = new Set(nano.added_tokens.map(({ content }) => content));
  const vocabulary = new Map(
    Object.entries(nano.model.vocab)
      .filter(([piece, id]) => id < mergeLimit && !(specials.has(piece) && id > 106))
      .sort(([, a], [, b]) => a - b),
  );
  const put = (piece: string) => vocabulary.has(piece) || vocabulary.set(piece, vocabulary.size);
  const characters = new Set<string>();
  for (const [piece, id] of Object.entries(nano.model.vocab))
    if (id >= mergeLimit && [...piece].length === 1) characters.add(piece);
  for (const word of counts.keys()) for (const character of word) characters.add(character);
  for (const character of [...characters].sort()) put(character);
  const merges = nano.model.merges.slice(0, newlines).map((pair) => [...pair]);
  for (const { left, right } of bytePairs(counts)) {
    if (vocabulary.size >= size) break;
    merges.push([left, right]);
    put(left + right);
  }
  return {
    ...nano,
    added_tokens: nano.added_tokens.filter(({ id }) => id <= 106),
    model: { ...nano.model, vocab: Object.fromEntries(vocabulary), merges },
  };
}

/** An index of the words of a chart's notes: BM25 over sentences, and phrase search with approximate spelling. */
import { dictionary } from "../concepts/dictionary.ts";
import { editDistance, similarity, wordsOf } from "../concepts/words.ts";
import type { RecordText } from "../record.ts";
import { type Passage, passagesOf, stem, type Token, tokenise } from "./tokens.ts";

/** BM25's usual constants (Robertson and Zaragoza 2009). */
const k1 = 1.2;
const b = 0.75;

/** An index of a chart's notes for search by words and by phrase. */
export class ChartIndex {
  readonly passages: Passage[] = [];
  readonly #postings = new Map<string, number[]>();
  readonly #lengths: number[] = [];
  #words = 0;

  constructor(readonly notes: readonly RecordText[]) {
    for (const [note, { text }] of notes.entries())
      for (const passage of passagesOf(text, note)) {
        const at = this.passages.push(passage) - 1;
        const tokens = tokenise(text, passage.from, passage.to);
        this.#lengths.push(tokens.length);
        this.#words += tokens.length;
        for (const { word } of tokens) {
          const list = this.#postings.get(word);
          if (list === undefined) this.#postings.set(word, [at]);
          else list.push(at);
        }
      }
  }

  /** Number of indexed words. */
  get words(): number {
    return this.#words;
  }

  /** Passages that contain a word, repeated once per occurrence. */
  uses(word: string): readonly number[] {
    return this.#postings.get(word) ?? [];
  }

  tokens(passage: number): Token[] {
    const { note, from, to } = this.passages[passage];
    return tokenise(this.notes[note].text, from, to);
  }

  /** Spellings in the chart that are probably misspellings of a word. */
  slips(word: string): string[] {
    if (word.length < 5) return [];
    const most = word.length >= 8 ? 2 : 1;
    const found: string[] = [];
    for (const other of this.#postings.keys()) {
      if (other === word || Math.abs(other.length - word.length) > most || other[0] !== word[0] || /\d/.test(other))
        continue;
      if (editDistance(word, other, most) > most || similarity(word, other) < 0.4) continue;
      if (
        clinicalWords.has(other) ||
        (/^hypo/.test(word) && /^hyp[ae]?er/.test(other)) ||
        (/^hyper/.test(word) && /^hypo/.test(other))
      )
        continue;
      found.push(other);
    }
    return found;
  }

  /** Scores passages for weighted words; each word is a group of alternatives that count as one. */
  rank(
    groups: readonly { words: readonly string[]; weight: number }[],
    limit: number,
  ): { passage: number; score: number }[] {
    const average = this.#words / Math.max(1, this.passages.length);
    const scores = new Map<number, number>();
    for (const { words, weight } of groups) {
      const uses = new Map<number, number>();
      for (const word of words) for (const passage of this.uses(word)) uses.set(passage, (uses.get(passage) ?? 0) + 1);
      const idf = Math.log(1 + (this.passages.length - uses.size + 0.5) / (uses.size + 0.5));
      for (const [passage, count] of uses) {
        const length = 1 - b + (b * this.#lengths[passage]) / average;
        scores.set(passage, (scores.get(passage) ?? 0) + (weight * idf * count * (k1 + 1)) / (count + k1 * length));
      }
    }
    return [...scores]
      .map(([passage, score]) => ({ passage, score }))
      .sort((x, y) => y.score - x.score || x.passage - y.passage)
      .slice(0, limit);
  }
}

/** All words of dictionary names: a similar spelling that is itself one of these is a different term. */
const clinicalWords = new Set(
  dictionary.flatMap(({ names, members }) => [...names, ...members].flatMap((name) => wordsOf(name).map(stem))),
);

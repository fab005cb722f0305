/**
 * Finds the trained request that a free-text question corresponds to. Every word must be known and every concept allowed: an additional side, negation or
 * organ makes it a different question, which is refused.
 */
import type { Ask, Scope } from "../../model/scope/scope.ts";
import { type Lexicon, lexicons } from "./lexicon/index.ts";
import { normalise, sentencesOf, withoutInstruction, wordsOf } from "./normalise.ts";

/** A question that was matched. */
export interface Understood {
  readonly ask: Ask;
  /** Index into the scope's abilities. */
  readonly ability: number;
}

/** Why a question was not matched, and which part of it. */
export interface NotUnderstood {
  /** The question, or the half of it, that is out of scope; as it was written. */
  readonly part: string;
  /** `words`: it contains unknown words; `meaning`: its words are known but ask something else; `several`: it has several parts. */
  readonly why: "words" | "meaning" | "several";
  /** Words that are not known, as they were written, in lower case. */
  readonly words: readonly string[];
}

export type Match = Understood | NotUnderstood;

const filler = "filler";

interface Meaning {
  readonly needs: readonly string[];
  readonly may: ReadonlySet<string>;
  readonly found: Understood;
}

/** Matches questions against a model's scope. Create one instance per scope and reuse it. */
export class Wording {
  private readonly exact = new Map<string, Understood>();
  private readonly meanings: Meaning[] = [];
  private readonly languages: readonly LanguageMatcher[];

  constructor(scope: Scope) {
    for (const [ability, { requests }] of scope.abilities.entries())
      for (const ask of requests) {
        const found = { ask, ability };
        const question = ask.options?.question;
        if (typeof question === "string") this.exact.set(normalise(question), found);
        for (const wording of ask.wordings ?? []) this.exact.set(normalise(wording), found);
        for (const { needs, may = [] } of ask.means ?? [])
          this.meanings.push({ needs, may: new Set([...needs, ...may, filler]), found });
      }
    // The meaning that covers most of the question wins.
    this.meanings.sort((a, b) => b.needs.length - a.needs.length);
    this.languages = lexicons.map((lexicon) => new LanguageMatcher(lexicon, scope.terms ?? {}));
  }

  /** @param text a question as a person wrote it, in one of the languages of `lexicon/`. */
  match(text: string): Match {
    const questionText = withoutInstruction(text);
    const trained = this.exact.get(normalise(questionText));
    if (trained !== undefined) return trained;
    const whole = this.meaning(questionText);
    const halves = this.halvesOf(questionText);
    if (!("needs" in whole)) {
      if (halves.length < 2) return whole;
      const read = halves.map((half) => this.one(half));
      const wrong = read.findIndex((match) => !("ask" in match));
      if (wrong >= 0) return read[wrong] as NotUnderstood;
      const [first, ...others] = read as Understood[];
      // `Describe this film. Write a report.` asks for the same thing twice.
      const other = others.findIndex(({ ask }) => ask !== first.ask);
      return other < 0 ? first : { part: halves[other + 1], why: "several", words: [] };
    }
    // The words of two questions can combine to a third: answering `Is there pneumonia and is it bacterial?` with a
    // single `no` would deny the pneumonia.
    const another = halves.length < 2 ? -1 : halves.findIndex((half) => !this.coveredBy(whole, half));
    if (another < 0) return whole.found;
    return { part: halves[another === 0 ? 1 : another], why: "several", words: [] };
  }

  /** Whether the answer to the whole also answers a part of it. */
  private coveredBy({ needs, found }: Meaning, half: string): boolean {
    const own = this.one(half);
    if (!("ask" in own) || own.ask === found.ask) return true;
    // Yes/no questions each need their own answer; a list of labels that mentions the finding covers it.
    if (found.ask.options?.choices !== undefined) return false;
    return this.meanings.some((meant) => meant.found === own && meant.needs.every((need) => needs.includes(need)));
  }

  private one(text: string): Match {
    const known = this.exact.get(normalise(text));
    if (known !== undefined) return known;
    const read = this.meaning(text);
    return "needs" in read ? read.found : read;
  }

  private meaning(text: string): Meaning | NotUnderstood {
    const words = wordsOf(text);
    for (const meant of this.meanings)
      if (this.languages.some((tongue) => tongue.reads(words, meant.needs, meant.may))) return meant;
    const unknown = this.languages
      .map((tongue) => tongue.unknown(words))
      .reduce((a, b) => (b.length < a.length ? b : a));
    return { part: text, why: unknown.length > 0 ? "words" : "meaning", words: asWritten(unknown, text) };
  }

  /** Sentences; a single sentence is cut at the words that join two questions. */
  private halvesOf(text: string): string[] {
    const sentences = sentencesOf(text);
    if (sentences.length !== 1) return sentences;
    const joints = new Set(lexicons.flatMap(({ joints }) => joints.map((joint) => ` ${joint} `)));
    for (const joint of joints) {
      const at = text.toLowerCase().indexOf(joint);
      if (at <= 0) continue;
      const halves = [text.slice(0, at), text.slice(at + joint.length)].map((half) => half.replace(/[,\s]+$/, ""));
      // A split counts only if at least one side is a question.
      if (halves.some((half) => "ask" in this.one(half))) return halves;
    }
    return sentences;
  }
}

/** One language's phrases with those of the scope's terms. */
class LanguageMatcher {
  private readonly senses = new Map<string, Set<string>>();
  private readonly longest: number;

  private readonly elsewhere: readonly string[];

  constructor({ fillers, concepts, elsewhere = [] }: Lexicon, terms: Readonly<Record<string, readonly string[]>>) {
    for (const phrase of fillers) this.add(phrase, filler);
    for (const [concept, phrases] of [...Object.entries(concepts), ...Object.entries(terms)])
      for (const phrase of phrases) this.add(normalise(phrase), concept);
    this.elsewhere = elsewhere.map((phrase) => ` ${phrase} `);
    this.longest = Math.max(...[...this.senses.keys()].map((phrase) => phrase.split(" ").length));
  }

  private add(phrase: string, sense: string): void {
    const own = this.senses.get(phrase);
    if (own === undefined) this.senses.set(phrase, new Set([sense]));
    else own.add(sense);
  }

  /** Whether the words can be segmented into allowed phrases so that every required concept occurs. */
  reads(words: readonly string[], needs: readonly string[], may: ReadonlySet<string>): boolean {
    if (this.elsewhere.length > 0) {
      const text = ` ${words.join(" ")} `;
      if (this.elsewhere.some((phrase) => text.includes(phrase))) return false;
    }
    // reached[i]: the sets of satisfied needs, as bits, with which the first i words can be segmented.
    const reached: Set<number>[] = Array.from({ length: words.length + 1 }, () => new Set<number>());
    reached[0].add(0);
    for (let i = 0; i < words.length; i++) {
      if (reached[i].size === 0) continue;
      for (let length = 1; length <= this.longest && i + length <= words.length; length++) {
        for (const sense of this.senses.get(words.slice(i, i + length).join(" ")) ?? []) {
          if (!may.has(sense)) continue;
          const bit = needs.indexOf(sense);
          for (const met of reached[i]) reached[i + length].add(bit < 0 ? met : met | (1 << bit));
        }
      }
    }
    return reached[words.length].has((1 << needs.length) - 1);
  }

  /** Words that are in no known phrase. */
  unknown(words: readonly string[]): string[] {
    const known = new Array<boolean>(words.length).fill(false);
    for (let i = 0; i < words.length; i++)
      for (let length = 1; length <= this.longest && i + length <= words.length; length++)
        if (this.senses.has(words.slice(i, i + length).join(" "))) known.fill(true, i, i + length);
    return words.filter((_, i) => !known[i]);
  }
}

/** Normalised words in their original spelling: `guerie` as `guérie`. */
function asWritten(words: readonly string[], text: string): string[] {
  const written = text.toLowerCase().split(/[^\p{L}\p{N}\p{M}]+/u);
  const spelling = new Map(written.map((word) => [normalise(word), word]));
  return words.map((word) => spelling.get(word) ?? word);
}

/** Finds every mention of a condition, drug or procedure in a chart, by any name and spelling, and labels each. */
import { synonymsOf } from "../concepts/dictionary.ts";
import { wordsOf } from "../concepts/words.ts";
import type { Assertion } from "../fact.ts";
import { labelOf } from "./classifier.ts";
import { impliedBy } from "./implied.ts";
import type { ChartIndex } from "./index-notes.ts";
import { stem, type Token } from "./tokens.ts";

/** One mention of a concept in a note, with its assertion (present, absent, possible, ...). */
export interface Mention {
  /** The note's id and the characters of the mention in it. */
  note: string;
  from: number;
  to: number;
  /** The sentence or line around it, with its position. */
  quote: string;
  quoteFrom: number;
  date?: string;
  label: Assertion;
  /** How it was found: by the requested name, a synonym or abbreviation, a misspelling, or a drug given for it. */
  how: "name" | "synonym" | "spelling" | "implied";
  /** The words found. */
  words: string;
}

interface Phrase {
  words: string[];
  how: Mention["how"];
}

/** Abbreviations that are also words: they mean the condition only in capitals. */
const needCapitals = new Set(["pad", "or", "us", "it", "as", "all", "aids", "rad", "cad", "pet", "ca", "hit"]);

/** All mentions: confirmed by name first, hints by drugs last; within that, newest notes first. */
export function findMentions(index: ChartIndex, term: string): Mention[] {
  const own = wordsOf(term).map(stem);
  const synonyms = synonymsOf(term);
  const phrases: Phrase[] = [{ words: own, how: "name" }];
  for (const synonym of synonyms) {
    const words = synonym.split(" ").map(stem);
    if (words.join(" ") !== own.join(" ")) phrases.push({ words, how: "synonym" });
  }
  for (const hint of impliedBy(synonyms)) phrases.push({ words: hint.split(" ").map(stem), how: "implied" });

  const found = new Map<string, Found>();
  for (const { words, how } of phrases) {
    const alternatives = words.map((word) => [
      word,
      ...(how === "implied" || word.length < 5 ? [] : index.slips(word)),
    ]);
    // The rarest word of the phrase selects the passages.
    const rare = alternatives
      .map((each, at) => ({ at, uses: each.reduce((sum, word) => sum + index.uses(word).length, 0) }))
      .sort((x, y) => x.uses - y.uses)[0];
    const passages = new Set(alternatives[rare.at].flatMap((word) => [...index.uses(word)]));
    for (const passage of passages) {
      const place = index.passages[passage];
      const { text } = index.notes[place.note];
      const tokens = index.tokens(passage);
      for (let start = 0; start + words.length <= tokens.length; start++) {
        const run = runFrom(tokens, start, alternatives);
        if (run === undefined || !adjacent(run, text)) continue;
        const from = run[0].from;
        const to = run[run.length - 1].to;
        const written = text.slice(from, to);
        if (
          words.length === 1 &&
          (words[0].length <= 2 || needCapitals.has(words[0])) &&
          written !== written.toUpperCase()
        )
          continue;
        // A name within a longer one ("heart failure" in "congestive heart failure") is the same mention.
        const key = `${place.note}:${from}`;
        const known = found.get(key);
        if (known !== undefined && known.to >= to) continue;
        const slip = run.some(({ word }, at) => word !== words[at]);
        found.set(key, { passage, from, to, how: slip ? "spelling" : how });
      }
    }
  }
  return outermost([...found.values()], index)
    .map(({ passage, from, to, how }): Mention => {
      const place = index.passages[passage];
      const { id, text, date } = index.notes[place.note];
      const quote = text.slice(place.from, place.to);
      const mention: Mention = {
        note: id,
        from,
        to,
        quote: quote.trim(),
        quoteFrom: place.from,
        label: labelOf(quote, from - place.from, to - place.from, place.heading),
        how,
        words: text.slice(from, to),
      };
      if (date !== undefined) mention.date = date;
      return mention;
    })
    .sort((x, y) => order(x) - order(y) || (y.date ?? "").localeCompare(x.date ?? ""));
}

interface Found {
  passage: number;
  from: number;
  to: number;
  how: Mention["how"];
}

/** Without those that lie within another. */
function outermost(found: readonly Found[], index: ChartIndex): Found[] {
  const note = ({ passage }: Found) => index.passages[passage].note;
  const longest: Found[] = [];
  for (const one of [...found].sort((x, y) => note(x) - note(y) || x.from - y.from || y.to - x.to)) {
    const last = longest.at(-1);
    if (last === undefined || note(last) !== note(one) || one.to > last.to) longest.push(one);
  }
  return longest;
}

const ranks: Record<Mention["how"], number> = { name: 0, synonym: 0, spelling: 1, implied: 3 };
const order = ({ how, label }: Mention) => ranks[how] + (label === "confirmed" ? 0 : 0.5);

/** The tokens of a name from `start` on; `wordsOf` leaves out articles and the genitive, which the text has. */
function runFrom(
  tokens: readonly Token[],
  start: number,
  alternatives: readonly (readonly string[])[],
): Token[] | undefined {
  const run: Token[] = [];
  let at = start;
  for (const words of alternatives) {
    if (run.length > 0 && at < tokens.length && between.has(tokens[at].word) && !words.includes(tokens[at].word)) at++;
    if (at >= tokens.length || !words.includes(tokens[at].word)) return undefined;
    run.push(tokens[at++]);
  }
  return run;
}

const between = new Set(["s", "the", "a", "an", "of", "any", "his", "her", "their"]);

/** Only spaces, hyphens, slashes and apostrophes, and one such word, may be between the words of a name. */
function adjacent(run: readonly Token[], text: string): boolean {
  for (let i = 1; i < run.length; i++)
    if (
      !/^[\s\-/',.\u2019]{1,3}(?:(?:s|the|an?|of|any|his|her|their)[\s\-/',.]{1,3})?$/i.test(
        text.slice(run[i - 1].to, run[i].from),
      )
    )
      return false;
  return true;
}

/** Passages for a free question, best first (BM25 with synonyms and near spellings). */
export function searchNotes(
  index: ChartIndex,
  query: string,
  limit = 20,
): { note: string; from: number; to: number; quote: string; score: number; date?: string }[] {
  const words = wordsOf(query).filter((word) => !stop.has(word));
  const groups: { words: string[]; weight: number }[] = [];
  for (const word of new Set(words)) {
    const own = stem(word);
    groups.push({ words: [own], weight: 1 });
    const slips = index.slips(own);
    if (slips.length > 0) groups.push({ words: slips, weight: 0.8 });
  }
  for (let from = 0; from < words.length; from++)
    for (let to = from + 1; to <= Math.min(words.length, from + 5); to++) {
      const name = words.slice(from, to).join(" ");
      for (const synonym of synonymsOf(name).slice(0, 20)) {
        if (synonym === name) continue;
        const parts = synonym.split(" ").map(stem);
        // A synonym of several words weighs as much as they do together.
        if (parts.length === 1) groups.push({ words: parts, weight: 0.9 * (to - from) });
        else for (const part of parts) groups.push({ words: [part], weight: (0.9 * (to - from)) / parts.length });
      }
      for (const hint of impliedBy(synonymsOf(name)))
        if (!hint.includes(" ")) groups.push({ words: [stem(hint)], weight: 0.6 * (to - from) });
    }
  return index.rank(groups, limit).map(({ passage, score }) => {
    const { note, from, to } = index.passages[passage];
    const { id, text, date } = index.notes[note];
    return { note: id, from, to, quote: text.slice(from, to).trim(), score, ...(date === undefined ? {} : { date }) };
  });
}

const stop = new Set(
  "is are was were be been have has had do does did in on at to for from with and or not patient history any ever there this that it what which who when where how".split(
    " ",
  ),
);

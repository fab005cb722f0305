/** Extracts the claims of an answer with their positions: names, numbers with units, dates, people, and whether they are denied. */
import { assertionOf } from "../chart/assertion.ts";
import { type Token, tokenise } from "../chart/tokens.ts";
import { dictionary, entriesNamed } from "../concepts/dictionary.ts";
import { type Concept, conceptsOf } from "../concepts/resolve.ts";
import { baseName, keyOf, wordsOf } from "../concepts/words.ts";
import type { Assertion } from "../fact.ts";
import { readDate } from "../question/period.ts";
import type { HealthRecord } from "../record.ts";
import { commonWords } from "./common-words.ts";

export interface Span {
  from: number;
  to: number;
}

export interface NameClaim extends Span {
  words: string;
  /** Concepts of the record with this name; empty if there is none. */
  concepts: readonly Concept[];
  label: Assertion;
}

export interface NumberClaim extends Span {
  words: string;
  value: number;
  /** Digits after the decimal point. */
  decimals: number;
  unit?: string;
  comparator?: string;
}

export interface DateClaim extends Span {
  words: string;
  date: string;
}

export interface Sentence extends Span {
  text: string;
  names: NameClaim[];
  numbers: NumberClaim[];
  dates: DateClaim[];
  /** Capitalised or clinical words that occur neither in the record nor in everyday English. */
  unknown: (Span & { words: string })[];
}

const month =
  "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?";
const datePattern = new RegExp(
  `\\b(?:\\d{4}-\\d{2}-\\d{2}(?:T[\\d:.+Z-]+)?|\\d{4}-\\d{2}\\b|${month} \\d{1,2}(?:st|nd|rd|th)?,? \\d{4}|\\d{1,2}(?:st|nd|rd|th)? (?:of )?${month},? \\d{4}|${month},? \\d{4}|\\d{1,2}[/.]\\d{1,2}[/.]\\d{4}|(?<![\\d.])(?:19|20)\\d{2}(?![\\d]|\\.\\d|-\\d))`,
  "gi",
);
const unitWord =
  "(?:\\{[^}\\s]*\\}|[A-Za-z\u00b5\u03bc%\u00b0{}_\\[\\]*^0-9.'])+(?:\\/(?:\\{[^}\\s]*\\}|[A-Za-z\u00b5\u03bc%{}_\\[\\]*^0-9.'])+)*";
const numberPattern = new RegExp(
  `(?<![\\w.,/-])(<=|>=|<|>|\u2264|\u2265)?\\s?(-?\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|-?\\d+(?:\\.\\d+)?)(?:(\\s?%)|\\s?(${unitWord}))?`,
  "g",
);
const notUnits = new Set(
  "on in at of to and or from by times time results result readings reading tests test was is were are for the with years year days day months month weeks week hours hour visits encounters measurements values value prescriptions doses as but after before since until between than more less per old-year-old then when facts records episodes immunizations vaccinations procedures reports a an old".split(
    " ",
  ),
);

/** Sentences of an answer with what they claim. */
export function readClaims(record: HealthRecord, text: string): Sentence[] {
  // Citations and references are not claims.
  const plain = text
    .replace(/\[(?:F?\d+|[A-Z][A-Za-z]+\/(?=[^\]]*\d)[^\]]+)\]/g, (mark) => " ".repeat(mark.length))
    .replace(/\*\*/g, "  ");
  const vocabulary = vocabularyOf(record);
  const sentences: Sentence[] = [];
  for (const { from, to } of sentenceSpans(plain)) {
    const body = plain.slice(from, to);
    const dates = datesIn(body);
    const names = namesIn(record, body, dates);
    const numbers = numbersIn(body, [...dates, ...names]);
    sentences.push({
      from,
      to,
      text: body,
      names,
      dates,
      numbers,
      unknown: unknownIn(body, [...dates, ...names], vocabulary),
    });
  }
  return sentences;
}

function* sentenceSpans(text: string): Generator<Span> {
  let from = 0;
  for (const match of text.matchAll(/(?<!\b(?:dr|mr|mrs|ms|vs|no))(?:[.!?](?=\s|$)|;(?=\s)|\n)/gi)) {
    if (text.slice(from, match.index).trim() !== "") yield { from, to: match.index };
    from = match.index + match[0].length;
  }
  if (text.slice(from).trim() !== "") yield { from, to: text.length };
}

function datesIn(body: string): DateClaim[] {
  const found: DateClaim[] = [];
  for (const match of body.matchAll(datePattern)) {
    const date = readDate(match[0].replace(/T.*$/, ""));
    if (date !== undefined) found.push({ from: match.index, to: match.index + match[0].length, words: match[0], date });
  }
  return found;
}

const overlaps = (span: Span, others: readonly Span[]) =>
  others.some((other) => span.from < other.to && other.from < span.to);

function numbersIn(body: string, taken: readonly Span[]): NumberClaim[] {
  const found: NumberClaim[] = [];
  for (const match of body.matchAll(numberPattern)) {
    const [whole, comparator, digits, percent, word] = match;
    const at = match.index + whole.indexOf(digits);
    const span = { from: at, to: at + digits.length };
    if (overlaps(span, taken)) continue;
    const unit =
      percent !== undefined
        ? "%"
        : word !== undefined && !notUnits.has(word.toLowerCase()) && /[a-z%\u00b0]/i.test(word)
          ? word.replace(/[.,')]+$/, "")
          : undefined;
    const claim: NumberClaim = {
      ...span,
      words: whole.trim(),
      value: Number(digits.replaceAll(",", "")),
      decimals: digits.split(".")[1]?.length ?? 0,
    };
    if (unit !== undefined && unit !== "") claim.unit = unit;
    if (comparator !== undefined) claim.comparator = comparator;
    found.push(claim);
  }
  return found;
}

interface Names {
  byKey: Map<string, Concept[]>;
  longest: number;
  words: Set<string>;
}
const indexed = new WeakMap<HealthRecord, Names>();

/** All names of the record's concepts, as word lists. */
function namesOf(record: HealthRecord): Names {
  const known = indexed.get(record);
  if (known !== undefined) return known;
  const byKey = new Map<string, Concept[]>();
  const add = (key: string, concept: Concept) => {
    if (key === "" || commonWords.has(key)) return;
    const list = byKey.get(key) ?? [];
    if (!list.includes(concept)) list.push(concept);
    byKey.set(key, list);
  };
  for (const concept of conceptsOf(record)) {
    for (const { display } of concept.codes) {
      add(keyOf(display), concept);
      const base = baseName(display);
      add(base, concept);
      for (const entry of entriesNamed(base)) for (const name of entry.names) add(name, concept);
    }
    for (const part of concept.ingredients) {
      add(part, concept);
      const [head] = part.split(" ");
      if (head.length > 4) add(head, concept);
      for (const entry of entriesNamed(part)) for (const name of entry.names) add(name, concept);
    }
    if (concept.kind === "immunization" || concept.kind === "procedure")
      for (const word of concept.base.split(" "))
        for (const entry of entriesNamed(word))
          if (entry.kind === concept.kind) for (const name of entry.names) add(name, concept);
    for (const { code, system } of concept.codes)
      if (system === "http://loinc.org" && code !== undefined)
        for (const entry of entriesByCode(code)) for (const name of entry) add(name, concept);
  }
  // A panel's name includes its components: blood pressure stands for systolic and diastolic.
  for (const concept of conceptsOf(record)) {
    const panel = concept.facts[0].partOf;
    if (panel === undefined || concept.facts.some(({ source }) => !("path" in source))) continue;
    for (const key of [keyOf(panel.display), baseName(panel.display), ...entriesByCode(panel.code ?? "").flat()])
      add(key, concept);
  }
  const longest = Math.max(1, ...[...byKey.keys()].map((key) => key.split(" ").length));
  const made = { byKey, longest, words: new Set([...conceptsOf(record)].flatMap(({ words }) => [...words])) };
  indexed.set(record, made);
  return made;
}

const codeNames = new Map<string, (readonly string[])[]>();
for (const { kind, names, members } of dictionary)
  if (kind === "observation") for (const code of members) codeNames.set(code, [...(codeNames.get(code) ?? []), names]);
const entriesByCode = (code: string): readonly (readonly string[])[] => codeNames.get(code) ?? [];

const articles = new Set(["the", "a", "an", "of", "any", "his", "her", "their", "s"]);

function namesIn(record: HealthRecord, body: string, dates: readonly Span[]): NameClaim[] {
  const { byKey, longest } = namesOf(record);
  const tokens = nameTokens(body);
  const found: NameClaim[] = [];
  for (let start = 0; start < tokens.length; ) {
    let used = 0;
    for (let end = Math.min(tokens.length, start + longest); end > start; end--) {
      const run = tokens.slice(start, end);
      const span = { from: run[0].from, to: run[run.length - 1].to };
      const written = body.slice(span.from, span.to);
      const key = run.map(({ word }) => word).join(" ");
      const concepts = byKey.get(key) ?? [];
      const named = concepts.length > 0 ? concepts : undefined;
      const elsewhere = named === undefined ? entriesNamed(written).filter(({ kind }) => kind !== "drugClass") : [];
      if (named === undefined && elsewhere.length === 0) continue;
      // Two letters in lower case are words, not abbreviations.
      if (written.length <= 3 && written !== written.toUpperCase() && named === undefined) continue;
      if (written.length <= 2 && written === written.toLowerCase()) continue;
      if (overlaps(span, dates) || (named === undefined && commonWords.has(key))) continue;
      found.push({ ...span, words: written, concepts: named ?? [], label: assertionOf(body, span.from, span.to) });
      used = end - start;
      break;
    }
    start += Math.max(1, used);
  }
  return found;
}

/** Tokens for the comparison of names: without articles, in the singular. */
function nameTokens(body: string): Token[] {
  return tokenise(body)
    .filter(({ word }) => !articles.has(word))
    .map((token) => ({ ...token, word: wordsOf(token.word)[0] ?? token.word }));
}

const vocabularies = new WeakMap<HealthRecord, Set<string>>();

/** Every word that occurs in the record. */
function vocabularyOf(record: HealthRecord): Set<string> {
  const known = vocabularies.get(record);
  if (known !== undefined) return known;
  const words = new Set<string>();
  const add = (text: string | undefined) => {
    if (text !== undefined) for (const { word } of tokenise(text)) words.add(word);
  };
  for (const fact of record.facts) {
    for (const coding of [fact.code, ...(fact.translations ?? []), fact.partOf, fact.valueCode]) add(coding?.display);
    for (const text of [
      fact.by,
      fact.status,
      fact.dosage,
      fact.unit,
      fact.printedUnit,
      fact.text,
      fact.absent,
      typeof fact.value === "string" ? fact.value : undefined,
      ...(fact.reason ?? []),
      ...(fact.detail ?? []),
      ...(fact.category ?? []),
    ])
      add(text);
  }
  for (const { title, text } of record.texts) {
    add(title);
    add(text);
  }
  add(record.patient.name);
  vocabularies.set(record, words);
  return words;
}

const clinical =
  /(?:itis|emia|osis|oma|pathy|algia|ectomy|plasty|scopy|otomy|cillin|statin|prils?|sartan|olol|azole|mycin|floxacin|cycline|dipine|zepam|triptan|gliptin|glutide|parin|xaban|mab|nib|vir|phage|uria|rrhea|plegia|penia|trophy|sclerosis)$/;

function unknownIn(
  body: string,
  taken: readonly Span[],
  vocabulary: ReadonlySet<string>,
): (Span & { words: string })[] {
  const found: (Span & { words: string })[] = [];
  for (const token of tokenise(body)) {
    if (overlaps(token, taken) || token.word.length < 3 || /\d/.test(token.word)) continue;
    const written = body.slice(token.from, token.to);
    if (vocabulary.has(token.word) || commonWords.has(token.word) || commonWords.has(written.toLowerCase())) continue;
    if (/^[A-Z]/.test(written) || clinical.test(token.word))
      found.push({ from: token.from, to: token.to, words: written });
  }
  return found;
}

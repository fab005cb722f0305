/** Finds the facts of a record that a name refers to. */
import type { Coding, Fact, FactKind } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import { type DictionaryEntry, dictionary, entriesNamed } from "./dictionary.ts";
import { baseName, editDistance, ingredients, keyOf, similarity, wordsOf } from "./words.ts";

/** Facts that share kind and code. */
export interface Concept {
  key: string;
  kind: FactKind;
  display: string;
  codes: readonly Coding[];
  facts: Fact[];
  /** Words of the display; its base name; a drug's ingredients. */
  words: ReadonlySet<string>;
  base: string;
  ingredients: readonly string[];
}

export interface Resolution {
  concepts: readonly Concept[];
  /** Kind of match: the name itself or its code, a synonym, all its words, or a similar spelling. */
  how: "name" | "synonym" | "words" | "spelling";
}

export interface Unresolved {
  /** The different meanings of an ambiguous name. */
  ambiguous?: readonly string[];
  /** Similar names in the record. */
  close: readonly string[];
}

const indexes = new WeakMap<HealthRecord, readonly Concept[]>();

/** The distinct concepts of a record, most facts first. */
export function conceptsOf(record: HealthRecord): readonly Concept[] {
  const known = indexes.get(record);
  if (known !== undefined) return known;
  const found = new Map<string, Concept>();
  for (const fact of record.facts) {
    if (fact.code === undefined) continue;
    const { code } = fact;
    const key = `${fact.kind}|${code.code === undefined ? keyOf(code.display) : `${code.system ?? ""}|${code.code}`}`;
    const concept = found.get(key);
    if (concept === undefined)
      found.set(key, {
        key,
        kind: fact.kind,
        display: code.display,
        codes: [code, ...(fact.translations ?? [])],
        facts: [fact],
        words: new Set([code, ...(fact.translations ?? [])].flatMap(({ display }) => wordsOf(display))),
        base: baseName(code.display),
        ingredients: fact.kind === "medication" ? ingredients(code.display) : [],
      });
    else {
      concept.facts.push(fact);
      // The same code may be printed in several ways.
      if (!concept.codes.some(({ display }) => display === code.display)) {
        concept.codes = [...concept.codes, code];
        concept.words = new Set([...concept.words, ...wordsOf(code.display)]);
      }
    }
  }
  const concepts = [...found.values()].sort((a, b) => b.facts.length - a.facts.length);
  indexes.set(record, concepts);
  return concepts;
}

/** Words that only state the kind of thing and can be omitted. */
const generic = new Set(
  "level result value reading measurement test testing lab number vaccine vaccination immunization shot jab dose booster medication drug medicine pill tablet prescription serum plasma blood latest last first procedure".split(
    " ",
  ),
);

/** The concepts with this name among the given kinds (default: all kinds). */
export function resolveConcept(
  record: HealthRecord,
  name: string,
  kindsWanted?: readonly FactKind[],
): Resolution | Unresolved {
  const all = conceptsOf(record).filter(({ kind }) => kindsWanted === undefined || kindsWanted.includes(kind));
  const direct = attempt(all, name);
  if (direct !== undefined) return direct;
  const stripped = wordsOf(name)
    .filter((word) => !generic.has(word))
    .join(" ");
  if (stripped !== "" && stripped !== keyOf(name)) {
    const again = attempt(all, stripped);
    if (again !== undefined) return again;
  }
  return closest(all, keyOf(name));
}

function attempt(all: readonly Concept[], name: string): Resolution | Unresolved | undefined {
  const key = keyOf(name);
  if (key === "") return { close: [] };
  const plain = name.trim().toLowerCase();
  const exact = all.filter(({ codes }) =>
    codes.some(
      ({ display, code, system }) =>
        display.toLowerCase() === plain ||
        code?.toLowerCase() === plain ||
        `${system}|${code}`.toLowerCase() === plain ||
        keyOf(display) === key,
    ),
  );
  if (exact.length > 0) return { concepts: exact, how: "name" };
  const entries = entriesNamed(name);
  const matching = all.filter((concept) => entries.some((entry) => belongs(concept, entry)));
  if (matching.length > 0) return together(matching, "synonym");
  const based = all.filter(({ base, ingredients: parts }) => base === key || parts.some((part) => part === key));
  if (based.length > 0) return together(based, "words");
  const words = wordsOf(name);
  const within = all.filter(({ words: own }) => words.every((word) => own.has(word)));
  if (within.length > 0) return together(within, "words");
  return undefined;
}

/** Whether a dictionary entry names a concept of the record. */
function belongs(concept: Concept, entry: DictionaryEntry): boolean {
  switch (entry.kind) {
    case "observation":
      if (concept.kind !== "observation" && concept.kind !== "report") return false;
      return (
        concept.codes.some(
          ({ code, system }) =>
            code !== undefined &&
            (system === undefined || system === "http://loinc.org") &&
            entry.members.includes(code),
        ) || entry.names.includes(concept.base)
      );
    case "medication":
      return (
        concept.kind === "medication" &&
        entry.names.some((name) => {
          const parts = name.split(" ");
          return (
            concept.ingredients.some((part) => part === name || part.startsWith(`${name} `)) ||
            (parts.length > 1 && parts.every((word) => concept.words.has(word)))
          );
        })
      );
    case "drugClass":
      return concept.kind === "medication" && entry.members.some((member) => concept.words.has(member));
    case "immunization":
      return (
        (concept.kind === "immunization" || concept.kind === "medication") &&
        entry.names.some((name) => name.split(" ").every((word) => concept.words.has(word)))
      );
    case "condition":
      return (concept.kind === "condition" || concept.kind === "familyHistory") && entry.names.includes(concept.base);
    case "procedure":
      return (
        (concept.kind === "procedure" || concept.kind === "imaging" || concept.kind === "report") &&
        entry.names.some((name) => name.split(" ").every((word) => concept.words.has(word)))
      );
  }
}

/** Events of several concepts can be combined; results of different tests must not be mixed. */
function together(concepts: readonly Concept[], how: Resolution["how"]): Resolution | Unresolved {
  const results = concepts.filter(({ kind }) => kind === "observation");
  if (results.length > 1) {
    const distinct = new Set(results.map(({ base }) => base));
    // One entry may contain several codes of one test with different names (WBC, leukocytes): those are the same by
    // definition.
    if (how !== "synonym" && distinct.size > 1) return { ambiguous: results.map(({ display }) => display), close: [] };
  }
  return { concepts, how };
}

function closest(all: readonly Concept[], key: string): Resolution | Unresolved {
  const scored = all
    .map((concept) => {
      const names = [concept.base, ...concept.ingredients, ...[...concept.words].filter((word) => word.length > 4)];
      return { concept, score: Math.max(...names.map((name) => similarity(key, name))), names };
    })
    .filter(({ score }) => score >= 0.35)
    .sort((a, b) => b.score - a.score);
  // A spelling error in a long name with a single candidate is corrected and reported.
  if (key.length >= 6) {
    const slips = scored
      .map(({ concept }) => concept)
      .filter((concept) => [concept.base, ...concept.ingredients].some((name) => isSlip(key, name)));
    // If no name of the record is similar, perhaps a synonym is: `white blod cells`, `haemoglobn`.
    const similar = dictionary.filter(({ names }) => names.some((name) => name.length >= 6 && isSlip(key, name)));
    const found =
      slips.length > 0 ? slips : similar.length === 1 ? all.filter((concept) => belongs(concept, similar[0])) : [];
    const taken = found.length > 0 ? together(found, "spelling") : undefined;
    if (taken !== undefined && "concepts" in taken) return taken;
  }
  return { close: [...new Set(scored.slice(0, 5).map(({ concept }) => concept.display))] };
}

/**
 * The same words with slightly different spelling; a differing number or letter is a different concept (type 1, type
 * 2).
 */
function isSlip(term: string, name: string): boolean {
  const a = term.split(" ");
  const b = name.split(" ");
  if (a.length !== b.length) return false;
  return a.every((word, at) => {
    if (word === b[at]) return true;
    if (word.length >= 6 && undoubled(word) === undoubled(b[at])) return true;
    const most = word.length >= 9 ? 2 : word.length >= 6 ? 1 : 0;
    if (/^hyp(?:o|er)/.test(word) && /^hyper/.test(word) !== /^hyper/.test(b[at])) return false;
    return most > 0 && editDistance(word, b[at], most) <= most;
  });
}

/** Doubled letters are the most common misspelling: `ferittin`. */
const undoubled = (word: string) => word.replace(/(.)\1/g, "$1");

/** Whether a result is one of the measurements that a panel's name covers, stated inside its panel or alone. */
export function isComponentOf(fact: Fact, name: string): boolean {
  if (fact.kind !== "observation" || fact.code === undefined) return false;
  if (fact.partOf !== undefined) return isPanelOf(fact.partOf, name);
  const { code, system } = fact.code;
  return (
    code !== undefined &&
    (system === undefined || system === "http://loinc.org") &&
    entriesNamed(name).some(({ members }) => members.some((member) => componentsOf[member]?.includes(code)))
  );
}

/** LOINC panels whose measurements many systems also send one by one: blood pressure is systolic and diastolic. */
const componentsOf: Readonly<Record<string, readonly string[]>> = { "85354-9": ["8480-6", "8462-4"] };

/** Whether a name refers to a panel's code (`blood pressure`, `CBC`). */
function isPanelOf(code: Coding, name: string): boolean {
  const key = keyOf(name);
  if (keyOf(code.display) === key || baseName(code.display) === key || code.code === name.trim()) return true;
  return entriesNamed(name).some(
    ({ members, names }) =>
      (code.code !== undefined && members.includes(code.code)) || names.includes(baseName(code.display)),
  );
}

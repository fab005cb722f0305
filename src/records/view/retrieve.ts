/** Retrieves the concepts of a record that a question is about. */
import { synonymsOf } from "../concepts/dictionary.ts";
import { type Concept, conceptsOf, resolveConcept } from "../concepts/resolve.ts";
import { baseName, wordsOf } from "../concepts/words.ts";
import { recogniseQuestion } from "../question/recognise.ts";
import type { HealthRecord } from "../record.ts";

/** Concepts, best first: those the question names by any name, then those that share its rarer words. */
export function retrieveConcepts(record: HealthRecord, question: string, today: string, most = 3): Concept[] {
  const all = conceptsOf(record);
  const scores = new Map<Concept, number>();
  const add = (concept: Concept, score: number) => scores.set(concept, Math.max(scores.get(concept) ?? 0, score));
  for (const query of recogniseQuestion(question, today, record.patient)?.queries ?? []) {
    for (const name of [query.concept, query.to, query.at, query.reason]) {
      if (name === undefined) continue;
      const found = resolveConcept(
        record,
        name,
        query.kind === undefined || name !== query.concept ? undefined : [query.kind],
      );
      if ("concepts" in found) for (const concept of found.concepts) add(concept, 100);
    }
    if (query.concept === undefined && query.kind !== undefined)
      for (const concept of all) if (concept.kind === query.kind) add(concept, 90);
  }
  // Every sequence of up to six words that is a name.
  const words = wordsOf(question);
  for (let from = 0; from < words.length; from++)
    for (let to = Math.min(words.length, from + 6); to > from; to--) {
      const name = words.slice(from, to).join(" ");
      if (to - from === 1 && (name.length < 2 || common.has(name))) continue;
      const synonyms = synonymsOf(name);
      for (const concept of all) {
        if (concept.base === name || concept.ingredients.includes(name)) add(concept, 50 + 5 * (to - from));
        else if (synonyms.length > 1 && concept.codes.some(({ display }) => synonyms.includes(baseName(display))))
          add(concept, 45 + 5 * (to - from));
      }
      if (synonyms.length > 1) {
        const found = resolveConcept(record, name);
        if ("concepts" in found && found.how === "synonym")
          for (const concept of found.concepts) add(concept, 45 + 5 * (to - from));
      }
    }
  // Shared words, weighted by rarity.
  const frequency = new Map<string, number>();
  for (const { words: own } of all) for (const word of own) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  for (const concept of all) {
    let score = 0;
    for (const word of new Set(words))
      if (concept.words.has(word) && !common.has(word)) score += Math.log(1 + all.length / frequency.get(word)!);
    if (score > 0) add(concept, Math.min(44, score * 4));
  }
  const ranked = [...scores].sort((a, b) => b[1] - a[1] || b[0].facts.length - a[0].facts.length);
  // All concepts that are named exactly, otherwise the best few.
  const named = ranked.filter(([, score]) => score >= 90).length;
  return ranked.slice(0, Math.max(most, named)).map(([concept]) => concept);
}

const common = new Set(
  "what when who how which was is are were did does do has have had patient in on at to for from with and or last latest first most recent many much long often ever been be there test result value level date day year time blood between two since before after by".split(
    " ",
  ),
);

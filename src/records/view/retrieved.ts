/** The facts a question is about, within a budget: what a model needs to answer it without the whole record. */
import { clockToday } from "../dates.ts";
import type { Fact } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import { factLine, patientLine, referencesOf } from "./lines.ts";
import { retrieveConcepts } from "./retrieve.ts";

/** The facts that bear on a question, as text within a token budget. */
export interface RetrievedFacts {
  facts: readonly Fact[];
  text: string;
  tokens: number;
  /** Facts of the same concepts that did not fit. */
  leftOut: number;
}

/**
 * Series of the concepts a question is about, best concept first. If a series does not fit, its first, smallest,
 * largest and latest results are kept, because they answer most questions.
 */
export function retrieveFacts(
  record: HealthRecord,
  question: string,
  options: { budget: number; count: (text: string) => number; today?: string },
): RetrievedFacts {
  const today = options.today ?? clockToday();
  const references = referencesOf(record);
  const lines: string[] = [patientLine(record, today)];
  const facts: Fact[] = [];
  let used = options.count(lines[0]);
  let leftOut = 0;
  for (const concept of retrieveConcepts(record, question, today)) {
    for (const fact of bySalience(concept.facts)) {
      const { text } = factLine(fact, references.get(fact)!);
      const cost = options.count(`${text}\n`);
      if (used + cost > options.budget) {
        leftOut++;
        continue;
      }
      used += cost;
      lines.push(text);
      facts.push(fact);
    }
  }
  const text = lines.join("\n");
  return { facts, text, tokens: options.count(text), leftOut };
}

function bySalience(facts: readonly Fact[]): Fact[] {
  const numeric = facts.filter(({ value }) => typeof value === "number");
  const salient = new Set<Fact>([facts[facts.length - 1], facts[0]]);
  if (numeric.length > 0) {
    salient.add(numeric.reduce((a, b) => (b.value! > a.value! ? b : a)));
    salient.add(numeric.reduce((a, b) => (b.value! < a.value! ? b : a)));
  }
  return [...salient, ...[...facts].reverse().filter((fact) => !salient.has(fact))];
}

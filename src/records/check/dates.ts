/** Checks dates. */
import { dayWords, nameOf, whenOf } from "../compute/words.ts";
import { within } from "../dates.ts";
import type { HealthRecord } from "../record.ts";
import type { ClaimCheck } from "./check.ts";
import type { NameClaim, Sentence } from "./read-claims.ts";
import { factsOf, subjectAt } from "./subject.ts";

/** Dates next to a name without a number: the record must have a fact of that name on that date. */
export function checkDates(
  record: HealthRecord,
  sentence: Sentence,
  subjects: readonly NameClaim[],
  today: string,
): ClaimCheck[] {
  const facts = factsOf(subjects);
  return sentence.dates.map((claim) => {
    const place = {
      kind: "date" as const,
      words: claim.words,
      from: sentence.from + claim.from,
      to: sentence.from + claim.to,
    };
    const period = { from: claim.date, to: claim.date };
    const hit = (date: string | undefined) => date !== undefined && within(date, period) !== "out";
    const matching = facts.filter((fact) => hit(fact.start) || hit(fact.end) || hit(fact.recorded));
    if (matching.length > 0) {
      // The date belongs to the name directly before it, if that has facts of its own.
      const own = subjectAt(sentence.names, claim.from).flatMap((concept) => concept.facts);
      const spans = /\b(?:from|to)\s*$/i.test(sentence.text.slice(0, claim.from));
      if (own.length === 0 || spans || own.some((fact) => matching.includes(fact)))
        return { ...place, verdict: "supported" as const, facts: matching };
    }
    if (
      hit(today) ||
      hit(record.patient.birthDate) ||
      (typeof record.patient.deceased === "string" && hit(record.patient.deceased))
    )
      return { ...place, verdict: "supported" as const, facts: [] };
    // A period the answer repeats from the question, or the bounds of "no such result in 2014".
    if (
      /\b(?:in|from|to|between|since|until|before|after|during)\s*$/i.test(sentence.text.slice(0, claim.from)) &&
      claim.date.length < 10 &&
      matching.length === 0 &&
      /\bno\b|\bnot\b|\bnone\b|^\s*0\b/i.test(sentence.text)
    )
      return { ...place, verdict: "supported" as const, facts: [] };
    if (
      /\b(?:from|to|between|since|until|before|after)\s*$/i.test(sentence.text.slice(0, claim.from)) &&
      /\bno\b|\bnot\b|\bnone\b/i.test(sentence.text)
    )
      return { ...place, verdict: "supported" as const, facts: [] };
    if (facts.length === 0) {
      const any = record.facts.filter((fact) => hit(fact.start) || hit(fact.end));
      if (any.length > 0) return { ...place, verdict: "supported" as const, facts: any.slice(0, 3) };
      return {
        ...place,
        verdict: "unsupported" as const,
        facts: [],
        message: `the answer states ${claim.words}; the record has no entry for that date`,
      };
    }
    const nearest = facts.filter((fact) => whenOf(fact) !== undefined);
    const shown = nearest[nearest.length - 1];
    return {
      ...place,
      verdict: "contradicted" as const,
      facts: nearest.slice(-3),
      message: `the answer puts ${shown ? nameOf(shown) : nameOf(facts[0])} on ${claim.words}; the record has ${
        nearest
          .slice(-3)
          .map((fact) => dayWords(whenOf(fact)!))
          .join(", ") || "no date for it"
      }`,
    };
  });
}

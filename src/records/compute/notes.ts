/** Compares computed answers with the notes of the record: coded facts and notes often differ. */
import { findMentions, type Mention } from "../chart/mentions.ts";
import { chartOf } from "../chart/of-record.ts";
import { ingredients } from "../concepts/words.ts";
import type { Assertion, Fact } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import { type Answer, unnamed } from "./query.ts";
import { nameOf } from "./words.ts";

/** Formats whose texts are written apart from the coded entries; the narrative of the others repeats the entries. */
const independent: ReadonlySet<string> = new Set(["fhir", "fhir-ndjson", "omop", "text"]);

const labelWords: Readonly<Record<Assertion, string>> = {
  confirmed: "a note mentions it",
  // The labeller is least sure of these; the quotation shows how they are meant.
  possible: "a note mentions it",
  planned: "a note mentions it in a plan",
  family: "a note mentions it, of the family",
  denied: "a note denies it",
};

/** Labels that a note may contradict an answer with, those that contradict it most first. */
const againstNo: readonly Assertion[] = ["confirmed", "possible", "planned", "family"];

/** Maximum number of notes' contradictions that a list states. */
const maxOfList = 4;

/**
 * Adds what the notes state against a computed yes or no, or against the entries of a list of current medications or conditions. If no coded
 * fact has the name but a note does, the answer is that note: it never states then that the record lacks the name.
 */
export function withNotes(record: HealthRecord, answer: Answer): Answer {
  const { op, concept, period, above, below } = answer.query;
  if (record.texts.length === 0) return answer;
  if (concept !== undefined && answer.text.startsWith(unnamed)) {
    const [mention] = mentionsOf(record, concept, [...againstNo, "denied"], []);
    if (mention === undefined) return answer;
    const { value, ...rest } = answer;
    const isOthers = mention.label === "family" || mention.label === "denied";
    return {
      ...rest,
      ...(isOthers && value !== undefined ? { value } : {}),
      text: `No coded entry of this record is called "${concept}", but ${phrase(mention)}.`,
    };
  }
  if (period !== undefined || above !== undefined || below !== undefined || !independent.has(record.format))
    return answer;
  if ((op === "ever" || op === "active") && concept !== undefined && answer.value !== undefined) {
    const against = contradiction(record, concept, answer.value === true, answer.facts);
    return against === undefined ? answer : { ...answer, cautions: [...answer.cautions, against] };
  }
  return op === "list" && answer.query.which === "latest" ? withNotesOfList(record, answer) : answer;
}

/** A list of what is current: each entry of its kind is compared with the notes as a question about it alone would be. */
function withNotesOfList(record: HealthRecord, answer: Answer): Answer {
  const { kind } = answer.query;
  if (kind !== "medication" && kind !== "condition") return answer;
  const found: string[] = [];
  const names = new Map<string, Fact[]>();
  for (const fact of record.facts)
    if (fact.kind === kind && fact.code !== undefined)
      names.set(nameOf(fact), [...(names.get(nameOf(fact)) ?? []), fact]);
  for (const [name, facts] of names) {
    const listed = Array.isArray(answer.value) && answer.value.includes(name);
    const term = kind === "medication" ? (ingredients(name)[0] ?? name) : name;
    const against = contradiction(record, term, listed, facts);
    if (against !== undefined) found.push(`${name}: ${against}`);
  }
  if (found.length === 0) return answer;
  const more = found.length - maxOfList;
  return {
    ...answer,
    cautions: [
      ...answer.cautions,
      ...found.slice(0, maxOfList),
      ...(more > 0 ? [`the notes contradict ${more} more entries of this kind`] : []),
    ],
  };
}

function contradiction(record: HealthRecord, term: string, yes: boolean, facts: readonly Fact[]): string | undefined {
  const [mention] = mentionsOf(record, term, yes ? ["denied"] : againstNo, facts);
  return mention && phrase(mention);
}

/** Mentions with one of these labels, in that order. Text from which a fact was read is not evidence against that fact. */
function mentionsOf(
  record: HealthRecord,
  term: string,
  labels: readonly Assertion[],
  facts: readonly Fact[],
): Mention[] {
  return findMentions(chartOf(record), term)
    .filter(
      ({ label, how, note, from, to }) =>
        labels.includes(label) &&
        how !== "implied" &&
        !facts.some(({ source }) => "note" in source && source.note === note && source.from < to && from < source.to),
    )
    .sort((a, b) => labels.indexOf(a.label) - labels.indexOf(b.label));
}

function phrase({ label, quote, note, date }: Mention): string {
  const where = [note, date?.slice(0, 10)].filter(Boolean).join(", ");
  return `${labelWords[label]}: "${quote.slice(0, 160).replace(/\s+/g, " ")}" (${where})`;
}

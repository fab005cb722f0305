/** What an answer must state beside its facts: that the patient has died, that a birth date is implausible, that results were withdrawn. */
import { isComponentOf, resolveConcept } from "../concepts/resolve.ts";
import { compareDates, isBefore } from "../dates.ts";
import type { Fact, FactKind } from "../fact.ts";
import type { HealthRecord, RecordPatient } from "../record.ts";
import type { Answer, ComputeQuery } from "./query.ts";
import { dayWords, nameOf, whenOf } from "./words.ts";

/** When and whether the patient has died; undefined if not, or if the date is in the future. */
export function deathOf({ deceased }: RecordPatient, today: string): { date?: string } | undefined {
  if (deceased === true) return {};
  return typeof deceased === "string" && !isBefore(today, deceased) ? { date: deceased } : undefined;
}

/** The caution that a patient has died, for what is written as if the patient were alive. */
export function deathCaution(patient: RecordPatient, today: string): string | undefined {
  const death = deathOf(patient, today);
  if (death === undefined) return undefined;
  return `the record states that the patient has died${death.date === undefined ? "" : ` (${dayWords(death.date)})`}`;
}

/** Adds the cautions of the whole record that concern one answer. */
export function withCircumstances(record: HealthRecord, query: ComputeQuery, answer: Answer, today: string): Answer {
  const death = deathOf(record.patient, today);
  const added: string[] = [];
  const isNow = query.op === "active" || (query.op === "list" && query.which === "latest") || query.op === "trend";
  const after =
    death?.date === undefined
      ? []
      : answer.facts.filter((fact) => whenOf(fact) !== undefined && isBefore(death.date!, whenOf(fact)!));
  if (after.length > 0)
    added.push(
      `${deathCaution(record.patient, today)}, before ${after.length === 1 ? "the date" : "the dates"} of ${[
        ...new Set(after.slice(0, 3).map((fact) => `${nameOf(fact)}, ${dayWords(whenOf(fact)!)}`)),
      ].join("; ")}`,
    );
  else if (death !== undefined && isNow) added.push(deathCaution(record.patient, today)!);
  added.push(...withdrawnWords(record, query, answer));
  return added.length === 0 ? answer : { ...answer, cautions: [...answer.cautions, ...added] };
}

const withdrawnRecords = new WeakMap<HealthRecord, HealthRecord>();

/** Withdrawn facts of the name asked about, as cautions: that an older result is the latest valid one is not to be read as the latest. */
function withdrawnWords(record: HealthRecord, query: ComputeQuery, { facts }: Answer): string[] {
  const { concept } = query;
  if (concept === undefined || !record.dropped.some(({ withdrawn }) => withdrawn !== undefined)) return [];
  let other = withdrawnRecords.get(record);
  if (other === undefined) {
    other = { ...record, facts: record.dropped.flatMap(({ withdrawn = [] }) => withdrawn) };
    withdrawnRecords.set(record, other);
  }
  const kinds: FactKind[] | undefined = query.kind === undefined ? undefined : [query.kind];
  const found = resolveConcept(other, concept, kinds);
  const named = "concepts" in found && found.how !== "spelling" ? found.concepts.flatMap((each) => each.facts) : [];
  const codes = new Set(facts.map(({ code }) => code?.code).filter((code) => code !== undefined));
  const same = other.facts.filter(
    (fact) =>
      named.includes(fact) ||
      isComponentOf(fact, concept) ||
      (fact.code?.code !== undefined && codes.has(fact.code.code)),
  );
  if (same.length === 0) return [];
  const latest = [...facts].sort((a, b) => compareDates(whenOf(a), whenOf(b))).at(-1);
  const isLater = (fact: Fact) =>
    latest !== undefined && compareDates(whenOf(fact), whenOf(latest)) > 0 && query.op !== "first";
  const reasonOf = (fact: Fact) => record.dropped.find(({ withdrawn }) => withdrawn?.includes(fact))?.reason;
  return [...new Map(same.map((fact) => [`${nameOf(fact)}${whenOf(fact)}`, fact])).values()]
    .slice(-3)
    .map(
      (fact) =>
        `${isLater(fact) ? "a later entry" : "an entry"} was withdrawn and is not used: ${nameOf(fact)}${whenOf(fact) === undefined ? "" : ` of ${dayWords(whenOf(fact)!)}`} (${reasonOf(fact)})`,
    );
}

/** Facts as lines of text: one per concept (compact), or one per fact (series, chronology). */
import { isActive } from "../compute/active.ts";
import { dayWords, listWords, nameOf, numberWords, plural, unitWords, valueWords, whenOf } from "../compute/words.ts";
import { type Concept, conceptsOf } from "../concepts/resolve.ts";
import { ageAt, compareDates } from "../dates.ts";
import type { Fact, FactKind } from "../fact.ts";
import type { HealthRecord } from "../record.ts";

export interface Line {
  text: string;
  facts: readonly Fact[];
}

/** The reference of each fact in views, tools and answers: `F12` is the twelfth fact of a record. */
export function referencesOf(record: HealthRecord): ReadonlyMap<Fact, string> {
  let known = references.get(record);
  if (known === undefined) {
    known = new Map(record.facts.map((fact, index) => [fact, `F${index + 1}`]));
    references.set(record, known);
  }
  return known;
}
const references = new WeakMap<HealthRecord, ReadonlyMap<Fact, string>>();

/** The patient's description, and today's date. */
export function patientLine({ patient }: HealthRecord, today: string): string {
  const age = patient.birthDate === undefined ? undefined : ageAt(patient.birthDate, today);
  const parts = [
    patient.name ?? (patient.id ? `patient ${patient.id}` : "name not stated"),
    patient.sex,
    patient.birthDate && `born ${patient.birthDate}`,
    age && patient.deceased === undefined && `age ${age.min === age.max ? age.min : `${age.min} to ${age.max}`}`,
    patient.deceased && `died${typeof patient.deceased === "string" ? ` ${dayWords(patient.deceased)}` : ""}`,
  ].filter(Boolean);
  return `Patient: ${parts.join(", ")}. Today is ${today}.`;
}

export const headings: readonly (readonly [FactKind, string])[] = [
  ["allergy", "Allergies"],
  ["condition", "Conditions"],
  ["medication", "Medications"],
  ["observation", "Results"],
  ["immunization", "Immunizations"],
  ["procedure", "Procedures"],
  ["imaging", "Imaging"],
  ["report", "Reports"],
  ["encounter", "Encounters"],
  ["carePlan", "Care plans"],
  ["goal", "Goals"],
  ["familyHistory", "Family history"],
  ["device", "Devices"],
  ["note", "Notes"],
];

/** One line a concept, by kind in the order of `headings`. */
export function compactLines(record: HealthRecord, today: string): Map<FactKind, Line[]> {
  const groups = new Map<FactKind, Line[]>();
  for (const concept of conceptsOf(record)) {
    const lines = groups.get(concept.kind) ?? [];
    lines.push({ text: compactLine(concept, today), facts: concept.facts });
    groups.set(concept.kind, lines);
  }
  return groups;
}

function compactLine(concept: Concept, today: string): string {
  const { kind } = concept;
  const facts = [...concept.facts].sort((a, b) => compareDates(whenOf(a), whenOf(b)));
  const name = nameOf(facts[facts.length - 1]);
  if (kind === "observation") return `- ${name}${resultsWords(facts)}`;
  const dates = facts.map(spanWords);
  const shown = dates.length > 8 ? [...dates.slice(0, 2), "...", ...dates.slice(-5)] : dates;
  const last = facts[facts.length - 1];
  const state = statesOf(facts, today);
  const details = [...new Set(facts.flatMap(({ dosage }) => (dosage === undefined ? [] : [dosage])))].slice(0, 2);
  const reasons = [...new Set(facts.flatMap(({ reason }) => reason ?? []))].slice(0, 3);
  const by = kind === "medication" || kind === "encounter" ? last.by : undefined;
  const parts = [
    facts.length > 1 ? plural(facts.length, "time") : undefined,
    shown.filter((each) => each !== "").join(", ") || "no date",
    state,
    ...details,
    reasons.length > 0 ? `for ${listWords(reasons)}` : undefined,
    by && `by ${by}`,
    ...(last.detail ?? []).slice(0, 3),
    last.value !== undefined && kind !== "encounter" ? valueWords(last) : undefined,
    kind === "report" && last.text ? `"${last.text.replace(/\s+/g, " ").slice(0, 160)}"` : undefined,
  ].filter(Boolean);
  return `- ${name}: ${parts.join("; ")}`;
}

function resultsWords(facts: readonly Fact[]): string {
  const numeric = facts.filter(({ value }) => typeof value === "number");
  const dates = (fact: Fact) => (whenOf(fact) === undefined ? "no date" : dayWords(whenOf(fact)!));
  if (numeric.length < 2 || new Set(numeric.map(unitWords)).size > 1) {
    const shown = facts
      .slice(-4)
      .map(
        (fact) =>
          `${valueWords(fact) ?? `no value (${fact.absent ?? "not stated"})`} on ${dates(fact)}${flagWords(fact)}`,
      );
    return `: ${facts.length > 4 ? `${plural(facts.length, "result")}, last ` : ""}${shown.join(", ")}`;
  }
  const unit = unitWords(numeric[0]);
  const number = (fact: Fact) => `${fact.comparator ?? ""}${numberWords(fact.value as number, fact.printedValue)}`;
  const at = (fact: Fact) => `${number(fact)} (${dates(fact)})`;
  const min = numeric.reduce((a, b) => (b.value! < a.value! ? b : a));
  const max = numeric.reduce((a, b) => (b.value! > a.value! ? b : a));
  const last = numeric.slice(-3);
  const range = last[last.length - 1];
  const reference = range.low !== undefined || range.high !== undefined ? `; ${rangeWords(range)}` : "";
  const head =
    numeric.length > last.length
      ? `first ${at(numeric[0])}, min ${at(min)}, max ${at(max)}, last `
      : `min ${number(min)}, max ${number(max)}; `;
  return `${unit === undefined ? "" : ` (${unit})`}: ${plural(facts.length, "result")}; ${head}${last.map((fact) => at(fact) + flagWords(fact)).join(", ")}${reference}`;
}

const rangeWords = ({ low, high }: Fact): string =>
  low === undefined
    ? `reference up to ${high}`
    : high === undefined
      ? `reference from ${low}`
      : `reference ${low} to ${high}`;

const flagWords = ({ flag }: Fact): string => (flag === undefined || flag === "N" ? "" : ` ${flag}`);

function spanWords(fact: Fact): string {
  const from = whenOf(fact);
  const start = from === undefined ? "" : dayWords(from);
  if (fact.kind === "encounter" || fact.kind === "procedure" || fact.end === undefined || dayWords(fact.end) === start)
    return start;
  return `${start} to ${dayWords(fact.end)}`;
}

function statesOf(facts: readonly Fact[], today: string): string | undefined {
  const { kind } = facts[0];
  const asserted = [
    ...new Set(facts.map(({ assertion }) => assertion).filter((each) => each !== undefined && each !== "confirmed")),
  ];
  const assertions = asserted.length > 0 ? asserted.join(", ") : undefined;
  if (!["condition", "medication", "allergy", "carePlan"].includes(kind) || assertions !== undefined) return assertions;
  const active = facts.some((fact) => isActive(fact, today).active);
  const statuses = [...new Set(facts.map(({ status }) => status).filter((each) => each !== undefined))];
  return active ? "active" : statuses.length > 0 ? statuses.join(", ") : "not active";
}

/** One fact a line, with its reference. */
export function factLine(fact: Fact, reference: string): Line {
  const when = whenOf(fact);
  const value = valueWords(fact);
  const range =
    fact.low !== undefined || fact.high !== undefined
      ? rangeWords(fact)
      : fact.printedRange && `reference ${fact.printedRange}`;
  const parts = [
    fact.end !== undefined && fact.kind !== "encounter" && fact.kind !== "procedure"
      ? `until ${dayWords(fact.end)}`
      : undefined,
    fact.assertion !== undefined && fact.assertion !== "confirmed" ? fact.assertion : undefined,
    fact.kind === "observation" ? undefined : fact.status,
    flagWords(fact).trim() || undefined,
    value !== undefined ? range : undefined,
    fact.dosage,
    fact.reason && `for ${listWords(fact.reason)}`,
    fact.by && fact.kind !== "observation" ? `by ${fact.by}` : undefined,
    ...(fact.detail ?? []),
    fact.absent && `no value: ${fact.absent}`,
    fact.text && `"${fact.text.replace(/\s+/g, " ").slice(0, 300)}"`,
    ...(fact.cautions ?? []).map((words) => `caution: ${words}`),
  ].filter(Boolean);
  return {
    text: `${when === undefined ? "no date" : dayWords(when)} ${fact.kind}: ${nameOf(fact)}${value === undefined ? "" : ` ${value}`}${parts.length > 0 ? `; ${parts.join("; ")}` : ""} [${reference}]`,
    facts: [fact],
  };
}

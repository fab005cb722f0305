/**
 * An after-visit summary from the facts and notes of one encounter: the twelve fields of Med-Gemini's evaluation (Saab 2024), each line with
 * the facts or the passage it comes from. Nothing is written without a source; text that requires a model is not generated here.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { passagesOf } from "../chart/tokens.ts";
import { isActive } from "../compute/active.ts";
import { deathCaution } from "../compute/circumstances.ts";
import { nameOf, numberWords, unitWords, whenOf } from "../compute/words.ts";
import { dictionary } from "../concepts/dictionary.ts";
import { baseName } from "../concepts/words.ts";
import { ageAt, clockToday, isBefore, localDate } from "../dates.ts";
import type { Fact } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import { readability } from "./readability.ts";
import { type SummaryField, type SummaryLine, type SummaryText, sentence, summaryText } from "./summary.ts";

/** A summary of one encounter for the patient; every line has a source in the record. */
export interface AfterVisitSummary extends SummaryText {
  encounter: Fact;
  /** What a person must see before the letter is sent: that the patient has died, that a birth date is implausible. The text begins with them. */
  warnings: readonly string[];
}

/**
 * The summary of an encounter (default: the latest past one). @throws PolyclinicError `records/no-encounter` if there
 * is none, or none with that id.
 */
export function afterVisitSummary(
  record: HealthRecord,
  options: { encounter?: string; today?: string } = {},
): AfterVisitSummary {
  const today = options.today ?? clockToday();
  const visits = record.facts.filter(
    ({ kind, assertion, start }) =>
      kind === "encounter" && assertion === undefined && start !== undefined && !isBefore(today, start),
  );
  const encounter =
    options.encounter === undefined
      ? visits[visits.length - 1]
      : record.facts.find(({ id, kind }) => kind === "encounter" && id === options.encounter);
  if (encounter === undefined)
    throw new PolyclinicError(
      "records/no-encounter",
      options.encounter === undefined
        ? "the record holds no encounter with a date"
        : "the record holds no such encounter",
      {
        where: "encounter",
        found: options.encounter,
        expected:
          visits
            .slice(-5)
            .map(({ id, start }) => `${id} (${start})`)
            .join(", ") || undefined,
      },
    );
  const day = localDate(encounter.start!);
  const ofVisit = (fact: Fact) =>
    fact.encounter === encounter.id ||
    (fact.encounter === undefined && whenOf(fact) !== undefined && localDate(whenOf(fact)!) === day);
  const own = record.facts.filter(ofVisit);
  const certain = ({ assertion }: Fact) => assertion === undefined || assertion === "confirmed";
  const running = (fact: Fact) =>
    certain(fact) && isActive(fact, today).active && whenOf(fact) !== undefined && !isBefore(day, whenOf(fact)!);
  const line = (fact: Fact, text = sentence(plainName(fact))): SummaryLine => ({ text, facts: [fact] });
  const started = own.filter(
    ({ kind, start }) => kind === "medication" && start !== undefined && localDate(start) === day,
  );
  const fresh = own.filter(
    (fact) => fact.kind === "condition" && fact.start !== undefined && localDate(fact.start) === day,
  );
  const notes = record.texts.filter(({ date }) => date !== undefined && localDate(date) === day);

  const fields: Record<SummaryField, SummaryLine[]> = {
    patient: [{ text: patientWords(record, day), facts: [] }],
    seenBy: encounter.by === undefined ? [] : [line(encounter, sentence(`You saw ${encounter.by} on ${day}`))],
    cameInFor: (encounter.reason ?? []).map((reason) => line(encounter, sentence(plain(reason)))),
    newIssues: fresh
      .filter((fact) => certain(fact) || fact.assertion === "possible")
      .map((fact) =>
        line(fact, sentence(`${plainName(fact)}${fact.assertion === "possible" ? ". This is not certain yet" : ""}`)),
      ),
    otherIssues: record.facts
      .filter(
        (fact) =>
          fact.kind === "condition" &&
          !fresh.includes(fact) &&
          (running(fact) || (fact.assertion === "possible" && running({ ...fact, assertion: undefined }))),
      )
      .map((fact) =>
        line(fact, sentence(`${plainName(fact)}${fact.assertion === "possible" ? ". This is not certain yet" : ""}`)),
      ),
    accomplished: own
      .filter((fact) => ["procedure", "immunization", "imaging"].includes(fact.kind) && certain(fact))
      .map((fact) => line(fact, sentence(fact.kind === "immunization" ? `Shot: ${plainName(fact)}` : plainName(fact)))),
    numbers: own
      .filter((fact) => fact.kind === "observation" && typeof fact.value === "number")
      .map((fact) => line(fact, sentence(numbersWords(fact)))),
    medicationChanges: [
      ...started
        .filter(certain)
        .map((fact) => line(fact, sentence(`Start ${plainName(fact)}${fact.dosage ? `: ${fact.dosage}` : ""}`))),
      ...record.facts
        .filter(({ kind, end }) => kind === "medication" && end !== undefined && localDate(end) === day)
        .map((fact) => line(fact, sentence(`Stop ${plainName(fact)}`))),
    ],
    otherMedications: record.facts
      .filter((fact) => fact.kind === "medication" && running(fact) && !started.includes(fact))
      .map((fact) => line(fact, sentence(`${plainName(fact)}${fact.dosage ? `: ${fact.dosage}` : ""}`))),
    nextSteps: [
      ...own
        .filter((fact) => fact.assertion === "planned" && fact.kind !== "goal")
        .map((fact) => line(fact, sentence(`Planned: ${plainName(fact)}`))),
      ...record.facts
        .filter(
          (fact) =>
            fact.assertion === "planned" &&
            fact.kind !== "goal" &&
            !own.includes(fact) &&
            fact.start !== undefined &&
            localDate(fact.start) === day,
        )
        .map((fact) => line(fact, sentence(`Planned: ${plainName(fact)}`))),
      ...quotes(notes, (words, heading) => /^plan\b/i.test(heading ?? "") || /^plan:/i.test(words)),
    ],
    seekAttention: quotes(notes, (words) =>
      /\b(?:return|call|come back|go to|seek)\b.{0,60}\b(?:if|for|emergency|right away)\b|\bemergency (?:room|department)\b/i.test(
        words,
      ),
    ),
    otherComments: record.facts
      .filter((fact) => fact.kind === "allergy" && certain(fact) && isActive(fact, today).active)
      .map((fact) => line(fact, sentence(`You are allergic to ${plainName(fact).toLowerCase()}`))),
  };
  const { text, prose } = summaryText(fields, "The record does not say.");
  const died = deathCaution(record.patient, today);
  const warnings = [
    ...(died === undefined ? [] : [`${died}: this letter is not for the patient`]),
    ...record.cautions.filter((words) => /implausible age|after the patient's death/.test(words)),
  ];
  const head = warnings.map((words) => `Caution: ${words}.\n`).join("");
  return {
    encounter,
    fields,
    text: head === "" ? text : `${head}\n${text}`,
    readability: readability(prose),
    warnings,
  };
}

function patientWords({ patient }: HealthRecord, day: string): string {
  const age = patient.birthDate === undefined ? undefined : ageAt(patient.birthDate, day);
  return sentence(
    [
      patient.name ?? "Name not stated",
      age && `${age.min === age.max ? age.min : `${age.min} or ${age.max}`} years old`,
      patient.sex,
    ]
      .filter(Boolean)
      .join(", "),
  );
}

function numbersWords(fact: Fact): string {
  const value = `${fact.comparator ?? ""}${numberWords(fact.value as number, fact.printedValue)}${unitWords(fact) ? ` ${unitWords(fact)}` : ""}`;
  const { low, high } = fact;
  const number = fact.value as number;
  const place =
    low !== undefined && number < low
      ? `. This is low. It should be ${low} or more`
      : high !== undefined && number > high
        ? `. This is high. It should be ${high} or less`
        : low !== undefined || high !== undefined
          ? ". This is in the usual range"
          : "";
  return `${plainName(fact)}: ${value}${place}`;
}

/** A name in everyday form: no codes, no brackets. */
function plainName(fact: Fact): string {
  const base = baseName(nameOf(fact));
  const entry =
    fact.kind === "observation"
      ? dictionary.find(
          ({ kind, members, names }) =>
            kind === "observation" &&
            ((fact.code?.code !== undefined && members.includes(fact.code.code)) || names.includes(base)),
        )
      : undefined;
  return entry === undefined ? plain(nameOf(fact)) : entry.title[0].toUpperCase() + entry.title.slice(1);
}

const plain = (name: string): string =>
  name
    .replace(/\s*\((?:disorder|finding|procedure|situation)\)\s*$/i, "")
    .replace(/\s*\[[^\]]*\].*$/, "")
    .trim();

/** Verbatim sentences of notes. */
function quotes(notes: HealthRecord["texts"], chosen: (words: string, heading?: string) => boolean): SummaryLine[] {
  return notes.flatMap(({ id, text }) =>
    passagesOf(text, 0)
      .map(({ from, to, heading }) => ({ from, to, heading, words: text.slice(from, to).trim() }))
      .filter(({ words, heading }) => chosen(words, heading) && !/^[A-Za-z ]+:$/.test(words))
      .map(({ from, to, words }) => ({
        text: sentence(words.replace(/^plan:\s*/i, "")),
        facts: [],
        passage: { note: id, from, to },
      })),
  );
}

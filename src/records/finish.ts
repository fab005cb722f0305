/** The last step of every reader: checks dates, orders the facts, makes the record. */
import { ageAt, compareDates, isBefore, spanOf } from "./dates.ts";
import type { Fact } from "./fact.ts";
import { implausible } from "./plausible.ts";
import type { Dropped, HealthRecord, RecordFormat, RecordPatient, RecordText } from "./record.ts";

export interface Belongings {
  facts: Fact[];
  texts: RecordText[];
  dropped: Dropped[];
}

/** Checks dates, orders the facts and makes the record. */
export function finishRecord(
  format: RecordFormat,
  patient: RecordPatient,
  { facts, texts, dropped }: Belongings,
  shared: readonly Dropped[],
  today: string,
  cautions: readonly string[] = [],
): HealthRecord {
  for (const fact of facts) {
    for (const field of ["start", "end", "recorded"] as const) {
      const date = fact[field];
      if (date === undefined) continue;
      if (spanOf(date) === undefined) {
        caution(fact, `its ${field === "start" ? "date" : field} is not a date: ${date}`);
        delete fact[field];
      } else if (field === "start" && isBefore(today, date) && fact.assertion !== "planned")
        caution(fact, `its date is in the future: ${date} (today is ${today})`);
      else if (field === "start" && patient.birthDate !== undefined && isBefore(date, patient.birthDate))
        caution(fact, `its date is before the patient's birth: ${date}`);
      else if (field === "start" && typeof patient.deceased === "string" && isBefore(patient.deceased, date))
        caution(fact, `${afterDeath} (${patient.deceased}): ${date}`);
    }
    const doubt = implausible(fact);
    if (doubt !== undefined) caution(fact, doubt);
    if (fact.start !== undefined && fact.end !== undefined && isBefore(fact.end, fact.start))
      caution(fact, `it ends (${fact.end}) before it starts (${fact.start})`);
  }
  facts.sort((a, b) => compareDates(a.start ?? a.recorded, b.start ?? b.recorded));
  const flagged = facts.filter(({ cautions: own }) =>
    own?.some((words) => words.startsWith("its date is in the future")),
  ).length;
  const late = facts.filter(({ cautions: own }) => own?.some((words) => words.startsWith(afterDeath))).length;
  const age = patient.birthDate === undefined ? undefined : ageAt(patient.birthDate, endOf(patient, today));
  return {
    format,
    patient,
    facts,
    texts,
    dropped: shared.length > 0 ? [...dropped, ...shared] : dropped,
    cautions: [
      ...cautions,
      ...leftOut([...dropped, ...shared]),
      ...(flagged > 0 ? [`${flagged} ${flagged === 1 ? "fact has a date" : "facts have dates"} in the future`] : []),
      ...(late > 0
        ? [
            `${late} ${late === 1 ? "fact is dated" : "facts are dated"} after the patient's death (${patient.deceased})`,
          ]
        : []),
      ...(age !== undefined && age.min > oldestPlausible
        ? [`the birth date ${patient.birthDate} gives an implausible age of ${age.min} years`]
        : []),
    ],
  };
}

/** What a withdrawn fact was about and when: its value must not be read anywhere. */
export function withoutValue({ id, kind, code, translations, partOf, start, recorded, source }: Fact): Fact {
  return {
    id,
    kind,
    source,
    ...(code !== undefined && { code }),
    ...(translations !== undefined && { translations }),
    ...(partOf !== undefined && { partOf }),
    ...(start !== undefined && { start }),
    ...(recorded !== undefined && { recorded }),
  };
}

const afterDeath = "its date is after the patient's death";

/** Years above which a birth date is doubted: the longest documented life lasted 122. */
export const oldestPlausible = 120;

const endOf = ({ deceased }: RecordPatient, today: string): string =>
  typeof deceased === "string" && isBefore(deceased, today) ? deceased : today;

function caution(fact: Fact, words: string): void {
  fact.cautions = [...(fact.cautions ?? []), words];
}

/** Omitted entries that may matter, by reason: a few are named, all are in `dropped`. */
function leftOut(dropped: readonly Dropped[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { what, reason, caution } of dropped)
    if (caution) byReason.set(reason, [...(byReason.get(reason) ?? []), what]);
  return [...byReason].map(
    ([reason, all]) =>
      `${all.slice(0, 3).join(", ")}${all.length > 3 ? ` and ${all.length - 3} more` : ""} ${all.length === 1 ? "was" : "were"} left out: ${reason}`,
  );
}

/** Queries about the patient: age, sex, name, birth date. */
import { ageAt } from "../dates.ts";
import { oldestPlausible } from "../finish.ts";
import type { HealthRecord } from "../record.ts";
import { deathOf } from "./circumstances.ts";
import { exact, rangeWords, sentence } from "./phrases.ts";
import type { Answer, ComputeQuery } from "./query.ts";
import { dayWords } from "./words.ts";

export function aboutPatient({ patient }: HealthRecord, query: ComputeQuery, today: string): Answer {
  const make = (text: string, rest: Partial<Answer> = {}): Answer => ({
    query,
    text: sentence(text),
    facts: [],
    cautions: [],
    ...rest,
  });
  if (query.op === "age") {
    if (patient.birthDate === undefined) return make("The record states no birth date");
    const death = deathOf(patient, today);
    if (death !== undefined && death.date === undefined)
      return make(`The patient has died; the record states no date of death, so no age. Born ${patient.birthDate}`);
    const died = death?.date;
    const age = ageAt(patient.birthDate, died ?? today);
    if (age === undefined)
      return make(
        died === undefined
          ? `The birth date ${patient.birthDate} is in the future`
          : `The birth date ${patient.birthDate} is after the date of death ${dayWords(died)}`,
      );
    const cautions =
      age.min > oldestPlausible ? [`an age of ${rangeWords(age)} years is implausible: check the birth date`] : [];
    return make(
      died === undefined
        ? `${rangeWords(age)} years old on ${today}; born ${patient.birthDate}`
        : `${rangeWords(age)} years old at death on ${dayWords(died)}; born ${patient.birthDate}`,
      { value: exact(age), unit: "a", cautions },
    );
  }
  const value = query.field === "sex" ? patient.sex : query.field === "name" ? patient.name : patient.birthDate;
  const what = query.field === "sex" ? "sex" : query.field === "name" ? "name" : "birth date";
  return value === undefined
    ? make(`The record states no ${what}`)
    : make(query.field === "birthDate" || query.field === undefined ? `Born ${value}` : value, { value });
}

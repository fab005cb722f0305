/** The patient's age, from the header. */
import { identityOf } from "./identity.ts";
import type { Part } from "./types.ts";

const day = 86_400_000;
const year = 365.25;
const daysOf = { D: 1, W: 7, M: year / 12, Y: year } as const;
/** No documented person has been older. */
const oldest = 125;
/** The highest age stated after de-identification. */
export const oldestSaid = 90;

export interface StatedAge {
  /** Whole years. */
  readonly years: number;
  readonly from: "PatientAge" | "the dates of birth and study";
}

/**
 * PatientAge (`034Y`, `006M`, `012D`), then the age from the dates of birth and study: each if present and humanly
 * possible. Both are returned, even if they contradict each other.
 */
export function agesOf(part: Part): StatedAge[] {
  const [stated, computed] = [statedAge(part), computedAge(part)];
  return [
    ...(typeof stated === "number" ? [{ years: stated, from: "PatientAge" as const }] : []),
    ...(typeof computed === "number" ? [{ years: computed, from: "the dates of birth and study" as const }] : []),
  ];
}

/** The first of them; undefined if there is none. */
export function ageOf(part: Part): number | undefined {
  return agesOf(part)[0]?.years;
}

/** What is wrong with a part's age, as a clause; undefined if nothing is. A wrong age is not used. */
export function ageProblem(part: Part): string | undefined {
  const { attributes, deidentified } = identityOf(part);
  const [stated, computed] = [statedAge(part), computedAge(part)];
  if (stated === "wrong") {
    const value = JSON.stringify(String(attributes.PatientAge).slice(0, 20));
    return `PatientAge${deidentified ? "" : ` (${value})`} is not a DICOM age such as 034Y or 006M and is ignored`;
  }
  if (computed === "wrong") return "the dates of birth and study give an impossible age and are ignored";
  // One year of tolerance for birthdays, and for ages recorded at registration.
  if (typeof stated === "number" && typeof computed === "number" && Math.abs(stated - computed) > 1)
    return `PatientAge is ${formatAge(part, stated)}, but the dates of birth and study give ${formatAge(part, computed)}`;
  return undefined;
}

/** An age as text; after de-identification, ages above 90 are not stated exactly (as in the profile's option). */
export function formatAge(part: Part, years: number): string {
  return identityOf(part).deidentified && years >= oldestSaid ? `${oldestSaid} years or more` : `${years} years`;
}

function statedAge(part: Part): number | "wrong" | undefined {
  const value = String(identityOf(part).attributes.PatientAge ?? "").trim();
  if (value === "") return undefined;
  const [, number, unit] = /^(\d{3})([DWMY])$/.exec(value) ?? [];
  if (number === undefined) return "wrong";
  const years = Math.floor((Number(number) * daysOf[unit as keyof typeof daysOf]) / year + 1e-9);
  return years > oldest ? "wrong" : years;
}

function computedAge(part: Part): number | "wrong" | undefined {
  const { attributes } = identityOf(part);
  const [birthDate, taken] = [attributes.PatientBirthDate, attributes.StudyDate].map((date) =>
    /^(\d{4})(\d{2})(\d{2})$/.exec(String(date ?? "")),
  );
  if (birthDate == null || taken == null) return undefined;
  const years = Number(taken[1]) - Number(birthDate[1]);
  const age = `${taken[2]}${taken[3]}` < `${birthDate[2]}${birthDate[3]}` ? years - 1 : years;
  return age >= 0 && age <= oldest ? age : "wrong";
}

/** Days from one date (`20240131`) to another; undefined if either is invalid. */
export function daysBetween(from: string | undefined, to: string | undefined): number | undefined {
  const [a, b] = [from, to].map((date) => {
    const [, y, m, d] = /^(\d{4})(\d{2})(\d{2})$/.exec(date ?? "") ?? [];
    return y === undefined ? Number.NaN : Date.UTC(Number(y), Number(m) - 1, Number(d));
  });
  return Number.isNaN(a) || Number.isNaN(b) ? undefined : (b - a) / day;
}

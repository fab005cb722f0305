/** The patient's age in whole years, from the header. */
import type { Part } from "./types.ts";

/** PatientAge (`034Y`, `006M`, `012D`), otherwise computed from the dates of birth and study; undefined if neither is available. */
export function ageOf({ origin: { dicom } }: Part): number | undefined {
  const attributes = dicom?.attributes ?? {};
  const [, number, unit] = /^(\d{1,3})([DWMY])$/.exec(String(attributes.PatientAge ?? "").trim()) ?? [];
  if (number !== undefined) {
    const years = { D: 1 / 365.25, W: 7 / 365.25, M: 1 / 12, Y: 1 }[unit as "D" | "W" | "M" | "Y"];
    return Math.floor(Number(number) * years);
  }
  const [born, taken] = [attributes.PatientBirthDate, attributes.StudyDate].map((date) =>
    /^(\d{4})(\d{2})(\d{2})$/.exec(String(date ?? "")),
  );
  if (born == null || taken == null) return undefined;
  const years = Number(taken[1]) - Number(born[1]);
  const age = `${taken[2]}${taken[3]}` < `${born[2]}${born[3]}` ? years - 1 : years;
  return age >= 0 && age < 150 ? age : undefined;
}

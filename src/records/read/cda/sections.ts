/** The kind of content of a C-CDA section, by its LOINC code. */
export type SectionKind =
  | "results"
  | "vitals"
  | "problems"
  | "allergies"
  | "medications"
  | "immunizations"
  | "procedures"
  | "encounters"
  | "social"
  | "family"
  | "plan"
  | "goals"
  | "devices"
  | "functional"
  | "payers"
  | "other";

const byCode: Readonly<Record<string, SectionKind>> = {
  "30954-2": "results",
  "18725-2": "results",
  "8716-3": "vitals",
  "11450-4": "problems",
  "11348-0": "problems",
  "46240-8": "encounters",
  "11535-2": "problems",
  "46241-6": "problems",
  "51848-0": "problems",
  "10154-3": "problems",
  "29299-5": "problems",
  "48765-2": "allergies",
  "10160-0": "medications",
  "10183-2": "medications",
  "42346-7": "medications",
  "29549-3": "medications",
  "11369-6": "immunizations",
  "47519-4": "procedures",
  "29554-3": "procedures",
  "29762-2": "social",
  "10157-6": "family",
  "18776-5": "plan",
  "61146-7": "goals",
  "46264-8": "devices",
  "47420-5": "functional",
  "48768-6": "payers",
};

const byTitle: readonly (readonly [RegExp, SectionKind])[] = [
  [/vital/i, "vitals"],
  [/result|laborator/i, "results"],
  [/family/i, "family"],
  [/social/i, "social"],
  [/allerg/i, "allergies"],
  [/immuni[sz]|vaccin/i, "immunizations"],
  [/medication/i, "medications"],
  [/problem|diagnos|past medical|history of present/i, "problems"],
  [/procedure|surger/i, "procedures"],
  [/plan/i, "plan"],
  [/encounter/i, "encounters"],
  [/goal/i, "goals"],
];

/** The kind by code; by title only if there is no code at all. */
export function sectionKind(code: string | undefined, title: string): SectionKind {
  if (code !== undefined) return byCode[code] ?? "other";
  return byTitle.find(([pattern]) => pattern.test(title))?.[1] ?? "other";
}

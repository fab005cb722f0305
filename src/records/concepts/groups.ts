/**
 * Groups of tests with a common name ("liver values") and their members, which are names of the dictionary, so that an
 * answer can list them.
 */
import { keyOf } from "./words.ts";

export interface TestGroup {
  /** As in "which liver values are high". */
  readonly title: string;
  /** Names of dictionary entries. */
  readonly members: readonly string[];
}

const things = "values|tests|test|results|levels|numbers|markers|panel|profile|studies";
const of = (title: string, words: string, alone: string, members: string) => ({
  title,
  pattern: `(?:(?:${words})(?: function)? (?:${things})|(?:${words}) function|${alone})`,
  members: members.split(", "),
});

const groups = [
  of(
    "liver values",
    "liver|hepatic",
    "liver enzymes|lfts?|leberwerte",
    "ALT, AST, alkaline phosphatase, GGT, total bilirubin",
  ),
  of("kidney values", "kidney|renal", "nierenwerte", "creatinine, eGFR, urea, BUN"),
  of("thyroid values", "thyroid", "tfts?|schilddrüsenwerte", "TSH, free T4, free T3"),
  of(
    "lipids",
    "lipid|cholesterol|blood fat",
    "lipids|blood fats|blutfette",
    "total cholesterol, LDL cholesterol, HDL cholesterol, triglycerides",
  ),
  of(
    "electrolytes",
    "electrolyte",
    "electrolytes|elektrolyte",
    "sodium, potassium, chloride, bicarbonate, calcium, magnesium, phosphate",
  ),
  of("clotting values", "clotting|coagulation", "gerinnungswerte", "INR, PT, aPTT"),
  of("inflammation values", "inflammation|inflammatory", "entzündungswerte", "CRP, ESR"),
  of("iron values", "iron", "eisenwerte", "ferritin, iron, transferrin saturation, transferrin"),
  of(
    "blood count",
    "blood count",
    "(?:complete |full )?blood count|cbc|fbc|blutbild",
    "hemoglobin, hematocrit, white blood cell count, red blood cell count, platelet count, MCV, MCH, MCHC",
  ),
];

/** A regular expression source that matches any name of a group. */
export const groupPattern = `(?:${groups.map(({ pattern }) => pattern).join("|")})`;

const anchored = groups.map((group) => ({ ...group, whole: new RegExp(`^${group.pattern}$`) }));

export function groupNamed(name: string): TestGroup | undefined {
  const words = name.trim().toLowerCase();
  return anchored.find(({ title, whole }) => keyOf(title) === keyOf(words) || whole.test(words));
}

/**
 * A table of finding probabilities per diagnosis, by which a model's list is weighted, and the findings stated in a
 * case's text.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { assertionOf } from "../../records/chart/assertion.ts";
import { tokenise } from "../../records/chart/tokens.ts";

/** Input form: `{"otherwise": 0.04, "diagnoses": [{"name": "a", "weight": 2, "shows": {"fever": 0.9}}]}`. */
export interface RateTable {
  /** Probability of a finding that a diagnosis's row does not list, above 0 and below 1. */
  readonly otherwise: number;
  readonly diagnoses: readonly {
    readonly name: string;
    /** Relative frequency in the population of the table. Default 1. */
    readonly weight?: number;
    /** Probability of a finding in this diagnosis, above 0 and below 1. */
    readonly shows: Readonly<Record<string, number>>;
  }[];
}

/** The table as arrays. */
export interface Rates {
  readonly findings: readonly string[];
  readonly names: readonly string[];
  readonly weights: readonly number[];
  /** Indexed by diagnosis and finding. */
  readonly shows: readonly (readonly number[])[];
}

/** Indices of present and of absent findings; others are unknown. */
export interface StatedFindings {
  readonly present: readonly number[];
  readonly absent: readonly number[];
}

/** @throws PolyclinicError `task/argument` naming the row and finding with an invalid probability. */
export function ratesOf(table: RateTable): Rates {
  const bad = (where: string, expected: string, found: unknown) =>
    new PolyclinicError("task/argument", "is not what a table of rates holds", {
      where: `rates.${where}`,
      expected,
      found: JSON.stringify(found) ?? "nothing",
    });
  const probability = (where: string, value: unknown) => {
    if (typeof value !== "number" || !(value > 0 && value < 1)) throw bad(where, "a number above 0 and below 1", value);
    return value;
  };
  const otherwise = probability("otherwise", table.otherwise);
  if (!Array.isArray(table.diagnoses) || table.diagnoses.length < 2)
    throw bad("diagnoses", "a list of two diagnoses or more", table.diagnoses);
  const rows = table.diagnoses.map((row: RateTable["diagnoses"][number], i) => {
    const where = `diagnoses[${i}]`;
    if (typeof row?.name !== "string" || row.name.trim() === "") throw bad(`${where}.name`, "a name", row?.name);
    if (typeof row.shows !== "object" || row.shows === null)
      throw bad(`${where}.shows`, "findings with their rates", row.shows);
    for (const key of Object.keys(row))
      if (!["name", "weight", "shows"].includes(key))
        throw bad(`${where}.${key}`, "only name, weight and shows", row[key as "name"]);
    const same = table.diagnoses.findIndex(({ name }) => plain(name) === plain(row.name));
    if (same < i) throw bad(`${where}.name`, `each diagnosis once (it is diagnoses[${same}] too)`, row.name);
    const spellings = Object.keys(row.shows).map(plain);
    const twice = Object.keys(row.shows).find((finding, k) => spellings.indexOf(plain(finding)) < k);
    if (twice !== undefined) throw bad(`${where}.shows`, "each finding once", twice);
    const { weight = 1 } = row;
    if (typeof weight !== "number" || !(weight > 0 && weight < Number.POSITIVE_INFINITY))
      throw bad(`${where}.weight`, "a number above 0", weight);
    for (const [finding, rate] of Object.entries(row.shows)) probability(`${where}.shows[${finding}]`, rate);
    return { name: row.name, weight, shows: row.shows };
  });
  const findings = [...new Set(rows.flatMap(({ shows }) => Object.keys(shows)))];
  return {
    findings,
    names: rows.map(({ name }) => name),
    weights: rows.map(({ weight }) => weight),
    shows: rows.map(({ shows }) =>
      findings.map((finding) => (Object.hasOwn(shows, finding) ? shows[finding] : otherwise)),
    ),
  };
}

const plain = (name: string) => name.trim().replace(/\s+/g, " ").toLowerCase();

/** Words that negate what follows them in the same clause. */
const denying = new Set([
  "no",
  "not",
  "without",
  "denies",
  "deny",
  "denied",
  "never",
  "absent",
  "negative",
  "neither",
  "nor",
]);

/**
 * The table's findings that occur verbatim in a text; one after a negation in its clause is absent. If both occur, it
 * is unknown, as is one of a relative, one that is only possible or one that is planned for.
 */
export function statedFindings(text: string, findings: readonly string[]): StatedFindings {
  const clauses = text.split(/[.;:!?\n]|\bbut\b/i).map((clause) => {
    const tokens = tokenise(clause);
    const undenied = clause.replace(/\w+/g, (word) =>
      denying.has(word.toLowerCase()) ? " ".repeat(word.length) : word,
    );
    return { undenied, tokens, words: tokens.map(({ word }) => word) };
  });
  const present: number[] = [];
  const absent: number[] = [];
  for (const [i, finding] of findings.entries()) {
    const findingWords = tokenise(finding).map(({ word }) => word);
    if (findingWords.length === 0) continue;
    let [there, denied] = [false, false];
    for (const { undenied, tokens, words } of clauses)
      for (let at = 0; at + findingWords.length <= words.length; at++) {
        if (!findingWords.every((word, k) => words[at + k] === word)) continue;
        // Denials are blanked, because those of a relative would be labelled as denied.
        const label = assertionOf(undenied, tokens[at].from, tokens[at + findingWords.length - 1].to);
        if (label === "family" || label === "possible" || label === "planned") continue;
        if (words.slice(0, at).some((word) => denying.has(word))) denied = true;
        else there = true;
      }
    if (there && !denied) present.push(i);
    if (denied && !there) absent.push(i);
  }
  return { present, absent };
}

/**
 * Cases of an objective structured clinical examination (OSCE): a vignette for the patient, findings for requested
 * tests, and the diagnosis. JSON Lines, either AgentClinic's `OSCE_Examination` (Schmidgall et al., MIT) or the fields
 * of `OsceCase`.
 */
import { readFile } from "node:fs/promises";
import { PolyclinicError } from "../../base/errors.ts";

export interface OsceCase {
  readonly id: string;
  /** What the patient knows. */
  readonly vignette: string;
  /** What the patient says first; default: the vignette's first sign. */
  readonly complaint?: string;
  /** What the doctor is told to do; the doctor of such a case may request tests. */
  readonly objective?: string;
  /** Results of examinations and tests by name; anything not listed is normal. */
  readonly findings?: Readonly<Record<string, string>>;
  readonly diagnosis: string;
  /** Other names of the diagnosis. */
  readonly synonyms?: readonly string[];
  /** Visits to play of this case for training (AMIE: 4 of a common condition, 2 of a rarer one); an examination plays one for each doctor. */
  readonly visits?: number;
}

/** The measurement agent's reply to a test that the case does not contain (AgentClinic). */
export const normalReadings = "NORMAL READINGS";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type Fields = { readonly [key: string]: Json };

/** @throws PolyclinicError `strategy/cases` naming file, line and field. */
export async function readCases(path: string): Promise<OsceCase[]> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw bad(path, "a readable JSON Lines file", cause.code ?? "an I/O error", cause);
  });
  const cases: OsceCase[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const where = `${path}, line ${i + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw bad(where, "one case as a JSON object", (cause as Error).message, cause);
    }
    cases.push(caseOf(value, `case-${cases.length + 1}`, where));
  }
  if (cases.length === 0) throw bad(path, "at least one case", "none");
  const seen = new Set<string>();
  const twice = cases.find(({ id }) => seen.size === seen.add(id).size);
  if (twice !== undefined) throw bad(path, "a unique id for every case", `${twice.id} twice`);
  return cases;
}

function bad(where: string, expected: string, found: string, cause?: unknown): PolyclinicError {
  return new PolyclinicError("strategy/cases", "is not a valid examination case", { where, expected, found, cause });
}

function caseOf(value: unknown, id: string, where: string): OsceCase {
  if (!isFields(value)) throw bad(where, "a JSON object", JSON.stringify(value));
  return isFields(value.OSCE_Examination) ? fromAgentClinic(value.OSCE_Examination, id, where) : own(value, id, where);
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function textOf(fields: Fields, name: string, where: string): string {
  const value = fields[name];
  if (typeof value === "string" && value.trim() !== "") return value.trim();
  throw bad(where, `a non-empty string in ${name}`, value === undefined ? "nothing" : JSON.stringify(value));
}

function own(fields: Fields, id: string, where: string): OsceCase {
  const { complaint, objective, findings, synonyms, visits } = fields;
  if (visits !== undefined && !(Number.isInteger(visits) && (visits as number) >= 1))
    throw bad(where, "a whole number of at least 1 in visits", JSON.stringify(visits));
  const optional = (name: string) => (fields[name] === undefined ? undefined : textOf(fields, name, where));
  return {
    id: optional("id") ?? id,
    vignette: textOf(fields, "vignette", where),
    diagnosis: textOf(fields, "diagnosis", where),
    ...(complaint !== undefined && { complaint: optional("complaint")! }),
    ...(objective !== undefined && { objective: optional("objective")! }),
    ...(isFields(findings) && { findings: leavesOf(findings) }),
    ...(Array.isArray(synonyms) && { synonyms: synonyms.map(String) }),
    ...(typeof visits === "number" && { visits }),
  };
}

function fromAgentClinic(fields: Fields, id: string, where: string): OsceCase {
  const patient = fields.Patient_Actor;
  if (!isFields(patient)) throw bad(where, "an object in Patient_Actor", JSON.stringify(patient));
  const leaves = leavesOf(patient);
  const symptoms = isFields(patient.Symptoms) ? patient.Symptoms : {};
  const { Primary_Symptom: first } = symptoms;
  return {
    id,
    vignette: Object.entries(leaves)
      .map(([name, value]) => `${name}: ${value}`)
      .join("\n"),
    complaint:
      typeof first === "string" ? `I have ${first.charAt(0).toLowerCase()}${first.slice(1)}.` : "I am not well.",
    objective: textOf(fields, "Objective_for_Doctor", where),
    findings: {
      ...(isFields(fields.Physical_Examination_Findings) && leavesOf(fields.Physical_Examination_Findings)),
      ...(isFields(fields.Test_Results) && leavesOf(fields.Test_Results)),
    },
    diagnosis: textOf(fields, "Correct_Diagnosis", where),
  };
}

/** `{ Imaging: { Chest_CT: { Findings: "Normal" } } }` as `Imaging, Chest CT, Findings` to `Normal`. */
function leavesOf(fields: Fields, path: readonly string[] = []): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, value] of Object.entries(fields)) {
    const at = [...path, key.replaceAll("_", " ").trim()];
    if (isFields(value)) Object.assign(out, leavesOf(value, at));
    else out[at.join(", ")] = Array.isArray(value) ? value.map(String).join(", ") : String(value);
  }
  return out;
}

/**
 * Results of the examination whose name shares most words with the request, at least half of its words; otherwise
 * `NORMAL READINGS`. AgentClinic uses a model here; a lookup gives the same answer to both arms.
 */
export function measured(findings: Readonly<Record<string, string>>, requested: string): string {
  const words = (text: string) => new Set(text.toLowerCase().match(/\p{L}{2,}|\p{N}+/gu) ?? []);
  const requestedWords = words(requested);
  const share = (name: string) =>
    [...requestedWords].filter((word) => words(name).has(word)).length / requestedWords.size;
  const best = Math.max(0, ...Object.keys(findings).map(share));
  if (!(best >= 0.5)) return normalReadings;
  return Object.entries(findings)
    .filter(([name]) => share(name) === best)
    .map(([name, value]) => `${name}: ${value}`)
    .join("; ");
}

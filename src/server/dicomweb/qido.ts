/** QIDO-RS (PS3.18 10.6) at study, series and instance level, over the stored attributes of each instance. */
import { lookupTag, tagOf } from "../../imaging/dicom/index.ts";
import { HttpError } from "../http-error.ts";
import type { Sql } from "../store/index.ts";
import type { JsonDataSet, JsonElement } from "./json-model.ts";

export type Level = "study" | "series" | "instance";

/** Attributes returned at each level (PS3.18 tables 10.6.3-3 to 5); `includefield` adds others. */
const answered: Readonly<Record<Level, readonly string[]>> = {
  study: [
    "SpecificCharacterSet",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "StudyDescription",
    "ReferringPhysicianName",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyID",
  ],
  series: [
    "SpecificCharacterSet",
    "Modality",
    "SeriesDescription",
    "SeriesInstanceUID",
    "SeriesNumber",
    "StudyInstanceUID",
    "SeriesDate",
    "BodyPartExamined",
  ],
  instance: [
    "SpecificCharacterSet",
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "InstanceNumber",
    "Rows",
    "Columns",
    "BitsAllocated",
    "NumberOfFrames",
  ],
};

export interface Query {
  /** Keyword or eight hexadecimal digits -> value: wildcards `*` and `?`, lists of UIDs, date ranges. */
  readonly match: Readonly<Record<string, string>>;
  readonly includes: readonly string[];
  readonly limit: number;
  readonly offset: number;
}

const maxRows = 1000;

/** @throws HttpError 400 `server/query` naming a parameter that is not a DICOM attribute or not a valid number. */
export function parseQuery(parameters: Iterable<readonly [string, string]>): Query {
  const match: Record<string, string> = {};
  const includes: string[] = [];
  let [limit, offset] = [maxRows, 0];
  for (const [name, value] of parameters) {
    if (name === "limit" || name === "offset") {
      const number = Number(value);
      if (!Number.isInteger(number) || number < 0)
        throw new HttpError(400, "server/query", "is not a number of rows", { where: name, found: value });
      if (name === "limit") limit = Math.min(number, maxRows);
      else offset = number;
    } else if (name === "includefield") includes.push(...value.split(",").filter((field) => field !== "all"));
    else if (name !== "fuzzymatching") match[keyOf(name)] = value;
  }
  return { match, includes: includes.map(keyOf), limit, offset };
}

function keyOf(attribute: string): string {
  if (/^[0-9A-Fa-f]{8}$/.test(attribute)) return attribute.toUpperCase();
  try {
    return tagOf(attribute).toString(16).toUpperCase().padStart(8, "0");
  } catch {
    throw new HttpError(400, "server/query", "is not a DICOM attribute", {
      where: attribute,
      expected: "a keyword such as PatientID, or eight hexadecimal digits",
    });
  }
}

interface Row {
  readonly attributes: JsonDataSet | string;
  readonly study_uid: string;
  readonly series_uid: string;
  readonly uid: string;
}

/** Studies whose instances are in memory at the same time. */
const studiesAtOnce = 50;

/**
 * Studies are read in the order of the answer, some at a time, until the page is full: memory does not grow with the
 * archive. A study or patient that is named exactly is looked up.
 *
 * @param within study and series UIDs from the URL.
 */
export async function search(
  sql: Sql,
  level: Level,
  query: Query,
  within: { study?: string; series?: string } = {},
): Promise<JsonDataSet[]> {
  const found: JsonDataSet[] = [];
  const keys = new Set([...answered[level].map(keyOf), ...query.includes]);
  let skip = query.offset;
  for (let from = 0; found.length < query.limit; from += studiesAtOnce) {
    const studies = await studiesOf(sql, query, within, from);
    for (const { whole, added } of await entriesOf(sql, level, studies, within.series)) {
      if (!Object.entries(query.match).every(([key, value]) => matches(whole[key], key, value))) continue;
      if (skip-- > 0) continue;
      if (found.length === query.limit) break;
      found.push({ ...Object.fromEntries(Object.entries(whole).filter(([key]) => keys.has(key))), ...added });
    }
    if (studies.length < studiesAtOnce) break;
  }
  return found;
}

/** Identifiers of the next studies, the latest first. */
async function studiesOf(sql: Sql, { match }: Query, { study }: { study?: string }, from: number): Promise<string[]> {
  const named = (key: string) => (match[key] ? match[key] : null);
  const patient = named("00100020");
  const { rows } = await sql.query<{ id: string }>(
    `select study.id from study join patient on patient.id = study.patient
      where ($1::text is null or study.uid = $1) and ($2::text[] is null or study.uid = any($2))
        and ($3::text is null or lower(patient.identifier) = lower($3))
        and exists (select 1 from instance where instance.study = study.id)
      order by study.created_at desc, study.uid limit $4 offset $5`,
    [
      study ?? null,
      named("0020000D")
        ?.split(/[,\\]/)
        .map((uid) => uid.trim()) ?? null,
      // With wildcards, or of a study whose files name no patient, it is compared with the instances.
      patient === null || /[*?]/.test(patient) ? null : patient,
      studiesAtOnce,
      from,
    ],
  );
  return rows.map(({ id }) => id);
}

interface Entry {
  readonly whole: JsonDataSet;
  /** Attributes of a level that are aggregated over instances; in every answer. */
  readonly added: JsonDataSet;
}

async function entriesOf(
  sql: Sql,
  level: Level,
  studies: readonly string[],
  series: string | undefined,
): Promise<Entry[]> {
  if (studies.length === 0) return [];
  if (level === "study") return studyEntries(sql, studies);
  const { rows } = await sql.query<Row>(
    `select instance.attributes, study.uid as study_uid, instance.series_uid, instance.uid
      from instance join study on study.id = instance.study
      where study.id = any($1) and ($2::text is null or instance.series_uid = $2)
      order by study.created_at desc, study.uid, instance.series_number nulls last, instance.series_uid, instance.instance_number nulls last, instance.uid`,
    [studies, series ?? null],
  );
  if (level === "instance") return rows.map((row) => ({ whole: jsonOfRow(row), added: {} }));
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.series_uid);
    if (group === undefined) groups.set(row.series_uid, [row]);
    else group.push(row);
  }
  return [...groups.values()].map((group) => entry(jsonOfRow(group[0]), { "00201209": whole(group.length) }));
}

/** Of each study its first instance, and counts: the attributes of a long series stay in the database. */
async function studyEntries(sql: Sql, studies: readonly string[]): Promise<Entry[]> {
  const { rows } = await sql.query<Row & { instances: number; series: number; modalities: string[] }>(
    `select first.attributes, study.uid as study_uid, first.series_uid, first.uid, counts.instances, counts.series, counts.modalities
      from study
      join lateral (select attributes, series_uid, uid from instance where instance.study = study.id
        order by series_number nulls last, series_uid, instance_number nulls last, uid limit 1) as first on true
      join lateral (select count(*)::int as instances, count(distinct series_uid)::int as series,
        array_agg(distinct modality order by modality) as modalities from instance where instance.study = study.id) as counts on true
      where study.id = any($1) order by study.created_at desc, study.uid`,
    [studies],
  );
  return rows.map((row) =>
    entry(jsonOfRow(row), {
      "00080061": { vr: "CS", Value: row.modalities.filter((one) => one !== "") },
      "00201206": whole(row.series),
      "00201208": whole(row.instances),
    }),
  );
}

const entry = (attributes: JsonDataSet, added: JsonDataSet): Entry => ({ whole: { ...attributes, ...added }, added });
const whole = (value: number): JsonElement => ({ vr: "IS", Value: [value] });

const jsonOfRow = ({ attributes }: Row): JsonDataSet =>
  typeof attributes === "string" ? JSON.parse(attributes) : attributes;

/** PS3.18 8.3.4.1: an empty value matches everything; lists of UIDs, ranges of dates and times, wildcards in text. */
function matches(element: JsonElement | undefined, key: string, pattern: string): boolean {
  if (pattern === "") return true;
  const values = (element?.Value ?? []).map(textOf);
  const vr = element?.vr ?? lookupTag(Number.parseInt(key, 16))?.vr ?? "LO";
  if (vr === "UI") return pattern.split(/[,\\]/).some((uid) => values.includes(uid.trim()));
  if (/^(?:DA|TM|DT)$/.test(vr) && pattern.includes("-")) {
    const [from, to] = pattern.split("-");
    return values.some((value) => (from === "" || value >= from) && (to === "" || value <= to || value.startsWith(to)));
  }
  return values.some((value) => matchesWildcards(value.toLowerCase(), pattern.toLowerCase()));
}

/** `*` and `?` in time linear in their product: as a regular expression, many `*` would take exponential time. */
export function matchesWildcards(value: string, form: string): boolean {
  let [at, next, star, from] = [0, 0, -1, 0];
  while (at < value.length) {
    if (next < form.length && form[next] === "*") [star, from, next] = [next, at, next + 1];
    else if (next < form.length && (form[next] === "?" || form[next] === value[at])) [at, next] = [at + 1, next + 1];
    else if (star < 0) return false;
    else [next, from, at] = [star + 1, from + 1, from + 1];
  }
  return /^\**$/.test(form.slice(next));
}

function textOf(value: unknown): string {
  if (typeof value === "object" && value !== null) return String((value as { Alphabetic?: string }).Alphabetic ?? "");
  return String(value ?? "");
}

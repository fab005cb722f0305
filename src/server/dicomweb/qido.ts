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

/** @param within study and series UIDs from the URL. */
export async function search(
  sql: Sql,
  level: Level,
  query: Query,
  within: { study?: string; series?: string } = {},
): Promise<JsonDataSet[]> {
  const { rows } = await sql.query<Row>(
    `select instance.attributes, study.uid as study_uid, instance.series_uid, instance.uid
      from instance join study on study.id = instance.study
      where ($1::text is null or study.uid = $1) and ($2::text is null or instance.series_uid = $2)
      order by study.created_at desc, study.uid, instance.series_number nulls last, instance.series_uid, instance.instance_number nulls last, instance.uid`,
    [within.study ?? null, within.series ?? null],
  );
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = level === "study" ? row.study_uid : level === "series" ? row.series_uid : row.uid;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const all = [...groups.values()].map((group) => ({
    whole: { ...jsonOfRow(group[0]), ...computed(level, group) } as JsonDataSet,
    added: computed(level, group),
  }));
  const matched = all.filter(({ whole }) =>
    Object.entries(query.match).every(([key, value]) => matches(whole[key], key, value)),
  );
  return matched.slice(query.offset, query.offset + query.limit).map(({ whole, added }) => {
    const keys = new Set([...answered[level].map(keyOf), ...query.includes]);
    return { ...Object.fromEntries(Object.entries(whole).filter(([key]) => keys.has(key))), ...added };
  });
}

const jsonOfRow = ({ attributes }: Row): JsonDataSet =>
  typeof attributes === "string" ? JSON.parse(attributes) : attributes;

/** Attributes of a level that are aggregated over instances. */
function computed(level: Level, group: readonly Row[]): JsonDataSet {
  const is = (value: number) => ({ vr: "IS", Value: [value] });
  if (level === "instance") return {};
  if (level === "series") return { "00201209": is(group.length) };
  const modalities = [...new Set(group.flatMap((row) => jsonOfRow(row)["00080060"]?.Value ?? []))];
  return {
    "00080061": { vr: "CS", Value: modalities },
    "00201206": is(new Set(group.map(({ series_uid }) => series_uid)).size),
    "00201208": is(group.length),
  };
}

/** PS3.18 8.3.4.1: an empty value matches everything; lists of UIDs, ranges of dates and times, wildcards in text. */
function matches(element: JsonElement | undefined, key: string, wanted: string): boolean {
  if (wanted === "") return true;
  const values = (element?.Value ?? []).map(textOf);
  const vr = element?.vr ?? lookupTag(Number.parseInt(key, 16))?.vr ?? "LO";
  if (vr === "UI") return wanted.split(/[,\\]/).some((uid) => values.includes(uid.trim()));
  if (/^(?:DA|TM|DT)$/.test(vr) && wanted.includes("-")) {
    const [from, to] = wanted.split("-");
    return values.some((value) => (from === "" || value >= from) && (to === "" || value <= to || value.startsWith(to)));
  }
  return values.some((value) => matchesWildcards(value.toLowerCase(), wanted.toLowerCase()));
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

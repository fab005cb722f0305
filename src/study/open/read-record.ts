/** Health records as record parts: one patient each. The formats are those of `records/`. */

import { PolyclinicError } from "../../base/errors.ts";
import { createHash } from "../../base/host/hash.ts";
import { allBytes, type ByteSource, chunksOf } from "../../bytes/index.ts";
import type { Limits } from "../../imaging/types.ts";
import {
  chooseRecord,
  type HealthRecord,
  openRecords,
  type RecordSet,
  readFromServer,
  readLargeOmop,
  readNdjson,
  readOmop,
} from "../../records/index.ts";
import type { Origin, RecordPart } from "../types.ts";
import { hashOf, labelOf, type OpenStudyOptions, type Reading, readNamed } from "./read-part.ts";
import { patientOfUrl } from "./recognise.ts";

/** @throws `records/several-patients` listing them when `options.patient` chooses none, and the readers' own errors. */
export async function readRecordPart(source: ByteSource, options: OpenStudyOptions, limits: Limits): Promise<Reading> {
  const reading = { name: source.name };
  // Read line by line, so that only the facts stay in memory, even for the export of a whole hospital.
  const set = /\.ndjson$/i.test(source.name)
    ? readNdjson(chunksOf(source), reading)
    : allBytes(source, limits.maxBytes).then((bytes) => openRecords(bytes, reading));
  return partOf(await readNamed(source.name, set), [source], labelOf(source.name), options);
}

/**
 * The record of a patient on a FHIR server, by `$everything`.
 *
 * @param url accepted by `patientOfUrl`.
 * @throws `records/server...` of `readFromServer`.
 */
export async function readPatientPart(
  url: string,
  { fhirToken, signal, onProgress }: OpenStudyOptions,
): Promise<Reading> {
  const { base, patient } = patientOfUrl(url)!;
  const hash = createHash("sha256");
  let pages = 0;
  const record = await readFromServer({
    base,
    patient,
    signal,
    ...(fhirToken !== undefined && { token: fhirToken }),
    onPage: (body) => {
      hash.update(body);
      onProgress?.({ stage: "reading the server's pages", done: ++pages, unit: "pages" });
    },
  });
  return readingOf(record, `Patient/${patient}`, { files: [url], sha256: hash.digest("hex") });
}

/** OMOP tables are held as text and facts, about ten times their size. Of more than this, one patient's rows are kept while reading. */
const maxOmopBytes = 128 * 2 ** 20;

/**
 * Tables of one OMOP database, `person.csv` among them.
 * @throws `records/several-patients` and `limit/bytes` as `readLargeOmop` when they hold more than 128 MiB together; otherwise as
 * {@link readRecordPart}.
 */
export async function readOmopPart(
  sources: readonly ByteSource[],
  options: OpenStudyOptions,
  limits: Limits,
  atOnce = maxOmopBytes,
): Promise<Reading> {
  const bytes = sources.reduce((sum, { size }) => sum + size, 0);
  if (bytes > atOnce) {
    const { patient } = options;
    const named = Object.fromEntries(sources.map((source) => [tableName(source), () => chunksOf(source)]));
    const set = readLargeOmop(named, { name: sources[0].name, ...(patient !== undefined && { patient }) });
    return partOf(await set, sources, "OMOP tables", options);
  }
  const tables: Record<string, string> = {};
  for (const source of sources)
    tables[tableName(source)] = new TextDecoder().decode(await allBytes(source, limits.maxBytes));
  const set = readOmop(tables, { name: sources[0].name });
  return partOf(set, sources, "OMOP tables", options);
}

export const tableName = ({ name }: ByteSource) => name.split(/[/\\]/).at(-1)!.toLowerCase();

async function partOf(
  set: RecordSet,
  sources: readonly ByteSource[],
  label: string,
  { patient }: OpenStudyOptions,
): Promise<Reading> {
  const record = chooseRecord(set, patient, sources[0].name);
  return readingOf(record, label, { files: sources.map(({ name }) => name), sha256: await hashOf(sources) });
}

function readingOf(record: HealthRecord, label: string, origin: Origin): Reading {
  const [where] = origin.files;
  const part: RecordPart = {
    kind: "record",
    label,
    modality: "DOC",
    origin,
    warnings: record.cautions.map((message) => ({ code: "records/caution", message, where })),
    record,
  };
  return { parts: [part], leftOut: leftOutOf(record, where), warnings: [] };
}

/** Counts dropped entries by reason: a record may contain thousands of bills. */
function leftOutOf({ dropped }: HealthRecord, file: string): { file: string; reason: string }[] {
  const byReason = new Map<string, string[]>();
  for (const { what, reason } of dropped) byReason.set(reason, [...(byReason.get(reason) ?? []), what]);
  return [...byReason].map(([reason, all]) => ({
    file,
    reason:
      all.length === 1
        ? `${all[0]}: ${reason}`
        : `${all.length} entries (${all.slice(0, 3).join(", ")}, ...): ${reason}`,
  }));
}

/** @throws `study/mixed-patients` when the records belong to different people. */
export function requireOnePatient(records: readonly RecordPart[]): void {
  const names = new Map(records.map(({ record: { patient }, label }) => [patient.id || patient.name || label, label]));
  if (names.size < 2) return;
  throw new PolyclinicError("study/mixed-patients", "the records are of different patients", {
    where: [...names.values()].join(", "),
    expected: "one patient",
    found: [...names.keys()].join(", "),
    hint: "Name the record of one patient, or open all of them together (--mixed-patients; in code: mixedPatients).",
  });
}

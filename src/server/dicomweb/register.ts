/** Registers a stored file as patient, study and instance rows, each once, regardless of the order in which files arrive. */
import { randomUUID } from "node:crypto";
import { diskSource } from "../../bytes/index.ts";
import { type DicomInstance, openInstance } from "../../imaging/dicom/index.ts";
import type { StoredContent } from "../store/files.ts";
import type { Sql } from "../store/index.ts";
import { jsonOf } from "./json-model.ts";

export interface Registered {
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly instanceUid: string;
  readonly classUid: string;
  /** The study's identifier in this server. */
  readonly study: string;
  /** `duplicate`: the same bytes are already stored; `conflict`: the same UID with different bytes, which are not stored. */
  readonly outcome: "stored" | "duplicate" | "conflict";
}

/** @throws what the DICOM reader throws, and `server/identifiers` through `uidsOf` for a file without UIDs. */
export async function readInstance(path: string): Promise<DicomInstance> {
  return openInstance(diskSource(path));
}

export async function register(
  sql: Sql,
  { file: { dataset } }: DicomInstance,
  kept: StoredContent,
): Promise<Registered> {
  const uid = (keyword: string) => dataset.string(keyword) ?? "";
  const [studyUid, seriesUid, instanceUid, classUid] = [
    uid("StudyInstanceUID"),
    uid("SeriesInstanceUID"),
    uid("SOPInstanceUID"),
    uid("SOPClassUID"),
  ];
  // Files of one study arrive concurrently: the second transaction waits here and then finds the rows.
  await sql.query("select pg_advisory_xact_lock(hashtext($1))", [studyUid]);
  const { rows: known } = await sql.query<{ sha256: string; study: string }>(
    "select sha256, study from instance where uid = $1",
    [instanceUid],
  );
  const ids = { studyUid, seriesUid, instanceUid, classUid };
  if (known[0] !== undefined)
    return { ...ids, study: known[0].study, outcome: known[0].sha256 === kept.sha256 ? "duplicate" : "conflict" };
  const study = await studyOf(sql, studyUid, dataset);
  const attributes = jsonOf(dataset, () => "");
  await sql.query(
    `insert into instance (uid, study, series_uid, class_uid, sha256, modality, series_number, instance_number, attributes)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      instanceUid,
      study,
      seriesUid,
      classUid,
      kept.sha256,
      dataset.string("Modality") ?? "",
      wholeOf(dataset.number("SeriesNumber")),
      wholeOf(dataset.number("InstanceNumber")),
      JSON.stringify(attributes),
    ],
  );
  const { affected: files } = await sql.query(
    "insert into file (study, sha256, path, bytes) values ($1, $2, $3, $4) on conflict do nothing",
    [study, kept.sha256, `${instanceUid}.dcm`, kept.bytes],
  );
  // Counted up: counting the study's files anew with each of them would take time by the square of their number.
  await sql.query(
    `update study set changed_at = now(), version = version + 1, file_count = file_count + $2,
      modalities = case when $3 = '' or $3 = any(modalities) then modalities
        else (select array_agg(one order by one) from unnest(modalities || $3) as one) end
      where id = $1`,
    [study, files, dataset.string("Modality") ?? ""],
  );
  return { ...ids, study, outcome: "stored" };
}

type Dataset = DicomInstance["file"]["dataset"];

async function studyOf(sql: Sql, uid: string, dataset: Dataset): Promise<string> {
  const { rows } = await sql.query<{ id: string }>("select id from study where uid = $1", [uid]);
  if (rows[0] !== undefined) return rows[0].id;
  const id = randomUUID();
  const text = (keyword: string) => dataset.string(keyword) ?? "";
  await sql.query(
    `insert into study (id, patient, uid, label, accession, study_date, study_time) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      await patientOf(sql, dataset),
      uid,
      text("StudyDescription"),
      text("AccessionNumber"),
      text("StudyDate"),
      text("StudyTime"),
    ],
  );
  return id;
}

/** A study without a patient identifier gets a separate patient, so that two anonymous studies are never attributed to one person. */
async function patientOf(sql: Sql, dataset: Dataset): Promise<string> {
  const text = (keyword: string) => dataset.string(keyword) ?? "";
  const [issuer, identifier] = [text("IssuerOfPatientID"), text("PatientID") || `study:${text("StudyInstanceUID")}`];
  await sql.query(
    `insert into patient (id, issuer, identifier, name, birth_date, sex) values ($1, $2, $3, $4, $5, $6)
      on conflict (issuer, identifier) do nothing`,
    [randomUUID(), issuer, identifier, text("PatientName"), text("PatientBirthDate"), text("PatientSex")],
  );
  const { rows } = await sql.query<{ id: string }>("select id from patient where issuer = $1 and identifier = $2", [
    issuer,
    identifier,
  ]);
  return rows[0].id;
}

const wholeOf = (value: number | undefined) => (value !== undefined && Number.isInteger(value) ? value : null);

/** Registers a stored file as patient, study and instance rows, each once, regardless of the order in which files arrive. */
import { randomUUID } from "node:crypto";
import { PolyclinicError } from "../../base/errors.ts";
import { diskSource } from "../../bytes/index.ts";
import { type DicomInstance, openInstance } from "../../imaging/dicom/index.ts";
import { differ, differentNames, type PatientId } from "../../imaging/dicom/patient-id.ts";
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

/** @throws what the DICOM reader throws. */
export async function readInstance(path: string): Promise<DicomInstance> {
  return openInstance(diskSource(path));
}

/**
 * @throws PolyclinicError `server/identifiers` for a file without UIDs, which would otherwise join every other such file;
 * `study/other-patient` for a file with the UID of a stored study that names another patient: a
 * study has one patient, whichever way its files arrive.
 */
export async function register(
  sql: Sql,
  { file: { dataset } }: DicomInstance,
  stored: StoredContent,
): Promise<Registered> {
  const [studyUid, seriesUid, instanceUid, classUid] = identifiers.map((keyword) => uidIn(dataset, keyword));
  // Files of one study arrive concurrently: the second transaction waits here and then finds the rows.
  await sql.query("select pg_advisory_xact_lock(hashtext($1))", [studyUid]);
  const { rows: known } = await sql.query<{ sha256: string; study: string }>(
    "select sha256, study from instance where uid = $1",
    [instanceUid],
  );
  const ids = { studyUid, seriesUid, instanceUid, classUid };
  if (known[0] !== undefined)
    return { ...ids, study: known[0].study, outcome: known[0].sha256 === stored.sha256 ? "duplicate" : "conflict" };
  const study = await studyOf(sql, studyUid, dataset);
  const modality = textIn(dataset)("Modality");
  const attributes = jsonOf(dataset, () => "");
  await sql.query(
    `insert into instance (uid, study, series_uid, class_uid, sha256, modality, series_number, instance_number, attributes)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      instanceUid,
      study,
      seriesUid,
      classUid,
      stored.sha256,
      modality,
      wholeOf(dataset.number("SeriesNumber")),
      wholeOf(dataset.number("InstanceNumber")),
      JSON.stringify(attributes, (_, value) => (typeof value === "string" ? withoutNul(value) : value)),
    ],
  );
  const { affected: files } = await sql.query(
    "insert into file (study, sha256, path, bytes) values ($1, $2, $3, $4) on conflict do nothing",
    [study, stored.sha256, `${instanceUid}.dcm`, stored.bytes],
  );
  // Counted up: counting the study's files anew with each of them would take time by the square of their number.
  await sql.query(
    `update study set changed_at = now(), version = version + 1, file_count = file_count + $2,
      modalities = case when $3 = '' or $3 = any(modalities) then modalities
        else (select array_agg(one order by one) from unnest(modalities || $3) as one) end
      where id = $1`,
    [study, files, modality],
  );
  return { ...ids, study, outcome: "stored" };
}

type Dataset = DicomInstance["file"]["dataset"];

interface Patient extends PatientId {
  readonly row: string;
  readonly name: string;
}

/** What stands for the Patient ID of a study whose files state none. */
const unnamed = (studyUid: string) => `study:${studyUid}`;

async function studyOf(sql: Sql, uid: string, dataset: Dataset): Promise<string> {
  const text = textIn(dataset);
  const { rows } = await sql.query<{ study: string } & Patient>(
    `select study.id as study, patient.id as row, patient.issuer, patient.identifier as id, patient.name
      from study join patient on patient.id = study.patient where study.uid = $1`,
    [uid],
  );
  if (rows[0] !== undefined) {
    await requireItsPatient(sql, rows[0], uid, dataset);
    return rows[0].study;
  }
  const id = randomUUID();
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

/**
 * Compares a file's patient with that of its stored study. A file may state less than the study knows, as derived objects
 * do; the first file that states more (an ID, an issuer) gives the study to that patient, so that later ones are compared
 * with it, and an erasure of the patient finds the study.
 */
async function requireItsPatient(
  sql: Sql,
  { study, ...known }: { readonly study: string } & Patient,
  uid: string,
  dataset: Dataset,
): Promise<void> {
  const text = textIn(dataset);
  const stated: PatientId = { id: text("PatientID"), issuer: text("IssuerOfPatientID") };
  const hasId = known.id !== unnamed(uid);
  const other = hasId && stated.id !== "" ? differ(known, stated) : differentNames(known.name, text("PatientName"));
  if (other)
    throw new PolyclinicError("study/other-patient", "the file names another patient than its study", {
      // Without names and IDs: this text also goes to the audit.
      where: uid,
      expected: "the patient of the files that are stored with this Study Instance UID (0020,000D)",
      found:
        hasId && stated.id !== "" ? "another Patient ID (0010,0020) or issuer" : "another Patient Name (0010,0010)",
      hint: "Correct the files at their source: a study of two patients needs two Study Instance UIDs.",
    });
  if (stated.id === "" || (hasId && (known.issuer !== "" || stated.issuer === ""))) return;
  const patient = await patientOf(sql, dataset);
  await sql.query("update study set patient = $2 where id = $1", [study, patient]);
  await sql.query("delete from patient where id = $1 and not exists (select 1 from study where patient = $1)", [
    known.row,
  ]);
}

/** A study without a patient identifier gets a separate patient, so that two anonymous studies are never attributed to one person. */
async function patientOf(sql: Sql, dataset: Dataset): Promise<string> {
  const text = textIn(dataset);
  const [issuer, identifier] = [text("IssuerOfPatientID"), text("PatientID") || unnamed(text("StudyInstanceUID"))];
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

const identifiers = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"] as const;

function uidIn(dataset: Dataset, keyword: (typeof identifiers)[number]): string {
  const uid = dataset.string(keyword);
  if (uid !== undefined && /^[0-9.]{1,64}$/.test(uid)) return uid;
  throw new PolyclinicError("server/identifiers", "the file cannot be stored without this identifier", {
    where: keyword,
    expected: "a UID of at most 64 digits and dots",
    found: uid === undefined || uid === "" ? "nothing" : "something else",
  });
}

/** PostgreSQL stores no NUL characters in texts. */
const withoutNul = (text: string) => text.replaceAll("\0", "");

const textIn = (dataset: Dataset) => (keyword: string) => withoutNul(dataset.string(keyword) ?? "").trim();

const wholeOf = (value: number | undefined) => (value !== undefined && Number.isInteger(value) ? value : null);

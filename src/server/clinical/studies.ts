/** The paged list of studies, with the fields shown in a list. */
import type { Database } from "../store/index.ts";

export const shows = ["unreviewed", "cautions", "signed", "problem"] as const;

export interface StudyQuery {
  /** Searches label, patient and accession number; every word must occur. */
  readonly search?: string;
  readonly show?: (typeof shows)[number];
  readonly modality?: string;
  readonly offset: number;
  readonly limit: number;
}

export interface StudyRow {
  readonly id: string;
  readonly label: string;
  readonly patient: {
    readonly id: string;
    readonly name: string;
    readonly identifier: string;
    readonly birthDate: string;
    readonly sex: string;
  };
  readonly accession: string;
  /** `YYYYMMDD`, or empty. */
  readonly date: string;
  readonly modalities: readonly string[];
  readonly parts: number;
  readonly files: number;
  readonly state: string;
  readonly problem: string | null;
  readonly thumbnail: boolean;
  readonly createdAt: string;
  /** State of the latest report: `draft` or `signed`; null without a report. */
  readonly report: string | null;
  readonly unreviewed: number;
  readonly cautions: number;
}

const columns = `study.id, study.label, study.accession, study.study_date as date, study.modalities, study.part_count as parts,
  study.file_count as files, study.state, study.problem, study.thumbnail is not null as thumbnail, study.created_at as "createdAt",
  json_build_object('id', patient.id, 'name', patient.name, 'identifier', case when patient.identifier like 'study:%' then '' else patient.identifier end,
    'birthDate', patient.birth_date, 'sex', patient.sex) as patient,
  (select state from report where report.study = study.id order by created_at desc limit 1) as report,
  (select count(*)::int from finding join answer on answer.id = finding.answer where answer.study = study.id and finding.state = 'unreviewed'
    and exists (select 1 from report where report.answer = answer.id and report.state = 'draft')) as unreviewed,
  (select coalesce(max(cardinality(cautions)), 0) from answer where answer.study = study.id) as cautions`;

const conditions: Readonly<Record<NonNullable<StudyQuery["show"]>, string>> = {
  unreviewed: `exists (select 1 from report where report.study = study.id and report.state = 'draft')`,
  cautions: "exists (select 1 from answer where answer.study = study.id and cardinality(cautions) > 0)",
  signed: "exists (select 1 from report where report.study = study.id and report.state = 'signed')",
  problem: "study.state = 'problem'",
};

export async function listStudies(
  database: Database,
  { search = "", show, modality, offset, limit }: StudyQuery,
): Promise<{ studies: readonly StudyRow[]; total: number }> {
  const where = ["true"];
  const values: unknown[] = [];
  for (const word of search
    .split(/\s+/)
    .filter((one) => one !== "")
    .slice(0, 8)) {
    values.push(`%${word.replace(/[\\%_]/g, "\\$&")}%`);
    where.push(
      `(study.label ilike $${values.length} or patient.name ilike $${values.length} or patient.identifier ilike $${values.length} or study.accession ilike $${values.length})`,
    );
  }
  if (modality !== undefined) {
    values.push(modality);
    where.push(`$${values.length} = any(study.modalities)`);
  }
  if (show !== undefined) where.push(conditions[show]);
  const from = `from study join patient on patient.id = study.patient where ${where.join(" and ")}`;
  const [{ rows }, counted] = await Promise.all([
    database.query<StudyRow>(
      `select ${columns} ${from} order by study.created_at desc, study.label, study.id limit ${limit} offset ${offset}`,
      values,
    ),
    database.query<{ total: number }>(`select count(*)::int as total ${from}`, values),
  ]);
  return { studies: rows, total: counted.rows[0].total };
}

export async function studyRow(database: Database, id: string): Promise<StudyRow | undefined> {
  const { rows } = await database.query<StudyRow>(
    `select ${columns} from study join patient on patient.id = study.patient where study.id = $1`,
    [id],
  );
  return rows[0];
}

/** Other studies of the same patient, latest first, for comparison. */
export async function studiesOfPatient(database: Database, study: string): Promise<readonly StudyRow[]> {
  const { rows } = await database.query<StudyRow>(
    `select ${columns} from study join patient on patient.id = study.patient
      where patient.id = (select patient from study where id = $1) and study.id <> $1 order by study.study_date desc limit 50`,
    [study],
  );
  return rows;
}

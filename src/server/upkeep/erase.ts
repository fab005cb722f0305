/**
 * Erases a study or a patient: all rows, and all files that no other study refers to; the audit entry contains no name.
 */
import { createHash } from "node:crypto";
import type { Audit, AuditEvent } from "../access/audit.ts";
import { HttpError } from "../http-error.ts";
import { removeUnnamed, type Sql, type Store } from "../store/index.ts";

export interface Erased {
  /** This server's own, random identifier of the patient. */
  readonly patient: string;
  readonly studies: number;
  readonly files: number;
  readonly rows: number;
  /**
   * SHA-256 over the sorted hashes of the files and the identifiers of the studies: the holder of a copy can prove that
   * it was among the erased data.
   */
  readonly proof: string;
}

/**
 * Tables with rows of a study, children first; the second column is a condition that is true for rows of the studies
 * `$1`.
 */
const tables: readonly (readonly [table: string, ofStudies: string])[] = [
  ["signature", "report in (select id from report where study = any($1))"],
  ["report_version", "report in (select id from report where study = any($1))"],
  ["report", "study = any($1)"],
  [
    "assessment",
    "finding in (select finding.id from finding join answer on answer.id = finding.answer where study = any($1))",
  ],
  ["finding", "answer in (select id from answer where study = any($1))"],
  ["job", "study = any($1)"],
  ["outbox", "study = any($1)"],
  ["answer", "study = any($1)"],
  ["message", "chat in (select id from chat where study = any($1))"],
  ["chat", "study = any($1)"],
  ["rating", "item in (select id from comparison_item where study = any($1))"],
  ["assignment", "item in (select id from comparison_item where study = any($1))"],
  ["comparison_item", "study = any($1)"],
  ["pyramid", "study = any($1)"],
  ["instance", "study = any($1)"],
  ["file", "study = any($1)"],
  // Responses stored for retried calls contain the identifier of their study.
  ["idempotency", "exists (select 1 from unnest($1::text[]) as one where position(one in body::text) > 0)"],
  ["study", "id = any($1)"],
];

/** @returns the number of erased rows, and the files that are no longer needed. */
async function eraseStudies(sql: Sql, studies: readonly string[]): Promise<{ rows: number; files: string[] }> {
  const { rows: named } = await sql.query<{ sha256: string }>(
    `select distinct sha256 from file where study = any($1)
      union select thumbnail from study where id = any($1) and thumbnail is not null
      union select sha256 from pyramid where study = any($1)`,
    [studies],
  );
  let rows = 0;
  for (const [table, condition] of tables)
    rows += (await sql.query(`delete from ${table} where ${condition}`, [studies])).affected;
  return { rows, files: named.map(({ sha256 }) => sha256).sort() };
}

/**
 * A study, its answers and its drafts, with the entry of the audit log in the same transaction.
 *
 * @throws HttpError 404, 409 `server/signed`: signed reports are kept.
 */
export async function deleteStudy(
  store: Store,
  audit: Audit,
  id: string,
  entry: Pick<AuditEvent, "who" | "action" | "detail">,
): Promise<void> {
  const files = await store.database.transaction(async (sql) => {
    const { rows } = await sql.query("select 1 from study where id = $1", [id]);
    if (rows.length === 0)
      throw new HttpError(404, "server/not-found", "the study is not on this server", { where: `study/${id}` });
    const { rows: signed } = await sql.query(
      "select 1 from signature join report on report.id = signature.report where report.study = $1 limit 1",
      [id],
    );
    if (signed.length > 0)
      throw new HttpError(409, "server/signed", "a study with a signed report cannot be deleted", {
        where: `study/${id}`,
        hint: "Signed reports are kept until the patient is erased (polyclinic erase).",
      });
    const { files } = await eraseStudies(sql, [id]);
    await audit.recordIn(sql, { ...entry, object: `study/${id}`, outcome: "ok" });
    return files;
  });
  for (const sha256 of files) await removeUnnamed(store, sha256);
}

/**
 * The right to erasure: all studies of a patient, including signed reports, with all files.
 *
 * @param patient the identifier in the files (Patient ID), or this server's own.
 * @param who the person who requested it, for the audit log.
 * @throws HttpError 404 `server/not-found`; 409 `server/patient` when two issuers assigned the same identifier.
 */
export async function erasePatient(
  store: Store,
  audit: Audit,
  patient: string,
  { issuer, who }: { readonly issuer?: string; readonly who: string },
): Promise<Erased> {
  const { database } = store;
  const { rows: found } = await database.query<{ id: string; issuer: string }>(
    "select id, issuer from patient where (identifier = $1 or id = $1) and ($2::text is null or issuer = $2)",
    [patient, issuer ?? null],
  );
  if (found.length === 0)
    throw new HttpError(404, "server/not-found", "the patient is not on this server", {
      where: "patient",
      expected: "a Patient ID as in the files",
    });
  if (found.length > 1)
    throw new HttpError(409, "server/patient", "several patients have this identifier", {
      where: "patient",
      expected: `one of the issuers ${found.map((one) => one.issuer || "(none)").join(", ")}`,
      hint: "Choose one with --issuer.",
    });
  const [{ id }] = found;
  const erased = await database.transaction(async (sql) => {
    const { rows: all } = await sql.query<{ id: string }>("select id from study where patient = $1 order by id", [id]);
    const studies = all.map((one) => one.id);
    const { rows, files } = await eraseStudies(sql, studies);
    await sql.query("delete from patient where id = $1", [id]);
    const proof = createHash("sha256")
      .update(JSON.stringify([files, studies]))
      .digest("hex");
    const detail = { studies: studies.length, files: files.length, rows: rows + 1, proof };
    await audit.recordIn(sql, { who, action: "patient.erase", object: `patient/${id}`, outcome: "ok", detail });
    return { detail, files };
  });
  for (const sha256 of erased.files) await removeUnnamed(store, sha256);
  // Deleted rows remain in the database's files until those are rewritten.
  await database.script("vacuum full");
  return { patient: id, ...erased.detail };
}

/**
 * Deletes studies unchanged for `days`; those with a signed report are kept. @returns the number of deleted studies.
 */
export async function expireStudies(store: Store, audit: Audit, days: number): Promise<number> {
  const { rows } = await store.database.query<{ id: string }>(
    `select id from study where changed_at < now() - make_interval(days => $1) and not exists
      (select 1 from signature join report on report.id = signature.report where report.study = study.id)`,
    [days],
  );
  for (const { id } of rows)
    await deleteStudy(store, audit, id, { who: "system", action: "study.expire", detail: { days } });
  return rows.length;
}

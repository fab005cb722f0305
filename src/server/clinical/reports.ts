/**
 * Reports and their versions: nothing is overwritten, a change names the version it is based on, and signed versions
 * are immutable.
 *
 * Over 300 lines because creation, saving and signing share the rules of what a version may contain.
 */
import { randomUUID } from "node:crypto";
import type { TaskResult } from "../../task/index.ts";
import type { Caller } from "../access/scopes.ts";
import { HttpError } from "../http-error.ts";
import type { Sql, Store } from "../store/index.ts";
import type { Answers } from "./answers.ts";
import {
  citesAnswers,
  contentOf,
  emptyContent,
  hashOfContent,
  openPoints,
  type ReportContent,
  type ReportSentence,
  withOrigins,
} from "./report-content.ts";

export interface Signature {
  readonly version: number;
  readonly person: string;
  readonly name: string;
  readonly sha256: string;
  readonly addendum: boolean;
  readonly at: string;
}

export interface StoredReport {
  readonly id: string;
  readonly study: string;
  readonly answer: string | null;
  readonly state: "draft" | "signed";
  readonly version: number;
  readonly content: ReportContent;
  /** Who made this version: a name, or `model`. */
  readonly author: string;
  readonly savedAt: string;
  readonly signatures: readonly Signature[];
}

/** @throws HttpError 409 `server/unsigned`: a model's unsigned draft is never sent to another system. */
export function requireSigned({ id, state }: StoredReport): void {
  if (state === "signed") return;
  throw new HttpError(409, "server/unsigned", "only signed reports can be sent", {
    where: `report/${id}`,
    hint: "Sign it first.",
  });
}

export class Reports {
  constructor(
    private readonly store: Store,
    private readonly answers: Answers,
  ) {}

  /**
   * @param answer whose sentences the draft starts with, all unreviewed. Without it the report is empty.
   * @param id of the report. An existing report is returned unchanged: the call is then a retry of an interrupted one.
   * @throws HttpError 404; 400 `server/answer` for an answer about another study, whose words would become this patient's report.
   */
  async create(study: string, answer: string | undefined, caller: Caller, id: string): Promise<StoredReport> {
    const drafted = answer === undefined ? undefined : await this.answers.of(answer);
    if (drafted !== undefined && drafted.study !== study)
      throw new HttpError(400, "server/answer", "the answer is about another study", {
        where: "answer",
        expected: `an answer about study/${study}`,
        found: `study/${drafted.study}`,
        hint: "GET /api/studies/{study}/answers lists the answers about a study.",
      });
    const content = drafted === undefined ? emptyContent : contentOf(drafted);
    await this.store.database.transaction(async (sql) => {
      const { rows } = await sql.query("select 1 from study where id = $1", [study]);
      if (rows.length === 0)
        throw new HttpError(404, "server/not-found", "the study is not on this server", { where: `study/${study}` });
      const { affected } = await sql.query(
        "insert into report (id, study, answer) values ($1, $2, $3) on conflict (id) do nothing",
        [id, study, answer ?? null],
      );
      if (affected > 0) await insertVersion(sql, id, 1, null, content, answer === undefined ? caller : undefined);
    });
    return this.of(id);
  }

  /** @throws HttpError 404. */
  async of(id: string): Promise<StoredReport> {
    const { rows } = await this.store.database.query<
      Omit<StoredReport, "signatures" | "author"> & { author: string | null; kind: string }
    >(
      `select report.id, report.study, report.answer, report.state, report.version, content, report_version.created_at as "savedAt",
          coalesce(person.name, report_version.author) as author, author_kind as kind
        from report join report_version on report_version.report = report.id and report_version.version = report.version
        left join person on person.id = report_version.author where report.id = $1`,
      [id],
    );
    if (rows[0] === undefined)
      throw new HttpError(404, "server/not-found", "there is no such report", { where: `report/${id}` });
    const { kind, author, ...report } = rows[0];
    const signatures = await this.store.database.query<Signature>(
      `select version, person, person_name as name, sha256, addendum, created_at as at from signature where report = $1 order by version`,
      [id],
    );
    return { ...report, author: kind === "model" ? "model" : (author ?? ""), signatures: signatures.rows };
  }

  async ofStudy(study: string): Promise<readonly StoredReport[]> {
    const { rows } = await this.store.database.query<{ id: string }>(
      "select id from report where study = $1 order by created_at desc",
      [study],
    );
    return Promise.all(rows.map(({ id }) => this.of(id)));
  }

  /**
   * @param version the version that the change is based on.
   * @returns the updated report; on `conflict`, the current version, saved by somebody else.
   * @throws HttpError 400 `server/field` for a sentence that cites a finding of another answer: its verdict would be stored there.
   */
  async save(
    id: string,
    version: number,
    content: ReportContent,
    caller: Caller,
  ): Promise<{ report: StoredReport; conflict: boolean }> {
    const conflict = await this.store.database.transaction(async (sql) => {
      const now = await lock(sql, id);
      if (now.state === "signed") throw signedAlready(id);
      if (now.version !== version) return true;
      await requireOwnFindings(sql, id, content.sentences);
      const own = await withOwnOrigins(sql, id, content, now.content);
      await insertVersion(sql, id, version + 1, version, { ...own, addenda: now.content.addenda ?? [] }, caller);
      await sql.query("update report set version = $2 where id = $1", [id, version + 1]);
      await insertVerdicts(sql, now.content.sentences, own.sentences, caller);
      return false;
    });
    return { report: await this.of(id), conflict };
  }

  /**
   * Signs a report; the route has checked the caller's scope. @throws HttpError 409 `server/unreviewed`,
   * `server/signed`, 412.
   */
  async sign(id: string, version: number, caller: Caller): Promise<StoredReport> {
    await this.store.database.transaction(async (sql) => {
      const now = await lock(sql, id);
      if (now.state === "signed") throw signedAlready(id);
      if (now.version !== version) throw changed(id, version, now.version);
      const open = openPoints(now.content);
      if (open.length > 0)
        throw new HttpError(409, "server/unreviewed", "the report cannot be signed yet", {
          where: `report/${id}`,
          found: open.join("; "),
          hint: "Accept, edit or reject every sentence first.",
        });
      await insertSignature(sql, id, version, now.content, caller, false);
      await sql.query("update report set state = 'signed' where id = $1", [id]);
    });
    return this.of(id);
  }

  /**
   * Adds an addendum to a signed report: added and signed at once, as a new version.
   *
   * @param addendum its identifier; an existing addendum is not added again.
   */
  async addAddendum(id: string, text: string, caller: Caller, addendum: string): Promise<StoredReport> {
    await this.store.database.transaction(async (sql) => {
      const now = await lock(sql, id);
      if (now.state !== "signed")
        throw new HttpError(409, "server/unsigned", "only a signed report can have an addendum", {
          where: `report/${id}`,
          hint: "Change the draft itself.",
        });
      if (now.content.addenda?.some((one) => one.id === addendum)) return;
      const content: ReportContent = {
        ...now.content,
        addenda: [
          ...(now.content.addenda ?? []),
          { id: addendum, text, person: caller.name, at: new Date().toISOString() },
        ],
      };
      await insertVersion(sql, id, now.version + 1, now.version, content, caller);
      await insertSignature(sql, id, now.version + 1, content, caller, true);
      await sql.query("update report set version = $2 where id = $1", [id, now.version + 1]);
    });
    return this.of(id);
  }
}

async function lock(sql: Sql, id: string): Promise<{ state: string; version: number; content: ReportContent }> {
  const { rows } = await sql.query<{ state: string; version: number }>(
    "select state, version from report where id = $1 for update",
    [id],
  );
  if (rows[0] === undefined)
    throw new HttpError(404, "server/not-found", "there is no such report", { where: `report/${id}` });
  const { rows: contents } = await sql.query<{ content: ReportContent }>(
    "select content from report_version where report = $1 and version = $2",
    [id, rows[0].version],
  );
  return { ...rows[0], content: contents[0].content };
}

async function requireOwnFindings(sql: Sql, report: string, sentences: readonly ReportSentence[]): Promise<void> {
  const cited = sentences.flatMap(({ finding }) => finding ?? []);
  if (cited.length === 0) return;
  const { rows } = await sql.query<{ id: string }>(
    "select finding.id from finding join report on report.answer = finding.answer where report.id = $1",
    [report],
  );
  const own = new Set(rows.map(({ id }) => id));
  const foreign = cited.find((finding) => !own.has(finding));
  if (foreign === undefined) return;
  throw new HttpError(400, "server/field", "is not a finding of the answer from which this report was drafted", {
    where: "sentences.finding",
    found: foreign,
    hint: "Send sentences back as they were received; a new sentence has no finding.",
  });
}

async function withOwnOrigins(sql: Sql, report: string, content: ReportContent, now: ReportContent) {
  const { rows } = await sql.query<{ content: ReportContent }>(
    "select content from report_version where report = $1 and version = 1",
    [report],
  );
  const earlier = [...rows.map((row) => row.content), now];
  const { rows: answers } = !citesAnswers(content, earlier)
    ? { rows: [] }
    : await sql.query<{ id: string; result: TaskResult }>(
        `select answer.id, answer.result from answer join report on report.study = answer.study
          where report.id = $1 and (answer.id = any($2) or answer.result -> 'answer' ? 'boxes')`,
        [report, content.sentences.flatMap(({ answer }) => answer ?? [])],
      );
  return withOrigins(content, earlier, new Map(answers.map(({ id, result }) => [id, result])));
}

const insertVersion = (
  sql: Sql,
  report: string,
  version: number,
  parent: number | null,
  content: ReportContent,
  author: Caller | undefined,
) =>
  sql.query(
    "insert into report_version (report, version, parent, author, author_kind, content) values ($1, $2, $3, $4, $5, $6)",
    [
      report,
      version,
      parent,
      author?.person ?? null,
      author === undefined ? "model" : "human",
      JSON.stringify(content),
    ],
  );

const insertSignature = (
  sql: Sql,
  report: string,
  version: number,
  content: ReportContent,
  caller: Caller,
  addendum: boolean,
) =>
  sql.query(
    "insert into signature (report, version, person, person_name, sha256, addendum) values ($1, $2, $3, $4, $5, $6)",
    [report, version, caller.person, caller.name, hashOfContent(report, version, content), addendum],
  );

/** Stores each new or changed verdict as a row: who judged which finding, the verdict, and the time it took. */
async function insertVerdicts(
  sql: Sql,
  before: readonly ReportSentence[],
  after: readonly ReportSentence[],
  caller: Caller,
): Promise<void> {
  const old = new Map(before.map((one) => [one.id, one]));
  for (const sentence of after) {
    const was = old.get(sentence.id);
    if (sentence.finding === undefined || was === undefined) continue;
    if (
      was.state === sentence.state &&
      was.text === sentence.text &&
      was.reason === sentence.reason &&
      was.significant === sentence.significant
    )
      continue;
    const { rows } = await sql.query(
      "update finding set state = $2, version = version + 1 where id = $1 returning id",
      [sentence.finding, sentence.state],
    );
    if (rows.length === 0 || sentence.state === "unreviewed") continue;
    await sql.query(
      `insert into assessment (id, finding, person, verdict, reason, significant, before, after, milliseconds)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        randomUUID(),
        sentence.finding,
        caller.person,
        sentence.state,
        sentence.reason ?? null,
        sentence.significant ?? null,
        sentence.original ?? "",
        sentence.state === "rejected" ? null : sentence.text,
        sentence.milliseconds ?? null,
      ],
    );
  }
}

const signedAlready = (id: string) =>
  new HttpError(409, "server/signed", "the report is signed and cannot be changed", {
    where: `report/${id}`,
    hint: "Add an addendum.",
  });

const changed = (id: string, expected: number, found: number) =>
  new HttpError(412, "server/version", "the report was changed in the meantime", {
    where: `report/${id}`,
    expected: `version ${expected}`,
    found: `version ${found}`,
    hint: "Reload it.",
  });

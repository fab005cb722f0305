/**
 * Follows Orthanc's list of changes: a study that is complete there (`StableStudy`) is fetched and, if configured, a
 * task is queued for it. The position in the list is stored in the database, so that a restart of either side misses
 * nothing; a change that is read twice is stored once and asked once.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { Audit } from "../access/audit.ts";
import { HttpError } from "../http-error.ts";
import type { Jobs } from "../jobs/jobs.ts";
import { RemoteSystem } from "../outbox/remote-system.ts";
import type { Database } from "../store/index.ts";
import type { Pulled } from "./pull.ts";

export interface OrthancWatchOptions {
  /**
   * Base URL of Orthanc's own REST API, such as `http://pacs.example:8042`: the URL of its DICOMweb service without
   * `/dicom-web`.
   */
  readonly url: string;
  /** The whole value of the Authorization header. */
  readonly authorization?: string;
  /** Task that is run on each new study, such as `report`; absent: studies are only fetched. */
  readonly draft?: string;
}

export interface OrthancWatchParts {
  readonly database: Database;
  readonly audit: Audit;
  readonly jobs: Jobs;
  readonly model: string;
  readonly pull: (studyUid: string, signal: AbortSignal) => Promise<Pulled>;
  readonly onFailure: (error: unknown) => void;
}

/** Polling interval, ms. */
const every = 5000;
/**
 * Attempts at one change while Orthanc or this server's queue is unavailable; it is then skipped, and the skip is
 * recorded in the audit log.
 */
const maxTries = 20;

interface Change {
  readonly Seq: number;
  readonly ChangeType: string;
  readonly ID: string;
}

export class OrthancWatch {
  private readonly system: RemoteSystem;
  private readonly stop = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private tries = { seq: -1, count: 0 };

  constructor(
    private readonly options: OrthancWatchOptions,
    private readonly parts: OrthancWatchParts,
  ) {
    this.system = new RemoteSystem("pacs", options);
  }

  start(): void {
    this.timer = setInterval(() => void this.look(), every);
    this.timer.unref();
    void this.look();
  }

  /** Reads the list to its end. Resolves when that is done, or when a change has to be retried later. */
  look(): Promise<void> {
    this.working ??= this.read()
      .catch((error) => {
        // Orthanc is unavailable: the next poll retries.
        if (!PolyclinicError.is(error) && !this.stop.signal.aborted) this.parts.onFailure(error);
      })
      .finally(() => {
        this.working = undefined;
      });
    return this.working;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.stop.abort();
    await this.working;
  }

  private async read(): Promise<void> {
    let since = await this.position();
    while (!this.stop.signal.aborted) {
      const { Changes, Done } = await this.get<{ Changes: Change[]; Done: boolean }>(
        `/changes?since=${since}&limit=100`,
      );
      for (const change of Changes) {
        if (change.ChangeType === "StableStudy" && !(await this.handled(change))) return;
        since = change.Seq;
        await this.move(since);
      }
      if (Done || Changes.length === 0) return;
    }
  }

  /**
   * The position in the list. At the first start it is the current end: only new studies are followed, not the archive.
   */
  private async position(): Promise<number> {
    const { rows } = await this.parts.database.query<{ last: string | number }>(
      "select last_change as last from pacs where id = $1",
      [this.system.base],
    );
    const { Last } = await this.get<{ Last: number }>("/changes?last");
    const known = rows[0] === undefined ? undefined : Number(rows[0].last);
    // A list shorter than the stored position belongs to a new database: Orthanc's was recreated.
    if (known !== undefined && known <= Last) return known;
    const begin = known === undefined ? Last : 0;
    await this.parts.database.query(
      `insert into pacs (id, url, kind, last_change) values ($1, $1, 'orthanc', $2)
        on conflict (id) do update set last_change = excluded.last_change`,
      [this.system.base, begin],
    );
    return begin;
  }

  private async move(to: number): Promise<void> {
    await this.parts.database.query("update pacs set last_change = $2 where id = $1", [this.system.base, to]);
  }

  /** @returns false when the change has to be retried later. */
  private async handled({ Seq, ID }: Change): Promise<boolean> {
    const { audit, jobs, model, pull } = this.parts;
    const { draft } = this.options;
    let uid = "";
    try {
      const study = await this.get<{ MainDicomTags?: { StudyInstanceUID?: string } }>(`/studies/${ID}`);
      uid = study.MainDicomTags?.StudyInstanceUID ?? "";
      const pulled = await pull(uid, this.stop.signal);
      // Reports that this server sent arrive with their study again; they must not trigger another draft.
      const drafted = draft !== undefined && pulled.images > 0;
      if (drafted) await jobs.add({ study: pulled.study, task: draft, options: {}, model, anyway: false }, "system");
      await audit.record({
        who: "system",
        action: "pacs.watch",
        object: `study/${pulled.study}`,
        outcome: "ok",
        detail: { stored: pulled.stored, asked: drafted },
      });
      return true;
    } catch (error) {
      if (this.stop.signal.aborted) return false;
      if (!PolyclinicError.is(error)) throw error;
      this.tries = { seq: Seq, count: this.tries.seq === Seq ? this.tries.count + 1 : 1 };
      const later =
        ["pacs/unreachable", "pacs/failed"].includes(error.code) ||
        (error instanceof HttpError && error.status === 503);
      if (later && this.tries.count < maxTries) return false;
      await audit.record({
        who: "system",
        action: "pacs.watch",
        object: `study-uid/${uid || "unknown"}`,
        outcome: "failed",
        detail: { code: error.code },
      });
      return true;
    }
  }

  private get<T>(path: string): Promise<T> {
    return this.system.text(
      path,
      { headers: { Accept: "application/json" }, signal: this.stop.signal },
      (text, response) => {
        if (response.ok) return JSON.parse(text) as T;
        throw new PolyclinicError(
          response.status === 404 ? "pacs/not-found" : "pacs/failed",
          "Orthanc rejected the request",
          {
            where: this.system.base,
            found: `${response.status} ${response.statusText}`.trim(),
            hint: "Check the address given with --watch, and PACS_AUTHORIZATION.",
          },
        );
      },
    );
  }
}

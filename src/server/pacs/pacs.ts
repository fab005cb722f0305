/** The connected PACS: studies are fetched from it, and signed reports sent to it. */
import { memorySource } from "../../bytes/index.ts";
import { openInstance } from "../../imaging/dicom/index.ts";
import type { ReportExports } from "../clinical/report-exports.ts";
import type { Reports } from "../clinical/reports.ts";
import { HttpError } from "../http-error.ts";
import type { Store } from "../store/index.ts";
import { DicomWebClient, type DicomWebOptions, type InstanceUids } from "./dicomweb-client.ts";
import { Outbox, type OutboxEntry } from "./outbox.ts";
import { type Pulled, pullStudy } from "./pull.ts";

export interface PacsOptions {
  readonly store: Store;
  readonly reports: Reports;
  readonly exports: ReportExports;
  /** Absent if no PACS is configured; operations that need it then fail with an error. */
  readonly remote?: DicomWebOptions;
  /** Bytes of one file. */
  readonly most: number;
  readonly onFailure: (error: unknown) => void;
}

export class Pacs {
  readonly outbox: Outbox;
  private readonly client: DicomWebClient | undefined;

  constructor(private readonly options: PacsOptions) {
    const { store, remote, onFailure } = options;
    this.client = remote && new DicomWebClient(remote);
    this.outbox = new Outbox(store.database, (entry, signal) => this.send(entry, signal), onFailure);
    if (this.client !== undefined) this.outbox.start();
  }

  /** @throws HttpError 409 without a PACS; PolyclinicError `pacs/*`. */
  async pull(studyUid: string, signal?: AbortSignal): Promise<Pulled> {
    const { store, most } = this.options;
    return pullStudy(store, this.needed(), studyUid, { most, ...(signal && { signal }) });
  }

  /**
   * Puts a signed report into the outbox.
   *
   * @param id of the entry; one that is there is not added again.
   * @returns the entry's id. @throws HttpError 409 without a PACS, or for a report that nobody signed: a model's draft is not sent.
   */
  async push(reportId: string, id: string): Promise<string> {
    this.needed();
    const { store, reports, remote } = this.options;
    const report = await reports.of(reportId);
    if (report.state !== "signed")
      throw new HttpError(409, "server/unsigned", "only signed reports can be sent", {
        where: `report/${reportId}`,
        hint: "Sign it first.",
      });
    await store.database.transaction((sql) =>
      this.outbox.add(sql, { id, target: remote!.url, kind: "sr", study: report.study, payload: { report: reportId } }),
    );
    this.outbox.wake();
    return id;
  }

  private needed(): DicomWebClient {
    if (this.client !== undefined) return this.client;
    throw new HttpError(409, "server/no-pacs", "no PACS is configured", {
      where: "--pacs",
      hint: "Start the server with --pacs and the address of a DICOMweb service, such as http://pacs.example:8042/dicom-web.",
    });
  }

  private async send({ payload }: OutboxEntry, signal: AbortSignal): Promise<void> {
    const { reports, exports } = this.options;
    const files = await exports.dicomOf(await reports.of(payload.report));
    const identified: (InstanceUids & { bytes: Uint8Array })[] = [];
    for (const bytes of files) {
      const { dataset } = (await openInstance(memorySource("report.dcm", bytes))).file;
      const uid = (keyword: string) => dataset.string(keyword) ?? "";
      identified.push({
        studyUid: uid("StudyInstanceUID"),
        seriesUid: uid("SeriesInstanceUID"),
        instanceUid: uid("SOPInstanceUID"),
        bytes,
      });
    }
    await this.needed().store(identified, signal);
  }

  close(): Promise<void> {
    return this.outbox.close();
  }
}

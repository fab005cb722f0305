/** The connected PACS, from which studies are fetched and to which signed reports are sent. */
import { memorySource } from "../../bytes/index.ts";
import { openInstance } from "../../imaging/dicom/index.ts";
import type { ReportExports } from "../clinical/report-exports.ts";
import { type Reports, requireSigned } from "../clinical/reports.ts";
import { HttpError } from "../http-error.ts";
import type { Outbox, OutboxEntry } from "../outbox/outbox.ts";
import type { Store } from "../store/index.ts";
import { DicomWebClient, type DicomWebOptions, type InstanceUids } from "./dicomweb-client.ts";
import { type Pulled, pullStudy } from "./pull.ts";

export interface PacsOptions {
  readonly store: Store;
  readonly reports: Reports;
  readonly exports: ReportExports;
  readonly outbox: Outbox;
  /** Absent if no PACS is configured; operations that need it then fail with an error. */
  readonly remote?: DicomWebOptions;
  /** Maximum size of one file, bytes. */
  readonly maxBytes: number;
}

export class Pacs {
  private readonly client: DicomWebClient | undefined;

  constructor(private readonly options: PacsOptions) {
    const { remote, outbox } = options;
    this.client = remote && new DicomWebClient(remote);
    if (remote !== undefined) outbox.handle("sr", (entry, signal) => this.send(entry, signal));
  }

  /** @throws HttpError 409 without a PACS; PolyclinicError `pacs/*`. */
  async pull(studyUid: string, signal?: AbortSignal): Promise<Pulled> {
    const { store, maxBytes } = this.options;
    return pullStudy(store, this.needed(), studyUid, { maxBytes, ...(signal && { signal }) });
  }

  /**
   * Puts a signed report into the outbox.
   *
   * @param id of the entry; an existing entry is not added again.
   * @throws HttpError 409 without a PACS, or for an unsigned report: a model's draft is not sent.
   */
  async push(reportId: string, id: string): Promise<void> {
    this.needed();
    const { store, reports, remote, outbox } = this.options;
    const report = await reports.of(reportId);
    requireSigned(report);
    await store.database.transaction((sql) =>
      outbox.add(sql, { id, target: remote!.url, kind: "sr", study: report.study, payload: { report: reportId } }),
    );
    outbox.wake();
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
}

/**
 * A DICOMweb client (PS3.18): QIDO-RS to search, WADO-RS to retrieve, STOW-RS to store. A PACS that answers 200 without storing is
 * detected: the response is checked, and the instances are then searched for.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { bodyOf, textOf } from "../../base/response-body.ts";
import type { JsonDataSet } from "../dicomweb/json-model.ts";
import { boundaryOf, readParts, writeParts } from "../dicomweb/multipart.ts";
import { type RemoteInit, RemoteSystem, type RemoteSystemOptions } from "../outbox/remote-system.ts";

/** `url`: the base URL, such as `http://pacs.example:8042/dicom-web`. */
export type DicomWebOptions = RemoteSystemOptions;

/** An instance by its identifiers. */
export interface InstanceUids {
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly instanceUid: string;
}

const uidTags = { studyUid: "0020000D", seriesUid: "0020000E", instanceUid: "00080018" } as const;
const uidPattern = /^[0-9.]{1,64}$/;

export class DicomWebClient {
  private readonly system: RemoteSystem;

  constructor(options: DicomWebOptions) {
    this.system = new RemoteSystem("pacs", options);
  }

  /** All instances of a study. @throws PolyclinicError `pacs/*`. */
  async instancesOf(studyUid: string, signal?: AbortSignal): Promise<InstanceUids[]> {
    requireUid(studyUid);
    const response = await this.call(`/studies/${studyUid}/instances`, {
      headers: { Accept: "application/dicom+json" },
      signal,
    });
    if (response.status === 204) return [];
    const rows = JSON.parse(await textOf(bodyOf(response, signal))) as JsonDataSet[];
    return rows.map((row) => ({
      studyUid,
      seriesUid: first(row, uidTags.seriesUid),
      instanceUid: first(row, uidTags.instanceUid),
    }));
  }

  /** The files of a study, one after another. */
  async *filesOf(studyUid: string, signal?: AbortSignal): AsyncGenerator<AsyncIterable<Uint8Array>> {
    requireUid(studyUid);
    const response = await this.call(`/studies/${studyUid}`, {
      headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
      signal,
    });
    if (response.body === null) return;
    const boundary = boundaryOf(response.headers.get("content-type") ?? undefined);
    for await (const part of readParts(bodyOf(response, signal), boundary)) yield part.body;
  }

  /**
   * Stores files and verifies that the PACS has them.
   *
   * @throws PolyclinicError `pacs/refused` with the PACS's reason (0008,1197), `pacs/not-stored` if it accepted them but does not have them.
   */
  async store(files: readonly (InstanceUids & { readonly bytes: Uint8Array })[], signal?: AbortSignal): Promise<void> {
    const boundary = `polyclinic-${crypto.randomUUID()}`;
    const parts = writeParts(
      files.map(({ bytes }) => ({ contentType: "application/dicom", body: bytes })),
      boundary,
    );
    const chunks: Uint8Array[] = [];
    for await (const chunk of parts) chunks.push(chunk);
    const response = await this.call("/studies", {
      method: "POST",
      headers: {
        Accept: "application/dicom+json",
        "Content-Type": `multipart/related; type="application/dicom"; boundary=${boundary}`,
      },
      body: new Blob(chunks as Uint8Array<ArrayBuffer>[]),
      signal,
    });
    const reply = (await textOf(bodyOf(response, signal))
      .then((text) => JSON.parse(text))
      .catch(() => ({}))) as JsonDataSet;
    const failed = items(reply, "00081198");
    if (failed.length > 0)
      throw new PolyclinicError("pacs/refused", "the PACS did not store what was sent", {
        where: this.system.base,
        found: failed
          .map(
            (one) =>
              `${first(one, "00081155")} (reason ${Number(value(one, "00081197") ?? 0)
                .toString(16)
                .padStart(4, "0")})`,
          )
          .join(", "),
        hint: "The reason codes are defined in DICOM PS3.18, table 10.5.3; a conflict means that another file has this UID.",
      });
    for (const studyUid of new Set(files.map((file) => file.studyUid))) {
      const there = new Set((await this.instancesOf(studyUid, signal)).map(({ instanceUid }) => instanceUid));
      const missing = files.filter((file) => file.studyUid === studyUid && !there.has(file.instanceUid));
      if (missing.length > 0)
        throw new PolyclinicError("pacs/not-stored", "the PACS accepted the files but does not have them", {
          where: this.system.base,
          found: missing.map(({ instanceUid }) => instanceUid).join(", "),
          hint: "Check the PACS's log; sending is retried.",
        });
    }
  }

  /** The response to a request; its body is to be read by the caller. */
  private call(path: string, init: RemoteInit): Promise<Response> {
    return this.system.request(path, init, (response) => {
      // Failures of individual files are in the body of a 409 or 202.
      if (response.ok || (response.status === 409 && init.method === "POST")) return response;
      throw new PolyclinicError(
        response.status === 404 ? "pacs/not-found" : "pacs/failed",
        "the PACS rejected the request",
        {
          where: this.system.base,
          found: `${response.status} ${response.statusText}`.trim(),
          hint:
            response.status === 401 || response.status === 403
              ? "Provide its credentials with --pacs-authorization or PACS_AUTHORIZATION."
              : response.status === 404
                ? "Check that this is the address of its DICOMweb service (such as http://host:8042/dicom-web) and that the study exists."
                : "Check the PACS's log.",
        },
      );
    });
  }
}

function requireUid(uid: string): void {
  if (uidPattern.test(uid)) return;
  throw new PolyclinicError("pacs/uid", "is not a valid Study Instance UID", {
    where: "study",
    found: uid.slice(0, 80),
    expected: "at most 64 digits and points",
  });
}

const value = (row: JsonDataSet, tag: string): unknown => (row[tag]?.Value as unknown[] | undefined)?.[0];
const first = (row: JsonDataSet, tag: string): string => String(value(row, tag) ?? "");
const items = (row: JsonDataSet, tag: string): JsonDataSet[] => (row[tag]?.Value as JsonDataSet[] | undefined) ?? [];

/** The connected FHIR server, to which signed reports are sent. */
import { type KnownPatient, toTransaction } from "../../export/fhir/transaction.ts";
import type { ReportExports } from "../clinical/report-exports.ts";
import { type Reports, requireSigned } from "../clinical/reports.ts";
import { HttpError } from "../http-error.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Store } from "../store/index.ts";
import { FhirClient, type FhirOptions } from "./fhir-client.ts";

export interface FhirServerOptions {
  readonly store: Store;
  readonly reports: Reports;
  readonly exports: ReportExports;
  readonly outbox: Outbox;
  /** Absent if no FHIR server is configured; a push then fails with an error. */
  readonly remote?: FhirOptions;
}

export class FhirServer {
  constructor(private readonly options: FhirServerOptions) {
    const { remote, reports, exports, outbox } = options;
    if (remote === undefined) return;
    const client = new FhirClient(remote);
    outbox.handle("fhir", async ({ payload }, signal) => {
      const report = await reports.of(payload.report);
      const bundle = await exports.bundleOf(report);
      const patient = await this.patientOf(report.study, remote);
      await client.store(toTransaction(bundle, patient === undefined ? {} : { patient }), signal);
    });
  }

  /**
   * Puts a signed report into the outbox.
   *
   * @param id of the entry; an existing entry is not added again.
   * @throws HttpError 409 without a FHIR server, for an unsigned report, or when the patient cannot be identified to
   * the server.
   */
  async push(reportId: string, id: string): Promise<void> {
    const { store, reports, outbox, remote } = this.options;
    if (remote === undefined)
      throw new HttpError(409, "server/no-fhir", "no FHIR server is configured", {
        where: "--fhir",
        hint: "Start the server with --fhir and the base address of a FHIR R4 server, such as https://fhir.example/r4.",
      });
    const report = await reports.of(reportId);
    requireSigned(report);
    await this.patientOf(report.study, remote);
    await store.database.transaction((sql) =>
      outbox.add(sql, { id, target: remote.url, kind: "fhir", study: report.study, payload: { report: reportId } }),
    );
    outbox.wake();
  }

  /**
   * The patient's identifier on the FHIR server; undefined when no identifier system is configured. An empty Patient ID
   * would match any patient of the system.
   */
  private async patientOf(
    study: string,
    { patientSystem: system, patientIssuer }: FhirOptions,
  ): Promise<KnownPatient | undefined> {
    if (system === undefined) return undefined;
    const { rows } = await this.options.store.database.query<{ identifier: string; issuer: string }>(
      "select identifier, issuer from patient join study on study.patient = patient.id where study.id = $1",
      [study],
    );
    const issuer = rows[0]?.issuer.trim() ?? "";
    // The same number of another hospital is another person's.
    if (issuer !== "" && issuer !== patientIssuer)
      throw new HttpError(409, "server/patient-issuer", "the FHIR server does not know the issuer of this Patient ID", {
        where: `study/${study}: Issuer of Patient ID (0010,0021)`,
        expected: patientIssuer ?? "none, since --fhir-issuer is not given",
        found: issuer,
        hint: "If the FHIR server's identifier system holds the IDs of this issuer, start the server with --fhir-issuer and its name.",
      });
    const value = rows[0]?.identifier.trim() ?? "";
    // `study:...` is this server's placeholder for a patient without an ID.
    if (value !== "" && !value.startsWith("study:")) return { system, value };
    throw new HttpError(409, "server/no-patient-id", "the files of this study have no Patient ID", {
      where: `study/${study}`,
      expected: `an identifier of ${system}`,
      found: "none",
      hint: "The report cannot be assigned to a patient. Send files with a Patient ID (0010,0020), or start the server without --fhir-patients.",
    });
  }
}

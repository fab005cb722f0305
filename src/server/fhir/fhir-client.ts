/**
 * A FHIR R4 client that stores one report as a transaction, checks every entry of the response, and then reads the
 * report back. A server that reports success without storing is detected.
 */
import type { Bundle, DiagnosticReport, OperationOutcome, Resource } from "@medplum/fhirtypes";
import { PolyclinicError } from "../../base/errors.ts";
import { token } from "../../export/fhir/transaction.ts";
import { Refusal } from "../outbox/outbox.ts";
import { type RemoteInit, RemoteSystem, type RemoteSystemOptions } from "../outbox/remote-system.ts";

/** `url`: the base URL, such as `https://fhir.example/r4`. */
export interface FhirOptions extends RemoteSystemOptions {
  /**
   * System of the identifier by which the server knows patients; its value is the Patient ID of the files. Without it
   * the transaction creates a pseudonymous Patient for the report.
   */
  readonly patientSystem?: string;
  /**
   * Issuer of the Patient IDs in that system. A report on files of another issuer, or of any issuer while this is
   * absent, is not filed under a patient of the system.
   */
  readonly patientIssuer?: string;
}

interface Reply {
  readonly status: number;
  readonly resource: Resource | undefined;
}

export class FhirClient {
  private readonly system: RemoteSystem;

  constructor(options: FhirOptions) {
    this.system = new RemoteSystem("fhir", options);
  }

  /**
   * Stores a transaction unless its report already exists on the server.
   *
   * @throws Refusal `fhir/refused` with the server's OperationOutcome; PolyclinicError `fhir/unreachable`,
   * `fhir/failed`, `fhir/not-stored`.
   */
  async store(transaction: Bundle, signal?: AbortSignal): Promise<void> {
    const report = transaction.entry
      ?.map(({ resource }) => resource)
      .find((one): one is DiagnosticReport => one?.resourceType === "DiagnosticReport");
    const [identifier] = report?.identifier ?? [];
    if (identifier === undefined) throw new Error("the transaction contains no report with an identifier");
    // The response to an earlier attempt may have been lost. Transactions are atomic: if the report exists, so does
    // everything else, including resources without an identifier for a conditional create.
    if (await this.has(`DiagnosticReport?identifier=${token(identifier)}`, signal)) return;
    const { status, resource } = await this.call("", {
      method: "POST",
      headers: { "Content-Type": "application/fhir+json" },
      body: JSON.stringify(transaction),
      signal,
    });
    if (status >= 400) throw this.refused(status, resource);
    const replies = resource?.resourceType === "Bundle" ? ((resource as Bundle).entry ?? []) : [];
    const requested = transaction.entry ?? [];
    const missing = requested.flatMap(({ request }, i) => {
      const replyText = replies[i]?.response?.status;
      return /^20[01]\b/.test(replyText ?? "") ? [] : [`${request?.url}: ${replyText ?? "no reply"}`];
    });
    if (missing.length > 0) throw this.notStored(missing.join(", "));
    const at = replies[requested.findIndex((entry) => entry.resource === report)].response?.location;
    const [id] = /DiagnosticReport\/[A-Za-z0-9.-]{1,64}/.exec(at ?? "") ?? [];
    if (id === undefined) throw this.notStored(`no location of the report: ${at ?? "none"}`);
    const read = await this.call(`/${id}`, { signal });
    const { identifier: stored = [] } = (read.resource ?? {}) as DiagnosticReport;
    if (read.status !== 200 || !stored.some(({ value }) => value === identifier.value))
      throw this.notStored(`${id}: ${read.status}`);
  }

  private async has(query: string, signal?: AbortSignal): Promise<boolean> {
    // Some servers cache search results for a minute.
    const { status, resource } = await this.call(`/${query}`, { headers: { "Cache-Control": "no-cache" }, signal });
    if (status >= 400) throw this.refused(status, resource);
    return ((resource as Bundle | undefined)?.entry ?? []).some(
      ({ resource: found }) => found?.resourceType === "DiagnosticReport",
    );
  }

  private notStored(found: string): PolyclinicError {
    return new PolyclinicError("fhir/not-stored", "the FHIR server accepted the report but does not have it", {
      where: this.system.base,
      found,
      hint: "Check the server's log; sending is retried.",
    });
  }

  /** The server's OperationOutcome is stored with the outbox entry. */
  private refused(status: number, resource: Resource | undefined): PolyclinicError {
    const outcome = resource?.resourceType === "OperationOutcome" ? (resource as OperationOutcome) : undefined;
    const replyText = (outcome?.issue ?? [])
      .filter(({ severity }) => severity === "error" || severity === "fatal")
      .map(({ code, diagnostics, details, expression }) =>
        [expression?.join(), code, diagnostics ?? details?.text].filter(Boolean).join(": "),
      );
    return new Refusal(
      "fhir/refused",
      "the FHIR server refused the report",
      {
        where: this.system.base,
        found: [String(status), ...replyText.slice(0, 3)].join(", ").slice(0, 600),
        hint: hints[status] ?? "The complete OperationOutcome is stored in the outbox.",
      },
      // A rejection of the content is final; a failure of the server or of its configuration may be temporary.
      { final: [400, 409, 412, 422].includes(status), reply: outcome ?? null },
    );
  }

  private call(path: string, { headers, ...init }: RemoteInit): Promise<Reply> {
    return this.system.text(
      path,
      { ...init, headers: { Accept: "application/fhir+json", ...(headers as Record<string, string>) } },
      (text, { status }) => ({ status, resource: parsed(text) }),
    );
  }
}

const hints: Readonly<Record<number, string>> = {
  401: "Provide its credentials in FHIR_AUTHORIZATION (the value of the Authorization header).",
  403: "The credentials in FHIR_AUTHORIZATION do not permit creating these resources.",
  404: "Check that --fhir is the base address of a FHIR R4 server that accepts transactions.",
  412: "The server has no patient, or several, with the Patient ID of the files: check --fhir-patients.",
};

function parsed(text: string): Resource | undefined {
  try {
    const value = JSON.parse(text) as Resource | null;
    return typeof value === "object" && value !== null && "resourceType" in value ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Converts a bundle (`bundle.ts`) to a transaction that a FHIR server stores atomically (R4, http.html#transaction).
 * Every resource with an identifier is created conditionally (`ifNoneExist`), so that a transaction sent twice stores
 * one report; references then resolve to the existing resources.
 */
import type { Bundle, BundleEntry, Resource } from "@medplum/fhirtypes";
import { PolyclinicError } from "../../base/errors.ts";

/** A patient as the receiving server knows it. */
export interface KnownPatient {
  /** The identifier's system, such as `urn:oid:1.2.36.146.595.217.0.1`. */
  readonly system: string;
  readonly value: string;
}

/**
 * @param patient replaces the pseudonym: the report belongs to the patient with this identifier, and the server rejects
 * the transaction (412) unless it knows exactly one.
 * @throws PolyclinicError `fhir/no-patient-id` for an empty value, which a server would match with any patient of the
 * system.
 */
export function toTransaction(bundle: Bundle, { patient }: { patient?: KnownPatient } = {}): Bundle {
  if (patient !== undefined && patient.value.trim() === "")
    throw new PolyclinicError("fhir/no-patient-id", "the patient identifier is empty", {
      where: patient.system,
      hint: "State the patient's identifier in this system, or export with the pseudonym.",
    });
  const pseudonym = bundle.entry?.find(({ resource }) => resource?.resourceType === "Patient")?.fullUrl;
  const replaced = patient === undefined ? undefined : pseudonym;
  const entries = (bundle.entry ?? []).filter(({ fullUrl }) => replaced === undefined || fullUrl !== replaced);
  const transaction: Bundle = { ...bundle, type: "transaction", entry: entries.map(asRequest) };
  if (replaced === undefined) return transaction;
  const known = `Patient?identifier=${token(patient!)}`;
  return JSON.parse(JSON.stringify(transaction), (key, value) =>
    key === "reference" && value === replaced ? known : value,
  ) as Bundle;
}

/** A search token, percent-encoded: `system|value`. */
export function token({ system, value }: { readonly system?: string; readonly value?: string }): string {
  return encodeURIComponent(`${escaped(system ?? "")}|${escaped(value ?? "")}`);
}

/** In a search value `,`, `$`, `|` and the backslash have a special meaning (search.html#escaping). */
const escaped = (text: string) => text.replace(/[\\,$|]/g, "\\$&");

function asRequest({ fullUrl, resource }: BundleEntry): BundleEntry {
  const { id: _, ...stored } = resource as Resource & { identifier?: { system?: string; value?: string }[] };
  const [identifier] = Array.isArray(stored.identifier) ? stored.identifier : [];
  return {
    fullUrl,
    // The server assigns identifiers; within the transaction resources are named by `fullUrl`.
    resource: stored as Resource,
    request: {
      method: "POST",
      url: stored.resourceType,
      ...(identifier && { ifNoneExist: `identifier=${token(identifier)}` }),
    },
  };
}

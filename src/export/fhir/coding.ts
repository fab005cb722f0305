/** Coded terms in FHIR's form. */
import type { CodeableConcept, Coding, Quantity } from "@medplum/fhirtypes";
import type { Code } from "../terms.ts";

const systems: Readonly<Record<Code[1], string>> = {
  DCM: "http://dicom.nema.org/resources/ontology/DCM",
  SCT: "http://snomed.info/sct",
  UCUM: "http://unitsofmeasure.org",
  UMLS: "http://terminology.hl7.org/CodeSystem/umls",
  RFC5646: "urn:ietf:bcp:47",
  LN: "http://loinc.org",
};

export function coding([code, scheme, display]: Code): Coding {
  return { system: systems[scheme], code, display };
}

/** @param text the display text; the codes are for programs. */
export function concept(text: string, ...codes: readonly (Code | undefined)[]): CodeableConcept {
  const known = codes.filter((code) => code !== undefined);
  return { ...(known.length > 0 && { coding: known.map(coding) }), text };
}

export function quantity(value: number, [code, , unit]: Code): Quantity {
  return { value, unit, system: systems.UCUM, code };
}

/** Marks machine-generated assertions (HL7 v3 ObservationValue, as in the FHIR AI Transparency guide). */
export const assertedByMachine: Coding = {
  system: "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
  code: "AIAST",
  display: "Artificial Intelligence asserted",
};

/** The role of the software in a Provenance. */
export const author: Coding = {
  system: "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
  code: "author",
  display: "Author",
};

/** Detects resources of other FHIR releases by fields that R4 does not have. */
import { isObject, type Json } from "./json.ts";

const has = (resource: Json, ...names: string[]) => names.find((name) => resource[name] !== undefined);

/** Why a resource is not R4; undefined if there is no indication. */
export function otherRelease(resource: Json): string | undefined {
  const sign = (release: string, field: string | undefined) =>
    field === undefined ? undefined : `written for FHIR ${release}, not R4: it has ${resource.resourceType}.${field}`;
  switch (resource.resourceType) {
    case "MedicationOrder":
    case "DiagnosticOrder":
    case "ProcedureRequest":
    case "ReferralRequest":
      return `a ${resource.resourceType} is of FHIR DSTU2 or STU3, not R4`;
    case "Condition":
      if (typeof resource.clinicalStatus === "string") return sign("STU3 or earlier", "clinicalStatus as a bare code");
      return sign("STU3 or earlier", has(resource, "context", "dateRecorded", "assertedDate"));
    case "AllergyIntolerance":
      if (isObject(resource.type)) return sign("R5", "type as a concept");
      if (typeof resource.clinicalStatus === "string") return sign("STU3", "clinicalStatus as a bare code");
      return sign("DSTU2", has(resource, "substance"));
    case "Observation":
      return (
        sign("R5", has(resource, "triggeredBy", "instantiatesCanonical", "instantiatesReference", "bodyStructure")) ??
        sign("STU3 or earlier", has(resource, "context", "comments", "comment", "related"))
      );
    case "MedicationRequest":
    case "MedicationStatement":
    case "MedicationAdministration":
    case "MedicationDispense":
      if (isObject(resource.medication)) return sign("R5", "medication as a reference to a concept");
      if (resource.resourceType === "MedicationRequest" || resource.resourceType === "MedicationStatement")
        return sign(
          "STU3",
          resource.resourceType === "MedicationRequest"
            ? has(resource, "context", "definition")
            : has(resource, "taken", "wasNotTaken"),
        );
      return undefined;
    case "Encounter":
      if (Array.isArray(resource.class)) return sign("R5", "class as a list");
      if (typeof resource.class === "string") return sign("DSTU2", "class as a bare code");
      return sign("R5", has(resource, "actualPeriod", "plannedStartDate"));
    case "Procedure":
      return (
        sign("R5", has(resource, "occurrenceDateTime", "occurrencePeriod")) ??
        sign("STU3", has(resource, "context", "notDone", "notPerformed"))
      );
    case "Immunization":
      return sign("STU3 or earlier", has(resource, "date", "notGiven", "wasNotGiven", "explanation"));
    case "DiagnosticReport":
      return sign("STU3", has(resource, "context", "codedDiagnosis"));
    default:
      return undefined;
  }
}

/** The OMOP model as far as it is read: which columns of which table say what, and the concepts every database has. */
import type { Fact, FactKind } from "../../fact.ts";

/** Names of vocabularies as FHIR writes them. */
export const systems: Readonly<Record<string, string>> = {
  LOINC: "http://loinc.org",
  SNOMED: "http://snomed.info/sct",
  RxNorm: "http://www.nlm.nih.gov/research/umls/rxnorm",
  CVX: "http://hl7.org/fhir/sid/cvx",
  ICD10CM: "http://hl7.org/fhir/sid/icd-10-cm",
  ICD9CM: "http://hl7.org/fhir/sid/icd-9-cm",
  UCUM: "http://unitsofmeasure.org",
};

export interface Table {
  kind: FactKind;
  id: string;
  concept: string;
  source: string;
  start: string[];
  end?: string[];
}

export const tables: Readonly<Record<string, Table>> = {
  visit_occurrence: {
    kind: "encounter",
    id: "visit_occurrence_id",
    concept: "visit_concept_id",
    source: "visit_source_value",
    start: ["visit_start_datetime", "visit_start_date"],
    end: ["visit_end_datetime", "visit_end_date"],
  },
  condition_occurrence: {
    kind: "condition",
    id: "condition_occurrence_id",
    concept: "condition_concept_id",
    source: "condition_source_value",
    start: ["condition_start_datetime", "condition_start_date"],
    end: ["condition_end_datetime", "condition_end_date"],
  },
  drug_exposure: {
    kind: "medication",
    id: "drug_exposure_id",
    concept: "drug_concept_id",
    source: "drug_source_value",
    start: ["drug_exposure_start_datetime", "drug_exposure_start_date"],
    end: ["drug_exposure_end_datetime", "drug_exposure_end_date"],
  },
  procedure_occurrence: {
    kind: "procedure",
    id: "procedure_occurrence_id",
    concept: "procedure_concept_id",
    source: "procedure_source_value",
    start: ["procedure_datetime", "procedure_date"],
  },
  measurement: {
    kind: "observation",
    id: "measurement_id",
    concept: "measurement_concept_id",
    source: "measurement_source_value",
    start: ["measurement_datetime", "measurement_date"],
  },
  observation: {
    kind: "observation",
    id: "observation_id",
    concept: "observation_concept_id",
    source: "observation_source_value",
    start: ["observation_datetime", "observation_date"],
  },
  device_exposure: {
    kind: "device",
    id: "device_exposure_id",
    concept: "device_concept_id",
    source: "device_source_value",
    start: ["device_exposure_start_datetime", "device_exposure_start_date"],
    end: ["device_exposure_end_date"],
  },
};

/** Standard concepts every table uses, for exports that come without concept.csv. */
export const standard: Readonly<Record<string, string>> = {
  8507: "male",
  8532: "female",
  9201: "Inpatient Visit",
  9202: "Outpatient Visit",
  9203: "Emergency Room Visit",
};
export const operators: Readonly<Record<string, Fact["comparator"]>> = {
  4171756: "<",
  4172704: ">",
  4171754: "<=",
  4171755: ">=",
};

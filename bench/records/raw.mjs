/** Synthea bundles as raw resources, read without Polyclinic: the source of all reference answers. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** @param {string} folder of FHIR bundles */
export function readBundles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => {
      const source = readFileSync(`${folder}/${name}`, "utf8");
      return { name, source, raw: raw(JSON.parse(source)) };
    });
}

const day = (date) => date?.slice(0, 10);
const display = (concept) => concept?.text ?? concept?.coding?.[0]?.display;
const codeOf = (concept) => concept?.coding?.[0]?.code;

function raw(bundle) {
  const resources = bundle.entry.map(({ resource }) => resource);
  const byUrl = new Map(bundle.entry.map(({ fullUrl, resource }) => [fullUrl, resource]));
  const of = (type) => resources.filter(({ resourceType }) => resourceType === type);
  const patient = of("Patient")[0];
  const results = of("Observation").flatMap((each) => [
    ...(each.valueQuantity || each.valueCodeableConcept ? [result(each, each, `Observation/${each.id}`)] : []),
    ...(each.component ?? []).map((part, index) => result(each, part, `Observation/${each.id}#component[${index}]`)),
  ]);
  const name = (reference) => {
    const named = byUrl.get(reference)?.name?.[0];
    return named && [...(named.prefix ?? []), ...(named.given ?? []), named.family].join(" ");
  };
  return {
    birthDate: patient.birthDate,
    results,
    conditions: of("Condition").map((each) => ({
      id: `Condition/${each.id}`,
      code: codeOf(each.code),
      name: display(each.code),
      start: each.onsetDateTime,
      end: each.abatementDateTime,
      active: each.clinicalStatus.coding[0].code === "active",
    })),
    medications: of("MedicationRequest").map((each) => ({
      id: `MedicationRequest/${each.id}`,
      code: codeOf(each.medicationCodeableConcept),
      name: display(each.medicationCodeableConcept),
      start: each.authoredOn,
      active: each.status === "active",
      by: name(each.requester?.reference),
      reasons: (each.reasonReference ?? []).map(({ reference }) => display(byUrl.get(reference)?.code)),
    })),
    immunizations: of("Immunization").map((each) => ({
      id: `Immunization/${each.id}`,
      code: codeOf(each.vaccineCode),
      name: display(each.vaccineCode),
      start: each.occurrenceDateTime,
    })),
    procedures: of("Procedure").map((each) => ({
      id: `Procedure/${each.id}`,
      code: codeOf(each.code),
      name: display(each.code),
      start: each.performedPeriod?.start,
    })),
    encounters: of("Encounter").map((each) => ({
      id: `Encounter/${each.id}`,
      code: codeOf(each.type[0]),
      name: display(each.type[0]),
      start: each.period.start,
    })),
    allergies: of("AllergyIntolerance").map((each) => ({
      id: `AllergyIntolerance/${each.id}`,
      name: display(each.code),
    })),
  };
}

function result(observation, part, id) {
  return {
    id,
    code: codeOf(part.code),
    name: display(part.code),
    start: observation.effectiveDateTime,
    value: part.valueQuantity?.value ?? display(part.valueCodeableConcept),
    unit: part.valueQuantity?.unit,
  };
}

export const byTime = (list) => [...list].sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
export { day };

/**
 * Writes samples/chart.json: a fictional patient's record as a FHIR R4 bundle, in which haemoglobin falls over two
 * years.
 *
 * node tools/make-chart.mjs
 */
import { writeFileSync } from "node:fs";

const entry = [];
const add = (resourceType, id, fields) =>
  entry.push({ fullUrl: `urn:uuid:${id}`, resource: { resourceType, id, ...fields } });
const coded = (system, code, display) => ({ coding: [{ system, code, display }], text: display });
const loinc = (code, display) => coded("http://loinc.org", code, display);
const snomed = (code, display) => coded("http://snomed.info/sct", code, display);
const rxnorm = (code, display) => coded("http://www.nlm.nih.gov/research/umls/rxnorm", code, display);
const subject = { reference: "urn:uuid:patient-1" };
const status = (system, code) => ({ coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }] });

add("Patient", "patient-1", {
  name: [{ use: "official", given: ["Mary"], family: "Sample", prefix: ["Ms."] }],
  gender: "female",
  birthDate: "1958-04-12",
});
add("Practitioner", "practitioner-1", { name: [{ given: ["Ada"], family: "Okafor", prefix: ["Dr."] }] });
const requester = { reference: "urn:uuid:practitioner-1" };

const visits = ["2024-02-06", "2024-08-20", "2025-02-11", "2025-08-19", "2026-02-03"];
for (const [index, date] of visits.entries())
  add("Encounter", `visit-${index + 1}`, {
    status: "finished",
    class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "AMB" },
    type: [snomed("185349003", "Encounter for check up (procedure)")],
    subject,
    participant: [{ individual: requester }],
    period: { start: `${date}T09:00:00+01:00`, end: `${date}T09:30:00+01:00` },
  });

/** @type {[code: string, display: string, unit: string, low: number, high: number, values: number[]][]} */
const tests = [
  ["718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 12, 15.5, [13.4, 13.1, 12.2, 11.3, 10.4]],
  ["787-2", "MCV [Entitic volume] by Automated count", "fL", 80, 100, [88, 87, 84, 80, 76]],
  ["2276-4", "Ferritin [Mass/volume] in Serum or Plasma", "ng/mL", 15, 150, [62, undefined, 28, undefined, 8]],
  ["2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 0.5, 1.1, [0.9, 0.9, 1.0, 0.9, 1.0]],
  ["4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 4, 5.6, [6.1, 6.3, 6.4, 6.6, 6.5]],
  ["2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "mg/dL", undefined, 200, [231, 198, 186, 182, 179]],
  ["29463-7", "Body weight", "kg", undefined, undefined, [71.2, 70.8, 70.1, 68.9, 67.5]],
];
for (const [code, display, unit, low, high, values] of tests)
  for (const [index, value] of values.entries()) {
    if (value === undefined) continue;
    const flag = value < (low ?? -Infinity) ? "L" : value > (high ?? Infinity) ? "H" : undefined;
    const bound = (number) =>
      number === undefined ? undefined : { value: number, unit, system: "http://unitsofmeasure.org", code: unit };
    add("Observation", `${code}-${index + 1}`, {
      status: "final",
      category: [status("observation-category", code === "29463-7" ? "vital-signs" : "laboratory")],
      code: loinc(code, display),
      subject,
      encounter: { reference: `urn:uuid:visit-${index + 1}` },
      effectiveDateTime: `${visits[index]}T09:10:00+01:00`,
      valueQuantity: { value, unit, system: "http://unitsofmeasure.org", code: unit },
      ...(low === undefined && high === undefined ? {} : { referenceRange: [{ low: bound(low), high: bound(high) }] }),
      ...(flag === undefined ? {} : { interpretation: [status("v3-ObservationInterpretation", flag)] }),
    });
  }
for (const [index, [systolic, diastolic]] of [
  [148, 92],
  [138, 86],
  [134, 84],
  [132, 82],
  [128, 80],
].entries()) {
  const part = (code, display, value) => ({
    code: loinc(code, display),
    valueQuantity: { value, unit: "mmHg", system: "http://unitsofmeasure.org", code: "mm[Hg]" },
  });
  add("Observation", `bp-${index + 1}`, {
    status: "final",
    category: [status("observation-category", "vital-signs")],
    code: loinc("85354-9", "Blood pressure panel"),
    subject,
    encounter: { reference: `urn:uuid:visit-${index + 1}` },
    effectiveDateTime: `${visits[index]}T09:05:00+01:00`,
    component: [
      part("8480-6", "Systolic blood pressure", systolic),
      part("8462-4", "Diastolic blood pressure", diastolic),
    ],
  });
}
const conditions = [
  ["hypertension", "38341003", "Hypertension", "2019-05", undefined, "active", "confirmed"],
  ["prediabetes", "714628002", "Prediabetes", "2024-02-06", undefined, "active", "confirmed"],
  ["bronchitis", "10509002", "Acute bronchitis (disorder)", "2025-01-14", "2025-01-29", "resolved", "confirmed"],
  ["anaemia", "87522002", "Iron deficiency anemia (disorder)", "2025-08-19", undefined, "active", "provisional"],
];
for (const [id, code, display, onset, end, clinical, verification] of conditions)
  add("Condition", id, {
    clinicalStatus: status("condition-clinical", clinical),
    verificationStatus: status("condition-ver-status", verification),
    code: snomed(code, display),
    subject,
    onsetDateTime: onset,
    ...(end === undefined ? {} : { abatementDateTime: end }),
  });
const drugs = [
  [
    "lisinopril",
    "314076",
    "Lisinopril 10 MG Oral Tablet",
    "2019-05-20",
    "active",
    "hypertension",
    "1 tablet every morning",
  ],
  ["atorvastatin", "617310", "Atorvastatin 20 MG Oral Tablet", "2024-02-06", "active", undefined, "1 tablet at night"],
  [
    "naproxen",
    "849574",
    "Naproxen sodium 220 MG Oral Tablet",
    "2024-08-20",
    "stopped",
    undefined,
    "1 tablet twice a day as needed",
  ],
  [
    "iron",
    "310325",
    "Ferrous sulfate 325 MG Oral Tablet",
    "2025-08-19",
    "active",
    "anaemia",
    "1 tablet every other day",
  ],
];
for (const [id, code, display, date, state, reason, text] of drugs)
  add("MedicationRequest", id, {
    status: state,
    intent: "order",
    medicationCodeableConcept: rxnorm(code, display),
    subject,
    authoredOn: date,
    requester,
    ...(reason === undefined ? {} : { reasonReference: [{ reference: `urn:uuid:${reason}` }] }),
    dosageInstruction: [{ text }],
  });
add("AllergyIntolerance", "penicillin", {
  clinicalStatus: status("allergyintolerance-clinical", "active"),
  verificationStatus: status("allergyintolerance-verification", "confirmed"),
  code: snomed("764146007", "Penicillin"),
  patient: subject,
  recordedDate: "2019-05-20",
  reaction: [{ manifestation: [snomed("247472004", "Hives")], severity: "moderate" }],
});
add("Procedure", "colonoscopy", {
  status: "completed",
  code: snomed("73761001", "Colonoscopy"),
  subject,
  performedDateTime: "2016-10-04",
});
add("ServiceRequest", "colonoscopy-planned", {
  status: "active",
  intent: "order",
  code: snomed("73761001", "Colonoscopy"),
  subject,
  authoredOn: "2026-02-03",
  requester,
});
add("Immunization", "influenza", {
  status: "completed",
  vaccineCode: coded("http://hl7.org/fhir/sid/cvx", "140", "Influenza, seasonal, injectable, preservative free"),
  patient: subject,
  occurrenceDateTime: "2025-10-07",
});
add("FamilyMemberHistory", "family-1", {
  status: "completed",
  patient: subject,
  relationship: { text: "father" },
  condition: [{ code: snomed("363406005", "Colon cancer") }],
});
const note = `VISIT NOTE 2026-02-03

Subjective: Tired for three months. Denies chest pain, melena or weight loss on purpose. Takes naproxen that she buys herself again since autumn.

Assessment: Haemoglobin has fallen from 13.4 to 10.4 g/dL over two years with a low ferritin. Occult gastrointestinal bleeding is possible; father had colon cancer at 61.

Plan: Stop naproxen. Continue iron. Colonoscopy to be scheduled within two weeks. Repeat blood count in four weeks.`;
add("DocumentReference", "note-1", {
  status: "current",
  type: loinc("11506-3", "Progress note"),
  subject,
  date: "2026-02-03T09:40:00+01:00",
  author: [requester],
  content: [{ attachment: { contentType: "text/plain", data: Buffer.from(note).toString("base64") } }],
});

writeFileSync(
  new URL("../samples/chart.json", import.meta.url),
  `${JSON.stringify({ resourceType: "Bundle", type: "collection", entry }, undefined, 1)}\n`,
);
console.log(`samples/chart.json: ${entry.length} resources`);

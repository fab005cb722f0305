/** Health records, laboratory text and transcripts. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  afterVisitSummary,
  checkAnswer,
  type HealthRecord,
  openRecords,
  readLabDocument,
  readNdjson,
  readNotes,
  readOmop,
  summariseDialogue,
  timelineSvg,
  viewRecord,
} from "../../../src/records/index.ts";
import { openStudy } from "../../../src/study/index.ts";
import { root, type Seed, textBytes } from "../seed.ts";

const today = "2026-03-01";

const hl7 = [
  "MSH|^~\\&|LAB|X|Y|Z|20240101||ORU^R01|1|P|2.5.1",
  "PID|1||77^^^H^MR||Doe^Eve^M||19620218|F",
  "OBR|1||F1|58410-2^CBC^LN|||202401020830",
  "OBX|1|NM|718-7^Hemoglobin^LN||10.20|g/dl|12.0-16.0|L|||F|||20240102",
  "NTE|1||repeat\\.br\\soon",
  "OBX|2|SN|2345-7^Glucose^LN||<^5|mg/dL|70-99||||F",
  "AL1|1|DA|7980^Penicillin^RXN|SV|rash",
  "RXE|1|617314^Atorvastatin^RXN|20|mg",
  "",
].join("\r");

const cda = `<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<effectiveTime value="20240301"/>
<recordTarget><patientRole><id extension="77"/><patient><name><given>Eve</given><family>Doe</family></name><administrativeGenderCode code="F"/><birthTime value="19620218"/></patient></patientRole></recordTarget>
<component><structuredBody><component><section><code code="30954-2" codeSystem="2.16.840.1.113883.6.1"/><title>Results</title>
<text><table><tbody><tr ID="r1"><td>Hemoglobin</td><td>10.20 g/dl</td></tr></tbody></table></text>
<entry><organizer classCode="BATTERY"><code code="58410-2" displayName="CBC" codeSystem="2.16.840.1.113883.6.1"/><component>
<observation><templateId root="2.16.840.1.113883.10.20.22.4.2"/><code code="718-7" displayName="Hemoglobin" codeSystem="2.16.840.1.113883.6.1"/><text><reference value="#r1"/></text><statusCode code="completed"/><effectiveTime value="201403020908-0500"/><value xsi:type="PQ" value="10.20" unit="g/dl"/><referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="12" unit="g/dl"/><high value="16" unit="g/dl"/></value></observationRange></referenceRange></observation>
</component></organizer></entry></section></component>
<component><section><code code="48765-2" codeSystem="2.16.840.1.113883.6.1"/><title>Allergies &amp; reactions</title><text><list><item>Penicillin <![CDATA[(rash)]]></item></list></text></section></component>
</structuredBody></component></ClinicalDocument>`;

const bundle = JSON.stringify({
  resourceType: "Bundle",
  type: "collection",
  entry: [
    {
      resource: {
        resourceType: "Patient",
        id: "p",
        birthDate: "1962-02-18",
        gender: "female",
        name: [{ text: "Eve" }],
      },
    },
    {
      fullUrl: "urn:uuid:1",
      resource: {
        resourceType: "Observation",
        id: "o",
        status: "final",
        code: { coding: [{ system: "http://loinc.org", code: "718-7", display: "Hemoglobin" }] },
        subject: { reference: "Patient/p" },
        effectiveDateTime: "2024-01-02",
        valueQuantity: { value: 10.2, unit: "g/dL", system: "http://unitsofmeasure.org", code: "g/dL" },
        referenceRange: [{ low: { value: 12 }, high: { value: 16 } }],
        component: [{ code: { text: "part" }, valueString: "x" }],
      },
    },
    {
      resource: {
        resourceType: "MedicationRequest",
        id: "m",
        status: "active",
        medicationCodeableConcept: { text: "Atorvastatin 20 mg" },
        subject: { reference: "Patient/p" },
        authoredOn: "2023-05",
        dosageInstruction: [{ text: "once daily", timing: { repeat: { frequency: 1, period: 1, periodUnit: "d" } } }],
      },
    },
    {
      resource: {
        resourceType: "Encounter",
        id: "e",
        status: "finished",
        class: { code: "AMB" },
        subject: { reference: "Patient/p" },
        period: { start: "2024-01-02T08:00:00Z", end: "2024-01-02T09:00:00Z" },
        reasonCode: [{ text: "cough" }],
      },
    },
    {
      resource: {
        resourceType: "DocumentReference",
        id: "d",
        content: [{ attachment: { contentType: "text/plain", data: "Tm8gcG5ldW1vbmlhLg==" } }],
        subject: { reference: "Patient/p" },
      },
    },
  ],
});

const omop: Readonly<Record<string, string>> = {
  "person.csv": "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth\n1,8532,1962,2,18\n",
  "concept.csv":
    "concept_id,concept_name,vocabulary_id,concept_code\n3000963,Hemoglobin,LOINC,718-7\n8713,gram per deciliter,UCUM,g/dL\n",
  "measurement.csv":
    "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id,range_low,range_high\n1,1,3000963,2024-01-02,10.2,8713,12,16\n2,1,3000963,2024-02-02,,8713,12,16\n",
  "condition_occurrence.csv":
    "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_source_value\n1,1,0,2023-01-01,I10\n",
  "note.csv": 'note_id,person_id,note_date,note_title,note_text\n1,1,2024-01-02,Visit,"No fever, ""well"".\nCough."\n',
};

const labText = `CITY HOSPITAL LABORATORY
Patient: Doe, Eve   Collected: 02/01/2024 08:30   Specimen: Serum
Test            Result   Flag  Units      Reference range
Haemoglobin     10.2     L     g/dL       12.0 - 16.0
Glucose         5,4            mmol/L     3.9 - 5.6
CRP             <0.5           mg/L       0 - 5
Sodium          1.234,5        mmol/L     136-145
Urine ketones   negative                  negative
`;

/** A text as the layer of a page: every stretch between two blanks at its place. */
function labsOf(text: string) {
  const runs = text.split("\n").flatMap((line, row) =>
    [...line.matchAll(/\S+(?: \S+)*/g)].map(({ 0: run, index }) => ({
      text: run,
      x: 20 + 7 * index,
      y: 20 + 16 * row,
      width: 7 * run.length,
      height: 12,
    })),
  );
  return readLabDocument([{ width: 1000, height: 1400, text: runs, document: "report" }]);
}

/** What every reader's user does next. */
function used(record: HealthRecord): void {
  viewRecord(record, { budget: 2000, count: (text) => Math.ceil(text.length / 4), today });
  timelineSvg(record);
  checkAnswer(record, "Hemoglobin was 10.2 g/dL on 2024-01-02 and the patient takes atorvastatin.");
}
const recordFrom = async (text: string, name: string) => {
  const { records } = await openRecords(textBytes(text), { today, name });
  for (const record of records.slice(0, 3)) used(record);
};

const visit = readFileSync(join(root, "samples/visit.txt"), "utf8");
const cues =
  "WEBVTT\n\n00:00.000 --> 00:02.500\nDoctor: Any chest pain?\n\n00:02.500 --> 00:04.000\nPatient: No, none.\n";

export function recordSeeds(): Seed[] {
  const text = (name: string, content: string, more: Partial<Seed>): Seed => ({
    name,
    bytes: textBytes(content),
    ...more,
  });
  const tables = Object.fromEntries(Object.entries(omop).map(([name, table]) => [name, textBytes(table)]));
  return [
    text("bundle.json", bundle, { parse: (broken) => recordFrom(broken, "bundle.json") }),
    text("bundle.json as a study", bundle, { file: "bundle.json" }),
    text("chart.json", readFileSync(join(root, "samples/chart.json"), "utf8"), {
      parse: (broken) => recordFrom(broken, "chart.json"),
    }),
    text(
      "export.ndjson",
      (JSON.parse(bundle).entry as { resource: unknown }[]).map(({ resource }) => JSON.stringify(resource)).join("\n"),
      {
        parse: (broken) => readNdjson([textBytes(broken)], { today }),
      },
    ),
    text("message.hl7", hl7, { parse: (broken) => recordFrom(broken, "message.hl7") }),
    text("message.hl7 as a study", hl7, { file: "message.hl7" }),
    text("document.xml", cda, { parse: (broken) => recordFrom(broken, "document.xml") }),
    text("document.xml as a study", cda, { file: "document.xml" }),
    ...Object.entries(omop).map(([file, table]) =>
      text(`omop/${file}`, table, { parse: (broken) => readOmop({ ...omop, [file]: broken }, { today }) }),
    ),
    text("omop folder", omop["measurement.csv"], {
      file: "measurement.csv",
      beside: tables,
      open: async (path) => (await openStudy(dirname(path))).close(),
    }),
    text("2024-01-02 note.txt", visit, {
      parse: (broken) => readNotes([{ name: "2024-01-02 note.txt", text: broken }], { today }).records.forEach(used),
    }),
    text("visit.txt", visit, { file: "visit.txt" }),
    text("a transcript", visit, {
      parse: (broken) => summariseDialogue(broken),
    }),
    text("a visit in a bundle", bundle, {
      parse: async (broken) => {
        for (const record of (await openRecords(broken, { today })).records.slice(0, 1))
          afterVisitSummary(record, { today });
      },
    }),
    text("cues.vtt", cues, { file: "cues.vtt" }),
    text("laboratory text", labText, { parse: labsOf }),
  ];
}

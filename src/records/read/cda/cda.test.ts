import { expect, test } from "vitest";
import { elements, parseXml, textOf } from "../../../bytes/xml.ts";
import { readCda } from "./index.ts";

const today = "2026-03-01";
const loinc = 'codeSystem="2.16.840.1.113883.6.1"';
const template = (number: number) => `<templateId root="2.16.840.1.113883.10.20.22.4.${number}"/>`;
const results = (
  observation: string,
  text = "",
) => `<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <effectiveTime value="20240301"/>
  <recordTarget><patientRole><id extension="77"/><patient><name><given>Eve</given><family>Doe</family></name><administrativeGenderCode code="F"/><birthTime value="19620218"/></patient></patientRole></recordTarget>
  <component><structuredBody><component><section><code code="30954-2" ${loinc}/><title>Results</title><text>${text}</text>
  <entry><organizer classCode="BATTERY"><code code="58410-2" displayName="CBC" ${loinc}/><component>${observation}</component></organizer></entry></section></component></structuredBody></component></ClinicalDocument>`;
const observation = (value: string, extra = "") =>
  `<observation>${template(2)}<code code="718-7" displayName="Hemoglobin" ${loinc}/><text><reference value="#r1"/></text><statusCode code="completed"/><effectiveTime value="201403020908-0500"/>${value}${extra}</observation>`;
const first = (source: string) => readCda(source, { today }).records[0].facts[0];

test("a coded result has its value, unit, range, panel and the words of the narrative", () => {
  const text = '<table><tbody><tr ID="r1"><td>Hemoglobin</td><td>10.20 g/dl</td></tr></tbody></table>';
  const range =
    '<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="12" unit="g/dl"/><high value="16" unit="g/dl"/></value></observationRange></referenceRange>';
  const { facts, texts, patient } = readCda(
    results(observation('<value xsi:type="PQ" value="10.20" unit="g/dl"/>', range), text),
    { today },
  ).records[0];
  expect(patient).toEqual({ id: "77", name: "Eve Doe", birthDate: "1962-02-18", sex: "female" });
  expect(facts[0]).toMatchObject({
    value: 10.2,
    printedValue: "10.20",
    unit: "g/dL",
    printedUnit: "g/dl",
    low: 12,
    high: 16,
    start: "2014-03-02T09:08-05:00",
    code: { system: "http://loinc.org", code: "718-7" },
    partOf: { display: "CBC" },
  });
  const { from, to } = facts[0].source as { from: number; to: number };
  expect(texts[0].text.slice(from, to)).toBe("Hemoglobin | 10.20 g/dl");
});

test.each([
  [
    '<value xsi:type="IVL_PQ"><low value="500" unit="mg/dL" inclusive="false"/></value>',
    { value: 500, comparator: ">" },
  ],
  [
    '<value xsi:type="IVL_PQ"><low value="0" unit="mg/dL"/><high value="5" unit="mg/dL" inclusive="true"/></value>',
    { value: 5, comparator: "<=" },
  ],
  ['<value xsi:type="ST">Unable to calculate</value>', { value: "Unable to calculate" }],
  ['<value xsi:type="ST">&lt;0.1</value>', { value: 0.1, comparator: "<" }],
  [
    '<value xsi:type="PQ" nullFlavor="OTH"><translation value="152"><originalText>THOUS/MCL</originalText></translation></value>',
    { value: 152, printedUnit: "THOUS/MCL", unit: "10*3/uL" },
  ],
  [
    '<value xsi:type="CD" code="260385009" displayName="Negative" codeSystem="2.16.840.1.113883.6.96"/>',
    { value: "Negative", valueCode: { system: "http://snomed.info/sct", code: "260385009" } },
  ],
  ['<value xsi:type="PQ" nullFlavor="UNK"/>', { absent: "unknown" }],
])("values of every type: %s", (value, expected) => {
  expect(first(results(observation(value)))).toMatchObject(expected);
});

test("a negated allergy is denied, a negated act is not lost", () => {
  const section = `<section><code code="48765-2" ${loinc}/><title>Allergies</title><entry><act>${template(30)}<entryRelationship><observation negationInd="true">${template(7)}<value code="414285001" displayName="Allergy to food"/><participant><participantRole><playingEntity><code code="1" displayName="Peanut"/></playingEntity></participantRole></participant></observation></entryRelationship></act></entry></section>`;
  expect(first(section)).toMatchObject({ kind: "allergy", assertion: "denied", code: { display: "Peanut" } });
});

test("XML that is not well formed is read as far as it makes sense", () => {
  const root = parseXml("<a x=1><b>R & D &amp; &#65;</c></b><d/></a><e>second root</e>");
  expect(elements(root).map(({ name }) => name)).toEqual(["a", "e"]);
  expect(textOf(elements(elements(root)[0], "b")[0])).toBe("R & D & A");
  expect(elements(elements(root)[0]).map(({ name }) => name)).toEqual(["b", "d"]);
});

test("a document type declares nothing: entities stay as written", () => {
  const root = parseXml('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>');
  expect(textOf(root)).toBe("&x;");
});

test("other files give a clear error", () => {
  expect(() => readCda("just words", { name: "LICENSE" })).toThrow(/LICENSE: the file is not XML/);
  expect(() => readCda("<svg></svg>")).toThrow(/the XML is not a clinical document .*found <svg>/);
  expect(() => parseXml("<a>".repeat(600))).toThrow(/nested deeper than 500/);
});

test("a document about two patients is refused with their names", () => {
  const target = (id: string) => `<recordTarget><patientRole><id extension="${id}"/></patientRole></recordTarget>`;
  expect(() => readCda(`<ClinicalDocument>${target("1")}${target("2")}</ClinicalDocument>`)).toThrow(
    /more than one patient .*found 1; 2/,
  );
});

test("a time that is none, and a number that is none, are said", () => {
  const wrong = observation('<value xsi:type="PQ" value="10,2" unit="g/dL"/>').replace("201403020908-0500", "20141345");
  expect(first(results(wrong))).toMatchObject({
    absent: "its value is not a number: 10,2",
    cautions: ["its time is not a date: 20141345"],
  });
  expect(first(results(wrong)).start).toBeUndefined();
});

test("what was entered in error is left out with all it holds, and unfinished results with their reason", () => {
  const value = '<value xsi:type="PQ" value="10.2" unit="g/dL"/>';
  const read = (status: string, source = results(observation(value))) =>
    readCda(source.replace('statusCode code="completed"', `statusCode code="${status}"`), { today }).records[0];
  for (const status of ["nullified", "aborted", "cancelled"]) {
    expect(read(status).facts).toEqual([]);
    expect(read(status).cautions.join()).toContain(status);
  }
  const within = results(observation(value)).replace(
    "<component><observation>",
    '<statusCode code="nullified"/><component><observation>',
  );
  expect(readCda(within, { today }).records[0].facts).toEqual([]);
});

test("a document that is cut off says so, and one that names no patient", () => {
  const whole = results(observation('<value xsi:type="PQ" value="10.2" unit="g/dL"/>'));
  const cautions = (source: string) => readCda(source, { today }).records[0].cautions;
  expect(cautions(whole)).toEqual([]);
  expect(cautions(whole.slice(0, whole.indexOf("</observation>"))).join()).toMatch(/ends inside <observation>/);
  expect(cautions(whole.replace(/<recordTarget>.*<\/recordTarget>/, ""))).toEqual([
    "the document does not state its patient",
  ]);
});

test("a unit that measures something else than the coded test is said", () => {
  const cautions = first(results(observation('<value xsi:type="PQ" value="10.2" unit="mm[Hg]"/>'))).cautions;
  expect(cautions).toEqual(["the unit mm[Hg] is none of Hemoglobin [Mass/volume] in Blood"]);
});

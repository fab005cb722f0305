/** Health records as parts of a study: by content, one patient each. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { memorySource } from "../../bytes/index.ts";
import { defaultLimits } from "../../imaging/types.ts";
import { openStudy } from "../index.ts";
import { readOmopPart } from "./read-record.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-record-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const chart = new URL("../../../samples/chart.json", import.meta.url).pathname;
const encode = (text: string) => new TextEncoder().encode(text);
const patient = (id: string, family: string) => ({ resourceType: "Patient", id, name: [{ given: ["Ann"], family }] });
const glucose = (id: string) => ({
  resourceType: "Observation",
  id: `glucose-${id}`,
  status: "final",
  subject: { reference: `Patient/${id}` },
  code: { text: "Glucose" },
  effectiveDateTime: "2024-01-02",
  valueQuantity: { value: 5.1, unit: "mmol/L" },
});
const bundle = (...ids: string[]) =>
  JSON.stringify({
    resourceType: "Bundle",
    type: "collection",
    entry: ids.flatMap((id) => [patient(id, `Name${id}`), glucose(id)]).map((resource) => ({ resource })),
  });
const hl7 = [
  "MSH|^~\\&|LAB|X|||20240102||ORU^R01|1|P|2.5",
  "PID|1||77||Doe^Jane||19700101|F",
  "OBR|1|||CBC|||20240102",
  "OBX|1|NM|718-7^Hemoglobin^LN||13.1|g/dL|12-16||||F",
].join("\r");

test("FHIR, NDJSON and HL7 v2 are recognised by content, whatever they are called", async () => {
  for (const [name, text] of [
    ["a.bin", bundle("1")],
    ["a.ndjson", [patient("1", "One"), glucose("1")].map((one) => JSON.stringify(one)).join("\n")],
    ["message.txt", hl7],
  ]) {
    const { parts } = await openStudy({ name, data: encode(text) });
    expect(parts.map(({ kind }) => kind)).toEqual(["record"]);
    const values = parts[0].kind === "record" ? parts[0].record.facts.map(({ value }) => value) : [];
    expect(values).toContain(name === "message.txt" ? 13.1 : 5.1);
  }
});

test("several patients are listed, and one is chosen by id or name", async () => {
  const source = { name: "two.json", data: encode(bundle("1", "2")) };
  await expect(openStudy(source)).rejects.toMatchObject({ code: "records/several-patients" });
  await expect(openStudy(source)).rejects.toThrow(/Name1.*Name2.*--patient/s);
  for (const chosen of ["2", "Ann Name2"]) {
    const { parts } = await openStudy(source, { patient: chosen });
    expect(parts[0].kind === "record" && parts[0].record.patient.id).toBe("2");
  }
});

test("records of two patients are no study", async () => {
  const files = ["1", "2"].map((id) => ({ name: `${id}.json`, data: encode(bundle(id)) }));
  await expect(openStudy(files)).rejects.toMatchObject({ code: "study/mixed-patients" });
  expect((await openStudy(files, { mixedPatients: true })).parts).toHaveLength(2);
});

test("beside images a record is read only when it is named", async () => {
  await writeFile(join(folder, "chart.json"), await readFile(chart));
  const image = new URL("../../../samples/chest-xray.jpg", import.meta.url).pathname;
  await writeFile(join(folder, "film.jpg"), await readFile(image));
  const { parts, leftOut } = await openStudy(folder);
  expect(parts.map(({ kind }) => kind)).toEqual(["image"]);
  expect(leftOut[0].reason).toMatch(/name the file itself/);
});

test("a folder with person.csv is an OMOP record", async () => {
  const tables = join(folder, "omop");
  await mkdir(tables);
  await writeFile(join(tables, "person.csv"), "person_id,gender_source_value,year_of_birth\n7,F,1950\n");
  await writeFile(
    join(tables, "measurement.csv"),
    "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,unit_source_value,measurement_source_value\n1,7,0,2020-02-03,4.5,mmol/L,Potassium\n",
  );
  const { parts } = await openStudy(tables);
  expect(parts).toHaveLength(1);
  expect(parts[0].kind === "record" && parts[0].record.facts.map(({ value }) => value)).toEqual([4.5]);
});

test("a patient on a FHIR server is named by URL; the token goes with the request and stands nowhere else", async () => {
  const asked: { url?: string | undefined; authorization?: string | undefined }[] = [];
  const server = createServer(({ url, headers: { authorization } }, response) => {
    asked.push({ url, authorization });
    response.writeHead(url?.includes("/1/") ? 200 : 404, { "content-type": "application/fhir+json" });
    response.end(url?.includes("/1/") ? bundle("1") : "{}");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
  try {
    const study = await openStudy(`${base}/Patient/1`, { fhirToken: "secret" });
    const origin = { files: [`${base}/Patient/1`], sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
    expect(study.parts).toMatchObject([{ kind: "record", label: "Patient/1", origin }]);
    expect(asked).toEqual([{ url: "/fhir/Patient/1/$everything", authorization: "Bearer secret" }]);
    expect(JSON.stringify(study.parts)).not.toContain("secret");
    await expect(openStudy(`${base}/Patient/2/$everything`)).rejects.toMatchObject({
      code: "records/server-not-found",
    });
    for (const url of ["https://ward.example/fhir/Patient?_id=1", "https://ward.example/scan.dcm"])
      await expect(openStudy(url)).rejects.toMatchObject({ code: "study/paths", where: url });
    await expect(openStudy("http://ward.example/fhir/Patient/1", { fhirToken: "secret" })).rejects.toMatchObject({
      code: "records/server-url",
    });
  } finally {
    server.close();
  }
});

test("of OMOP tables that are too large to be read at once, the chosen patient's rows are read", async () => {
  const source = (name: string, text: string) => memorySource(name, new TextEncoder().encode(text));
  const tables = [
    source("person.csv", "person_id,year_of_birth\n7,1950\n8,1960\n"),
    source(
      "measurement.csv",
      "measurement_id,person_id,measurement_date,value_as_number,measurement_source_value\n1,7,2020-02-03,4.5,Potassium\n2,8,2020-02-03,5,Potassium\n",
    ),
  ];
  const read = (patient?: string) =>
    readOmopPart(tables, patient === undefined ? {} : { patient }, defaultLimits as never, 100);
  await expect(read()).rejects.toMatchObject({ code: "records/several-patients", found: "2 patients: 7, 8" });
  await expect(read("9")).rejects.toMatchObject({ code: "records/no-patient", found: "2 patients: 7, 8" });
  const { parts } = await read("8");
  expect(parts).toMatchObject([{ record: { patient: { id: "8", birthDate: "1960" }, facts: [{ value: 5 }] } }]);
});

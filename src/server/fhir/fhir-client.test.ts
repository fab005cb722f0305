/** A report's transaction at a FHIR server: stored once, whole, for the right patient; refusals and lies are told apart. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { answers, at, radiograph, result, study } from "../../../test/export-fixtures.ts";
import { type FhirServerStub, fhirServer } from "../../../test/support/fhir-server.ts";
import { toFhir } from "../../export/fhir/bundle.ts";
import { toTransaction } from "../../export/fhir/transaction.ts";
import { FhirClient } from "./fhir-client.ts";

let server: FhirServerStub;
beforeAll(async () => {
  server = await fhirServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.fault = undefined;
  server.authorization = undefined;
});

const of = study(radiograph());
const bundle = (issued: Date) => toFhir(result("locate", answers.locate, of), of, { at: issued });
const client = (authorization?: string) =>
  new FhirClient({ url: `${server.url}/`, ...(authorization && { authorization }) });
const counts = () =>
  Object.fromEntries(
    ["DiagnosticReport", "Observation", "ImagingStudy", "Device", "Patient", "Provenance"].map((type) => [
      type,
      server.all(type).length,
    ]),
  );

test("is stored whole and once, also where the reply to the first attempt was lost", async () => {
  const transaction = toTransaction(bundle(at));
  server.fault = "lost-reply";
  await expect(client().store(transaction)).rejects.toMatchObject({ code: "fhir/unreachable" });
  const stored = counts();
  expect(stored).toMatchObject({ DiagnosticReport: 1, ImagingStudy: 1, Device: 1, Patient: 1, Provenance: 1 });
  expect(stored.Observation).toBeGreaterThan(0);
  server.fault = undefined;
  await client().store(transaction);
  await client().store(transaction);
  expect(counts()).toEqual(stored);
  const [report] = server.all("DiagnosticReport");
  for (const { reference } of report.result) expect(server.stored.get(reference)).toBeDefined();
});

test("a second report of the same study takes the patient, model and study that are there", async () => {
  await client().store(toTransaction(bundle(new Date(at.getTime() + 1000))));
  expect(counts()).toMatchObject({ DiagnosticReport: 2, ImagingStudy: 1, Device: 1, Patient: 1, Provenance: 2 });
  const subjects = server.all("DiagnosticReport").map(({ subject }) => subject.reference);
  expect(subjects[0]).toBe(subjects[1]);
});

test("belongs to the patient whom the server knows; one it does not know is refused, and nothing is stored", async () => {
  const before = server.stored.size;
  const patient = { system: "urn:oid:1.2.3", value: "a,b|c" };
  const issued = new Date(at.getTime() + 2000);
  // Escaped, so that the server does not read two alternatives; the stand-in compares what it is sent.
  const known = toTransaction(bundle(issued), { patient });
  await expect(client().store(known)).rejects.toMatchObject({
    code: "fhir/refused",
    final: true,
    found: expect.stringContaining("412, not-found: 0 resources match"),
    reply: { resourceType: "OperationOutcome" },
  });
  expect(server.stored.size).toBe(before);
  // `system|` alone would be any patient of the system, and there may be just one.
  expect(() => toTransaction(bundle(issued), { patient: { ...patient, value: " " } })).toThrow(
    "patient identifier is empty",
  );
  const plain = { system: "urn:oid:1.2.3", value: "4711" };
  server.add({ resourceType: "Patient", id: "p", identifier: [plain] });
  await client().store(toTransaction(bundle(issued), { patient: plain }));
  expect(server.all("DiagnosticReport").at(-1)!.subject.reference).toBe("Patient/p");
  expect(server.all("Patient")).toHaveLength(2);
  expect(JSON.stringify(known)).toContain("Patient?identifier=urn%3Aoid%3A1.2.3%7Ca%5C%2Cb%5C%7Cc");
});

test("a token is sent; without one the refusal says which setting is missing, and is tried again", async () => {
  server.authorization = "Bearer secret";
  const transaction = toTransaction(bundle(new Date(at.getTime() + 3000)));
  await expect(client().store(transaction)).rejects.toMatchObject({
    code: "fhir/refused",
    final: false,
    hint: expect.stringContaining("FHIR_AUTHORIZATION"),
  });
  await client("Bearer secret").store(transaction);
});

test("a server that says yes and has stored nothing is found out; one that fails or is away is no refusal", async () => {
  const transaction = toTransaction(bundle(new Date(at.getTime() + 4000)));
  server.fault = "lie";
  await expect(client().store(transaction)).rejects.toMatchObject({ code: "fhir/not-stored" });
  await expect(new FhirClient({ url: "http://127.0.0.1:9/r4" }).store(transaction)).rejects.toMatchObject({
    code: "fhir/unreachable",
  });
  const page = new FhirClient({ url: server.url.replace("/r4", "/other") });
  await expect(page.store(transaction)).rejects.toMatchObject({ code: "fhir/refused", final: false });
});

test("what is no transaction is refused with the place at fault", async () => {
  const broken = toTransaction(bundle(new Date(at.getTime() + 5000)));
  const observation = broken.entry!.find(({ resource }) => resource?.resourceType === "Observation")!;
  delete (observation.resource as { status?: string }).status;
  await expect(client().store(broken)).rejects.toMatchObject({
    code: "fhir/refused",
    final: true,
    found: expect.stringMatching(/422, Bundle\.entry\[\d\]: required: Observation\.status is missing/),
    hint: expect.stringContaining("OperationOutcome"),
  });
});

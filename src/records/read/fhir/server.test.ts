import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { readFromServer } from "./server.ts";

const open: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, base: string) => void,
): Promise<string> {
  const server = createServer((request, response) => answer(request, response, base()));
  const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  open.push(server);
  return base();
}

const json = (response: ServerResponse, status: number, body: unknown) => {
  response.writeHead(status, { "content-type": "application/fhir+json" });
  response.end(JSON.stringify(body));
};
const observation = (id: string, value: number) => ({
  resource: {
    resourceType: "Observation",
    id,
    status: "final",
    code: { text: "Weight" },
    subject: { reference: "Patient/p1" },
    effectiveDateTime: "2024-01-01",
    valueQuantity: { value, unit: "kg" },
  },
});

test("every page is read, with the token", async () => {
  const seen: (string | undefined)[] = [];
  const base = await serve((request, response, url) => {
    seen.push(request.headers.authorization);
    const second = request.url?.includes("page=2");
    json(response, 200, {
      resourceType: "Bundle",
      entry: second
        ? [observation("b", 2)]
        : [{ resource: { resourceType: "Patient", id: "p1", birthDate: "1970" } }, observation("a", 1)],
      link: second ? [] : [{ relation: "next", url: `${url}/Patient/p1/$everything?page=2` }],
    });
  });
  const record = await readFromServer({ base, patient: "p1", token: "secret" });
  expect(record.facts.map(({ value }) => value)).toEqual([1, 2]);
  expect(seen).toEqual(["Bearer secret", "Bearer secret"]);
});

test.each([
  [401, "records/server-refused", false],
  [404, "records/server-not-found", false],
  [429, "records/server", true],
  [503, "records/server", true],
])("status %d is %s", async (status, code, retryable) => {
  const base = await serve((_, response) =>
    json(response, status, { resourceType: "OperationOutcome", issue: [{ diagnostics: "because" }] }),
  );
  await expect(readFromServer({ base, patient: "p1" })).rejects.toMatchObject({
    code,
    retryable,
    found: `status ${status}: because`,
  });
});

test("what the server could not search is a caution, and what belongs to a relative is listed", async () => {
  const outcome = (severity: string, diagnostics: string) => ({
    resource: { resourceType: "OperationOutcome", issue: [{ severity, code: "incomplete", diagnostics }] },
    search: { mode: "outcome" },
  });
  const relative = { ...observation("m1", 99).resource, subject: { reference: "Patient/mother" } };
  const base = await serve((_, response) =>
    json(response, 200, {
      resourceType: "Bundle",
      entry: [
        { resource: { resourceType: "Patient", id: "p1" } },
        observation("a", 1),
        outcome("warning", "ImagingStudy was not searched"),
        outcome("information", "took 3 ms"),
        { resource: { resourceType: "Patient", id: "mother", name: [{ text: "Rosa" }] } },
        { resource: relative },
      ],
    }),
  );
  const record = await readFromServer({ base, patient: "p1" });
  expect(record.facts.map(({ value }) => value)).toEqual([1]);
  expect(record.cautions.join("\n")).toContain("ImagingStudy was not searched");
  expect(record.cautions.join("\n")).not.toContain("took 3 ms");
  expect(record.dropped).toContainEqual({ what: "Rosa", reason: "not the patient chosen (1 fact)" });
});

test("a page that ends early is not half a record", async () => {
  const base = await serve((_, response) => {
    response.writeHead(200, { "content-type": "application/fhir+json", "content-length": "1000" });
    response.write('{"resourceType":"Bundle"', () => response.destroy());
  });
  await expect(readFromServer({ base, patient: "p1" })).rejects.toMatchObject({
    code: "records/server-unreachable",
    summary: "the connection ended before the page was complete",
    retryable: true,
  });
});

test("pages that go in a circle, or to another host, are not followed", async () => {
  const circle = await serve((_, response, url) =>
    json(response, 200, { resourceType: "Bundle", link: [{ relation: "next", url: `${url}/Patient/p1/$everything` }] }),
  );
  await expect(readFromServer({ base: circle, patient: "p1" })).rejects.toMatchObject({
    code: "records/server-answer",
    found: "a link back to a page already read",
  });
  const away = await serve((_, response) =>
    json(response, 200, { resourceType: "Bundle", link: [{ relation: "next", url: "http://elsewhere.invalid/x" }] }),
  );
  await expect(readFromServer({ base: away, patient: "p1", token: "t" })).rejects.toMatchObject({
    code: "records/server-answer",
    found: "http://elsewhere.invalid",
  });
});

test("a redirect is not followed, and said where it leads", async () => {
  const moved = await serve((_, response) => {
    response.writeHead(302, { location: "https://elsewhere.invalid/fhir" });
    response.end();
  });
  await expect(readFromServer({ base: moved, patient: "p1", token: "t" })).rejects.toMatchObject({
    code: "records/server-answer",
    found: "status 302, to https://elsewhere.invalid/fhir",
  });
});

test("an answer that is no bundle, a server that is not there, and an id that is no id are said", async () => {
  const html = await serve((_, response) => response.end("<html>login</html>"));
  await expect(readFromServer({ base: html, patient: "p1" })).rejects.toMatchObject({ code: "records/server-answer" });
  await expect(readFromServer({ base: "http://127.0.0.1:1/fhir", patient: "p1" })).rejects.toMatchObject({
    code: "records/server-unreachable",
    retryable: true,
  });
  await expect(readFromServer({ base: html, patient: "../Group/1" })).rejects.toMatchObject({
    code: "records/patient-id",
  });
});

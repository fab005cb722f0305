/** The clinical REST: every answer is as the OpenAPI document says, and a repeated call makes nothing twice. */
import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sliceBytes } from "../../test/support/dicom.ts";
import { type FhirServerStub, fhirServer } from "../../test/support/fhir-server.ts";
import { parseDicom } from "../imaging/dicom/index.ts";
import type { PartManifest } from "../study/display/manifest.ts";
import { Audit } from "./access/audit.ts";
import { addPerson } from "./access/people.ts";
import { Jobs } from "./jobs/jobs.ts";
import { Pyramids } from "./pixels/pyramids.ts";
import { type TestServer, testServer } from "./testing.ts";
import { expireStudies } from "./upkeep/erase.ts";
import { Erasures } from "./upkeep/erasures.ts";

const film = readFileSync(new URL("../../samples/chest-xray.jpg", import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes, each held to the document.
type Json = Record<string, any>;
let server: TestServer;
let fhir: FhirServerStub;
let document: Json;
let ajv: InstanceType<typeof Ajv.default>;

beforeAll(async () => {
  fhir = await fhirServer();
  server = await testServer({ fhir: { url: fhir.url, patientSystem: "urn:oid:1.2.3" } });
  document = (await (await server.app.request("http://127.0.0.1/openapi.json")).json()) as Json;
  ajv = new Ajv.default({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, "openapi");
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await fhir?.close();
});

/** Asks, and holds the answer to what the document says of it. */
async function ask<T = Json>(
  method: string,
  path: string,
  { body, headers, status }: { body?: unknown; headers?: Record<string, string>; status?: number } = {},
): Promise<{ data: T; response: Response }> {
  const response = await server.ask(method, path, body, headers);
  const asked = path.split("?")[0];
  const template = Object.keys(document.paths)
    .filter((one) => new RegExp(`^${one.replace(/\{\w+\}/g, "[^/]+")}$`).test(asked))
    .sort((a, b) => a.split("{").length - b.split("{").length)[0];
  expect(template, asked).toBeDefined();
  const described = document.paths[template][method.toLowerCase()].responses[response.status];
  const text = await response.clone().text();
  expect(described, `${method} ${asked} answered ${response.status}: ${text.slice(0, 300)}`).toBeDefined();
  if (status !== undefined) expect(response.status, text.slice(0, 300)).toBe(status);
  const json = response.headers.get("content-type")?.startsWith("application/json") === true;
  const data = (json ? JSON.parse(text) : text) as T;
  if (json && described.content?.["application/json"]) {
    const pointer = [
      "paths",
      template,
      method.toLowerCase(),
      "responses",
      String(response.status),
      "content",
      "application/json",
      "schema",
    ]
      .map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1")))
      .join("/");
    const validate = ajv.getSchema(`openapi#/${pointer}`)!;
    expect(validate(data) ? [] : validate.errors, `${method} ${asked}`).toEqual([]);
  }
  return { data, response };
}

async function upload(name: string, bytes: Uint8Array): Promise<string> {
  const { data } = await ask("POST", "/api/uploads", { status: 201 });
  await ask("PUT", `/api/uploads/${data.upload}/file`, {
    body: bytes,
    headers: { "x-file-name": name },
    status: 201,
  });
  return (await ask("POST", `/api/uploads/${data.upload}/finish`, { status: 200 })).data.studies[0];
}

/** The answer among the events of `/api/answers`. */
const answerIn = (events: string) => JSON.parse(/event: answer\ndata: (.*)/.exec(events)![1]) as Json;

describe("the document", () => {
  test("is OpenAPI 3.1: every reference leads somewhere, every parameter of a path is described, identifiers are single", () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    const ids: string[] = [];
    for (const [path, item] of Object.entries<Json>(document.paths))
      for (const [method, operation] of Object.entries<Json>(item)) {
        const where = `${method} ${path}`;
        expect(["get", "post", "put", "delete"], where).toContain(method);
        ids.push(operation.operationId);
        expect(operation.summary, where).toBeTruthy();
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
        const described = operation.parameters.filter((one: Json) => one.in === "path");
        expect(described.map((one: Json) => one.name).sort(), where).toEqual(inPath);
        for (const parameter of operation.parameters) {
          expect(parameter.schema, where).toBeDefined();
          if (parameter.in === "path") expect(parameter.required).toBe(true);
        }
        expect(
          Object.keys(operation.responses).some((status) => /^2\d\d$/.test(status)),
          where,
        ).toBe(true);
        for (const one of Object.values<Json>(operation.responses)) expect(one.description, where).toBeTruthy();
        if (method === "get" || method === "delete") expect(operation.requestBody, where).toBeUndefined();
      }
    expect(new Set(ids).size).toBe(ids.length);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]*)"/g)].map(([, pointer]) => pointer);
    expect(references.length).toBeGreaterThan(10);
    for (const pointer of new Set(references)) {
      let at: Json | undefined = document;
      for (const key of pointer.split("/").slice(1)) at = at?.[key];
      expect(at, pointer).toBeDefined();
    }
    // Each is a JSON Schema of the dialect that 3.1 names.
    for (const name of Object.keys(document.components.schemas))
      expect(ajv.getSchema(`openapi#/components/schemas/${name}`), name).toBeTypeOf("function");
  });

  test("lists what the server answers, no more and no less", () => {
    const routes = new Set(
      server.app.routes
        .filter(({ path, method }) => path.startsWith("/api/") && method !== "ALL")
        .map(({ path, method }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`),
    );
    const listed = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect([...routes].sort()).toEqual(listed.sort());
  });

  test("a body or a query that it does not allow is refused by the field's name", async () => {
    const wrong = await ask("POST", "/api/reports", { body: { study: "x", anser: "y" }, status: 400 });
    expect(wrong.data.error).toMatchObject({ code: "server/field", param: "anser" });
    const query = await ask("GET", "/api/studies?limit=many", { status: 400 });
    expect(query.data.error.param).toBe("limit");
    expect((await ask("GET", "/api/studies?sort=up", { status: 400 })).data.error.param).toBe("sort");
  });
});

describe("from a film to a signed report", () => {
  let study: string;
  let report: Json;

  test("every answer on the way is as the document says", async () => {
    study = await upload("film.jpg", film);
    await ask("GET", "/api/studies?search=film&limit=10", { status: 200 });
    await ask("GET", `/api/studies/${study}`, { status: 200 });
    await ask("GET", `/api/studies/${study}/parts`, { status: 200 });
    await ask("GET", `/api/studies/${study}/examples`, { status: 200 });
    const question = { study, task: "report", options: {} };
    const events = await ask<string>("POST", "/api/answers", { body: question, status: 200 });
    await ask("POST", "/api/answers", { body: { ...question, study: "none" }, status: 404 });
    const { id } = answerIn(events.data);
    await ask("GET", `/api/answers/${id}`, { status: 200 });
    await ask("GET", `/api/studies/${study}/answers`, { status: 200 });
    await ask("GET", `/api/answers/${id}/seen/0.png?side=32`, { status: 200 });
    report = (await ask("POST", "/api/reports", { body: { study, answer: id }, status: 201 })).data;
    await ask("GET", `/api/studies/${study}/reports`, { status: 200 });
    for (const path of ["/people", "/tokens", "/session", "/rubrics", "/comparisons", "/outbox", "/models"])
      await ask("GET", `/api${path}`, { status: 200 });
    await ask("GET", "/api/reports/none", { status: 404 });
  });

  test("a change must state the version that it is based on; one that came too late is given what is there", async () => {
    const path = `/api/reports/${report.id}`;
    const content = {
      ...report.content,
      quality: "good",
      sentences: report.content.sentences.map((one: Json) => ({ ...one, state: "accepted" })),
    };
    await ask("PUT", path, { body: content, status: 428 });
    const saved = await ask("PUT", path, { body: content, headers: { "if-match": '"1"' }, status: 200 });
    expect(saved.response.headers.get("etag")).toBe('"2"');
    const late = await server.ask("PUT", path, content, { "if-match": '"1"' });
    expect([late.status, ((await late.json()) as Json).version]).toEqual([412, 2]);
    await ask("POST", `${path}/signature`, { headers: { "if-match": '"2"' }, status: 201 });
    await ask("POST", `${path}/signature`, { headers: { "if-match": '"2"' }, status: 409 });
  });

  test("an addendum that is sent again with its key is added once", async () => {
    const path = `/api/reports/${report.id}/addenda`;
    const once = { body: { text: "Compared with the film of May." }, headers: { "idempotency-key": "a1" } };
    const first = await ask("POST", path, { ...once, status: 201 });
    const again = await ask("POST", path, { ...once, status: 201 });
    expect(again.data).toEqual(first.data);
    expect(again.response.headers.get("etag")).toBe(first.response.headers.get("etag"));
    expect(again.response.headers.get("idempotency-replayed")).toBe("true");
    expect((await ask("GET", `/api/reports/${report.id}`)).data.content.addenda).toHaveLength(1);
    const other = await ask("POST", path, { ...once, body: { text: "Other words." }, status: 422 });
    expect(other.data.error.code).toBe("server/idempotency");
  });

  test("two at once make one; the answer's events come again without asking the model", async () => {
    const before = (await ask("GET", `/api/studies/${study}/reports`)).data.reports.length;
    const two = await Promise.all(
      [1, 2].map(() =>
        ask("POST", "/api/reports", { body: { study }, headers: { "idempotency-key": "r1" }, status: 201 }),
      ),
    );
    expect(two[0].data.id).toBe(two[1].data.id);
    expect((await ask("GET", `/api/studies/${study}/reports`)).data.reports).toHaveLength(before + 1);
    const question = { study, task: "ask", options: { question: "Is there pneumonia?" } };
    const asked = () =>
      ask<string>("POST", "/api/answers", { body: question, headers: { "idempotency-key": "q1" }, status: 200 });
    const first = await asked();
    const again = await asked();
    expect(again.response.headers.get("idempotency-replayed")).toBe("true");
    expect(answerIn(again.data)).toEqual(answerIn(first.data));
  });

  test("a call whose server was killed is done again, and makes what the first one had made", async () => {
    const { database } = server.store;
    const key = { "idempotency-key": "k1" };
    const made = await ask("POST", "/api/reports", { body: { study }, headers: key, status: 201 });
    // As a server leaves it that is killed between the report and the note of its answer.
    await database.query("update idempotency set status = null, body = null where object = $1", [made.data.id]);
    await database.query("update idempotency set created_at = now() - interval '1 minute' where object = $1", [
      made.data.id,
    ]);
    const again = await ask("POST", "/api/reports", { body: { study }, headers: key, status: 201 });
    expect(again.data.id).toBe(made.data.id);
    // A day later the key is forgotten.
    await database.query("update idempotency set created_at = now() - interval '25 hours'");
    const { Idempotency } = await import("./operations/idempotency.ts");
    await new Idempotency(database).tidy();
    const later = await ask("POST", "/api/reports", { body: { study }, headers: key, status: 201 });
    expect(later.data.id).not.toBe(made.data.id);
  });

  test("a secret is shown once and stands nowhere", async () => {
    const person = { body: { name: "B. Second", scopes: ["read"] }, headers: { "idempotency-key": "p1" } };
    const made = await ask("POST", "/api/people", { ...person, status: 201 });
    expect((await ask("POST", "/api/people", { ...person, status: 409 })).data.error.code).toBe("server/shown-once");
    const { rows } = await server.store.database.query("select * from idempotency");
    expect(JSON.stringify(rows)).not.toContain(made.data.login);
  });
});

describe("the queue", () => {
  let study: string;
  const question = () => ({ study, task: "ask", options: { question: "Is there pneumonia?" } });
  const ended = async (job: string): Promise<Json> => {
    for (;;) {
      const { data } = await ask("GET", `/api/jobs/${job}`, { status: 200 });
      if (data.state !== "waiting" && data.state !== "running") return data;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  test("the same question is one job, whose answer is that of the model; one that cannot be asked says why", async () => {
    study = await upload("queued.jpg", film);
    const { data: job } = await ask("POST", "/api/jobs", { body: question(), status: 202 });
    expect((await ask("POST", "/api/jobs", { body: question(), status: 202 })).data.id).toBe(job.id);
    const { data: wrong } = await ask("POST", "/api/jobs", { body: { study, task: "measure" }, status: 202 });
    await ask("POST", "/api/jobs", { body: { ...question(), study: "none" }, status: 404 });
    await ask("POST", "/api/jobs", { body: { ...question(), model: "none" }, status: 404 });
    server.clinical.worker.start();
    const done = await ended(job.id);
    expect(done).toMatchObject({ state: "done", tries: 1, problem: null });
    const answer = (await ask("GET", `/api/answers/${done.answer}`, { status: 200 })).data;
    expect(answer.result.answer.answer).toMatch(/^(yes|no)$/);
    expect(await ended(wrong.id)).toMatchObject({ state: "failed", problem: { code: "task/unknown" } });
    await ask("DELETE", `/api/jobs/${job.id}`, { status: 409 });
    const { counts } = (await ask("GET", "/api/jobs?state=done", { status: 200 })).data;
    expect(counts).toMatchObject({ waiting: 0, running: 0, done: 1, failed: 1 });
    // Several at once: the same job where it is known, all or none, and their results in one request.
    const others = ["Is there edema?", "Is there cardiomegaly?"].map((text) => ({
      ...question(),
      options: { question: text },
    }));
    const { data: several } = await ask("POST", "/api/jobs/several", {
      body: { jobs: [question(), ...others, others[0]] },
      status: 202,
    });
    const ids: string[] = several.jobs.map(({ id }: Json) => id);
    expect([ids[0], ids[3]]).toEqual([job.id, ids[1]]);
    await ask("POST", "/api/jobs/several", {
      body: { jobs: [others[0], { ...question(), study: "none" }] },
      status: 404,
    });
    for (const id of ids) await ended(id);
    const { data: results } = await ask("POST", "/api/jobs/results", {
      body: { jobs: [...ids, wrong.id, "none"] },
      status: 200,
    });
    const of = (id: string) => results.jobs.find((one: Json) => one.id === id);
    expect(of(job.id)).toMatchObject({ state: "done", result: { text: answer.result.text } });
    expect(of(wrong.id)).toMatchObject({ state: "failed", problem: { code: "task/unknown" }, result: null });
    expect(results.jobs).toHaveLength(4);
  });

  test("a worker that died: its job goes to another, and fails when that happens again and again; the old one is not heard", async () => {
    const jobs = new Jobs(server.store.database, { lease: 0.05, maxTries: 2, maxWaiting: 1 });
    const asked = { ...question(), model: "of a worker elsewhere", anyway: false };
    const { id } = await jobs.add(asked, "p");
    const full = jobs.add({ ...asked, task: "report" }, "p");
    await expect(full).rejects.toMatchObject({ status: 503, code: "server/busy" });
    const taken = await jobs.take("first", [asked.model]);
    expect(taken).toMatchObject([{ id }]);
    expect(await jobs.take("second", [asked.model])).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(await jobs.reclaim()).toBe(1);
    expect(await jobs.take("second", [asked.model])).toMatchObject([{ tries: 2 }]);
    expect(await jobs.lost([id], "first")).toEqual([id]);
    expect(await jobs.lost([id], "second")).toEqual([]);
    const [answer] = (await ask("GET", `/api/studies/${study}/answers`)).data.answers;
    expect(await jobs.done(id, "first", answer.id)).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 80));
    await jobs.reclaim();
    expect(await jobs.of(id)).toMatchObject({ state: "failed", problem: { code: "server/worker-died" } });
    // Asked again, it waits again.
    expect(await jobs.add(asked, "p")).toMatchObject({ id, state: "waiting", tries: 0, problem: null });
    expect(await jobs.cancel(id)).toBe(true);
  });
});

describe("what the workbench asks for", () => {
  /** A grey film of 64 x 64 pixels of a patient at a date. */
  const greyFilm = (patient: string, date: string, n: number) => {
    const pixels = Uint8Array.from({ length: 4096 }, (_, i) => (i * n) % 251);
    return sliceBytes({
      SOPClassUID: "1.2.840.10008.5.1.4.1.1.1",
      StudyInstanceUID: `2.25.88${n}`,
      SeriesInstanceUID: `2.25.88${n}.1`,
      SOPInstanceUID: `2.25.88${n}.1.1`,
      PatientID: patient,
      StudyDate: date,
      Modality: "CR",
      ImageType: ["ORIGINAL", "PRIMARY"],
      ImageOrientationPatient: undefined,
      ImagePositionPatient: undefined,
      SliceThickness: undefined,
      Rows: 64,
      Columns: 64,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
      RescaleIntercept: 0,
      PixelData: pixels,
    });
  };
  let [prior, current, other] = ["", "", ""];
  beforeAll(async () => {
    prior = await upload("prior.dcm", greyFilm("wb-1", "20240301", 3));
    current = await upload("current.dcm", greyFilm("wb-1", "20241112", 7));
    other = await upload("other.dcm", greyFilm("wb-2", "20240301", 9));
  });

  test("a study is compared with an earlier one of its patient and of nobody else; what was seen names the study it is from", async () => {
    const { data } = await ask("GET", `/api/studies/${current}`, { status: 200 });
    expect(data.priors.map(({ id }: Json) => id)).toEqual([prior]);
    const question = { study: current, task: "compare", anyway: true };
    for (const study of [other, current, "none"]) {
      const events = await ask<string>("POST", "/api/answers", { body: { ...question, prior: { study } } });
      expect(events.data).toMatch(/"code":"server\/prior"/);
    }
    const wrongTask = { study: current, task: "report", prior: { study: prior } };
    expect((await ask<string>("POST", "/api/answers", { body: wrongTask })).data).toMatch(/"param":"prior"/);
    const body = { ...question, prior: { study: prior, part: 0, currentPart: 0 } };
    const answer = answerIn((await ask<string>("POST", "/api/answers", { body, status: 200 })).data);
    expect(answer.result.answer.course).toMatch(/^(improved|stable|worsened)$/);
    expect(answer.seen.map(({ study, part }: Json) => [study, part])).toEqual([
      [prior, 0],
      [undefined, 0],
    ]);
    expect(answer.options.prior.study).toBe(prior);
    await ask("GET", `/api/answers/${answer.id}/seen/0.png?side=32`, { status: 200 });
    await ask("GET", `/api/answers/${answer.id}/seen/1.png?side=32`, { status: 200 });
  });

  test("a strategy's answer has its votes; one that is withheld says so; what needs documents is refused and not offered", async () => {
    const { data: able } = await ask("GET", "/api/models", { status: 200 });
    expect(able.strategies).toContain("selective");
    expect(able.strategies).not.toContain("uncertainty-search");
    expect(able.similarReports).toBe(false);
    await ask("GET", `/api/studies/${current}/similar-reports`, { status: 404 });
    const study = await upload("strategy.jpg", film);
    const question = { study, task: "ask", options: { question: "Is there pneumonia?" } };
    const asked = async (more: object) =>
      (await ask<string>("POST", "/api/answers", { body: { ...question, ...more } })).data;
    const voted = answerIn(await asked({ strategy: "self-consistency:samples=3" }));
    expect(voted).toMatchObject({
      status: "parsed",
      options: { strategy: "self-consistency:samples=3" },
      result: { strategy: { replies: 3, votes: { unread: 0 } } },
    });
    const withheld = answerIn(await asked({ strategy: "selective:samples=3", budget: 0 }));
    expect([withheld.status, withheld.result.strategy.deferred]).toEqual([
      "deferred",
      expect.stringContaining("budget"),
    ]);
    expect(await asked({ strategy: "uncertainty-search" })).toMatch(/"code":"strategy\/corpus"/);
    expect(await asked({ budget: 2 })).toMatch(/requires a strategy/);
  });

  test("an answer or a finding of another study becomes no report", async () => {
    const asked = async (study: string) => {
      const body = { study, task: "report", anyway: true };
      return answerIn((await ask<string>("POST", "/api/answers", { body, status: 200 })).data);
    };
    const [own, foreign] = [await asked(current), await asked(other)];
    const mixed = await ask("POST", "/api/reports", { body: { study: current, answer: foreign.id }, status: 400 });
    expect(mixed.data.error).toMatchObject({ code: "server/answer", param: "answer" });
    const { data: made } = await ask("POST", "/api/reports", { body: { study: current, answer: own.id }, status: 201 });
    const [sentence] = made.content.sentences;
    const { addenda: _, ...content } = made.content;
    const save = (finding: string, status: number) =>
      ask("PUT", `/api/reports/${made.id}`, {
        body: { ...content, sentences: [{ ...sentence, state: "accepted", finding }] },
        headers: { "if-match": '"1"' },
        status,
      });
    expect((await save(foreign.findings[0].id, 400)).data.error.param).toBe("sentences.finding");
    const { data: after } = await ask("GET", `/api/answers/${foreign.id}`, { status: 200 });
    expect(after.findings[0].state).toBe("unreviewed");
    await save(own.findings[0].id, 200);
  });

  test("nothing passes for the model's that it did not say or locate, whatever a client claims", async () => {
    const asked = async (question: object) => {
      const body = { study: current, anyway: true, ...question };
      return answerIn((await ask<string>("POST", "/api/answers", { body, status: 200 })).data);
    };
    const drafted = await asked({ task: "report" });
    const replied = await asked({ task: "ask", options: { question: "Is there pneumonia?" } });
    const located = await asked({ task: "locate", options: { object: "heart" } });
    const [region] = located.result.answer.boxes;
    const { data: made } = await ask("POST", "/api/reports", {
      body: { study: current, answer: drafted.id },
      status: 201,
    });
    const [own] = made.content.sentences;
    let version = 0;
    const save = async (changes: object, status = 200) => {
      const { data } = await ask("PUT", `/api/reports/${made.id}`, {
        body: { ...made.content, ...changes },
        headers: { "if-match": `"${version + 1}"` },
        status,
      });
      if (status === 200) version++;
      return data.content;
    };
    const { answer, explanation } = replied.result.answer;
    const said = [answer, explanation].filter(Boolean).join(". ");
    const claim = { section: "findings", origin: "model", state: "unreviewed", answer: replied.id };
    const sentences = [
      { ...own, text: "Something else.", state: "accepted", section: "other", heading: "Model" },
      { ...claim, id: "said", text: said, original: said },
      { ...claim, id: "invented", text: "Cancer.", original: "Cancer." },
      { ...claim, id: "changed", text: "Cancer.", original: said },
      { ...claim, id: "nowhere", text: said, original: said, answer: "none" },
    ];
    const { index } = region;
    const place = { part: region.part, ...(index !== undefined && { index }), ...region.box };
    const box = { ...place, label: region.label, origin: "model" };
    const boxes = [
      { ...box, id: "as located" },
      { ...box, id: "moved", x1: region.box.x1 + 1 },
      { ...box, id: "renamed", label: "tumour" },
    ];
    const kept = await save({ sentences, boxes, unparsed: "The model said: cancer." });
    expect(kept.sentences.map(({ origin, state }: Json) => `${origin} ${state}`)).toEqual([
      "model edited",
      "model unreviewed",
      "person unreviewed",
      "model edited",
      "person unreviewed",
    ]);
    expect(kept.sentences[0]).toMatchObject({ original: own.original, section: own.section });
    expect(kept.sentences[2]).not.toHaveProperty("original");
    expect(kept.boxes.map(({ origin }: Json) => origin)).toEqual(["model", "person", "person"]);
    expect(kept.unparsed).toBe(made.content.unparsed);
    // What is the model's stays so while it is unchanged, also when a client no longer says it.
    const again = await save({
      boxes: [
        { ...box, id: "as located", origin: "person" },
        { ...box, id: "other", x1: region.box.x1 + 1 },
      ],
    });
    expect(again.boxes.map(({ origin }: Json) => origin)).toEqual(["model", "person"]);
    const twice = await ask("PUT", `/api/reports/${made.id}`, {
      body: { ...made.content, sentences: [own, own] },
      headers: { "if-match": '"3"' },
      status: 400,
    });
    expect(twice.data.error.message).toContain("two have the same id");
  });

  test("boxes on grey DICOM images are presentation states; without one there is nothing to download, and it is said", async () => {
    const { data: made } = await ask("POST", "/api/reports", { body: { study: current }, status: 201 });
    const path = `/api/reports/${made.id}`;
    expect((await ask("GET", `${path}/export/gsps`, { status: 409 })).data.error.code).toBe("server/no-boxes");
    const box = { id: "b", part: 0, x0: 8, y0: 10, x1: 30, y1: 40, label: "opacity", origin: "person" };
    const content = { ...made.content, boxes: [box] };
    await ask("PUT", path, { body: content, headers: { "if-match": '"1"' }, status: 200 });
    const { response } = await ask("GET", `${path}/export/gsps`, { status: 200 });
    const { dataset } = parseDicom(new Uint8Array(await response.arrayBuffer()));
    expect(dataset.string("Modality")).toBe("PR");
    const [annotation] = dataset.sequence("GraphicAnnotationSequence");
    expect(annotation.sequence("GraphicObjectSequence")[0].numbers("GraphicData").slice(0, 2)).toEqual([8, 10]);
    // No outline yet; then one, which is a segmentation.
    expect((await ask("GET", `${path}/export/seg`, { status: 409 })).data.error.code).toBe("server/no-outlines");
    const region = { id: "r", part: 0, kind: "region", label: "opacity" };
    const save = (points: number[][], version: number, status: number) =>
      ask("PUT", path, {
        body: { ...content, measures: [{ ...region, points }] },
        headers: { "if-match": `"${version}"` },
        status,
      });
    const refused = await save([[8, 10], [30, 10]], 2, 400); // biome-ignore format: one line
    expect(refused.data.error.message).toContain("3 to 2000 points");
    await save([[8, 10], [30, 10], [30, 40]], 2, 200); // biome-ignore format: one line
    const seg = await ask("GET", `${path}/export/seg`, { status: 200 });
    const outline = parseDicom(new Uint8Array(await seg.response.arrayBuffer())).dataset;
    expect([outline.string("Modality"), outline.sequence("SegmentSequence")[0].string("SegmentLabel")]).toEqual([
      "SEG",
      "opacity",
    ]);
  });

  test("a crossover: with and without the text in two halves, in order, the second after the washout; arms are reported apart", async () => {
    const [first] = (await ask("GET", "/api/people", { status: 200 })).data.people;
    const texts = [prior, current].map((study) => ({ study, a: `Text of ${study}.`, b: "" }));
    const wanted = {
      name: "Crossover",
      rubric: "cxr-reading",
      seed: 5,
      studies: [prior, current],
      texts,
      raters: [server.person],
      crossover: { washoutDays: 28 },
    };
    expect(first).toBeDefined();
    const pairwise = await ask("POST", "/api/comparisons", {
      body: { ...wanted, rubric: "cxr-preference" },
      status: 400,
    });
    expect(pairwise.data.error.param).toBe("rubric");
    const reader = await addPerson(server.store.database, { name: "Looks only", scopes: ["read"] });
    for (const [param, change] of [
      ["studies", { studies: [prior, current, prior] }],
      ["studies", { studies: [prior, current, "none"] }],
      ["raters", { raters: [server.person, server.person] }],
      ["raters", { raters: [server.person, reader.id] }],
      ["texts", { studies: [prior], texts: [{ study: other, a: "Text of another patient.", b: "" }] }],
    ] as const)
      expect(
        (await ask("POST", "/api/comparisons", { body: { ...wanted, ...change }, status: 400 })).data.error.param,
      ).toBe(param);
    const { data: made } = await ask("POST", "/api/comparisons", { body: wanted, status: 201 });
    expect(made.items).toBe(2);
    const next = async () => (await ask("GET", `/api/comparisons/${made.id}/next`, { status: 200 })).data;
    const values = { pneumonia: { option: "probably" }, urgent: { option: "yes" } };
    const rate = (item: string, status: number) =>
      ask("PUT", `/api/comparison-items/${item}/rating`, { body: { values, milliseconds: 900 }, status });
    const seen: Json[] = [];
    for (let i = 0; i < 2; i++) {
      const item = await next();
      expect(item.texts).toEqual(item.arm === "with AI" ? [`Text of ${item.study}.`] : []);
      seen.push(item);
      await rate(item.item, 204);
      // A reading is given once.
      await rate(item.item, 409);
    }
    const waiting = await next();
    expect(waiting.item).toBeUndefined();
    expect(Date.parse(waiting.resumes) - Date.now()).toBeGreaterThan(27 * 86_400_000);
    await server.store.database.query("update rating set created_at = created_at - interval '28 days'");
    for (let i = 0; i < 2; i++) {
      const item = await next();
      expect(item.arm).not.toBe(seen.find(({ study }) => study === item.study)!.arm);
      await rate(item.item, 204);
    }
    expect(await next()).toEqual({ done: 4, total: 4 });
    const { data: results } = await ask("GET", `/api/comparisons/${made.id}/results`, { status: 200 });
    expect(results.arms.map(({ arm, axes }: Json) => [arm, axes[0].n])).toEqual([
      ["with AI", 2],
      ["without AI", 2],
    ]);
    expect(results.crossover).toMatchObject({ pairs: 2, washoutDays: 28, axes: [{ changed: 0 }, { changed: 0 }] });
    const csv = (await ask<string>("GET", `/api/comparisons/${made.id}/ratings.csv`, { status: 200 })).data;
    expect(csv.match(/,without AI,/g)).toHaveLength(4);
  });
});

describe("a signed report at a FHIR server", () => {
  /** @returns the path of a new report that says "Clear lungs." and is signed. @param before given the path of the unsigned report. */
  const signed = async (study: string, before: (path: string) => Promise<unknown> = async () => {}) => {
    const { data: created, response } = await ask("POST", "/api/reports", { body: { study }, status: 201 });
    const path = `/api/reports/${created.id}`;
    await before(path);
    const sentences = [{ id: "s1", section: "findings", text: "Clear lungs.", origin: "person", state: "accepted" }];
    const saved = await ask("PUT", path, {
      body: { ...created.content, quality: "good", sentences },
      headers: { "if-match": response.headers.get("etag")! },
      status: 200,
    });
    await ask("POST", `${path}/signature`, {
      headers: { "if-match": saved.response.headers.get("etag")! },
      status: 201,
    });
    return path;
  };
  const entryOf = async (id: string) => {
    await server.clinical.outbox.settled();
    const { data } = await ask("GET", "/api/outbox", { status: 200 });
    return data.entries.find((one: Json) => one.id === id) as Json;
  };

  test("is refused with the server's own words while it knows no such patient, and arrives when it does", async () => {
    const own = { StudyInstanceUID: "2.25.47", SeriesInstanceUID: "2.25.471", SOPInstanceUID: "2.25.4711" };
    const study = await upload("fhir.dcm", sliceBytes({ ...own, PatientID: "fhir-4711", Rows: 2, Columns: 6 }, 50));
    const path = await signed(study, (unsigned) => ask("POST", `${unsigned}/push?to=fhir`, { status: 409 }));
    const { data: begun } = await ask("POST", `${path}/push?to=fhir`, { status: 202 });
    const refused = await entryOf(begun.entry);
    expect(refused).toMatchObject({
      kind: "fhir",
      state: "failed",
      problem: expect.stringContaining("--fhir-patients"),
      reply: { resourceType: "OperationOutcome", issue: [{ code: "not-found" }] },
    });
    const identifier = [{ system: "urn:oid:1.2.3", value: "fhir-4711" }];
    fhir.add({ resourceType: "Patient", id: "jane", identifier });
    await ask("POST", `/api/outbox/${begun.entry}/again`, { status: 202 });
    expect(await entryOf(begun.entry)).toMatchObject({ state: "sent", problem: null, reply: null });
    const [report, ...more] = fhir.all("DiagnosticReport");
    expect([report.status, report.subject.reference, more]).toEqual(["final", "Patient/jane", []]);
    expect(report.resultsInterpreter[0].display).toBe("A. Reader");
    expect(fhir.stored.get(report.result[0].reference)).toMatchObject({ valueString: "Clear lungs." });
    // A second push of the same version finds it there.
    const { data: again } = await ask("POST", `${path}/push?to=fhir`, { status: 202 });
    expect((await entryOf(again.entry)).state).toBe("sent");
    expect(fhir.all("DiagnosticReport")).toHaveLength(1);
    await ask("POST", `${path}/push`, { status: 409 });
  });

  test("without a Patient ID is never filed under whoever is there", async () => {
    const own = { StudyInstanceUID: "2.25.48", SeriesInstanceUID: "2.25.481", SOPInstanceUID: "2.25.4811" };
    const study = await upload("nobody.dcm", sliceBytes({ ...own, PatientID: "", Rows: 2, Columns: 6 }, 51));
    const path = await signed(study);
    const { data } = await ask("POST", `${path}/push?to=fhir`, { status: 409 });
    expect(data.error.code).toBe("server/no-patient-id");
  });

  test("with the number of another hospital is that of another person: neither listed with them nor filed under them", async () => {
    const own = { StudyInstanceUID: "2.25.49", SeriesInstanceUID: "2.25.491", SOPInstanceUID: "2.25.4911" };
    const named = { ...own, PatientID: "fhir-4711", IssuerOfPatientID: "South", Rows: 2, Columns: 6 };
    const study = await upload("south.dcm", sliceBytes(named, 52));
    const { data: row } = await ask("GET", `/api/studies/${study}`, { status: 200 });
    expect(row.priors).toEqual([]);
    const { data } = await ask("POST", `${await signed(study)}/push?to=fhir`, { status: 409 });
    expect(data.error.code).toBe("server/patient-issuer");
  });
});

describe("the end of data", () => {
  test("the tiles of a large image end with their study, with its next files, and when it is erased while they are made", async () => {
    const { store } = server;
    const study = await upload("tiles.dcm", sliceBytes({ PatientID: "tiles-1" }, 0));
    await server.clinical.settled();
    const pyramids = new Pyramids(store);
    const tiles = (key: string, grey: number, before = async () => {}) =>
      pyramids.make(study, key, { part: 0 } as PartManifest, true, async () => {
        await before();
        return {
          width: 3,
          height: 2,
          channels: 1,
          data: new Uint8Array(6).fill(grey),
          range: [0, 255],
          inverted: false,
        };
      });
    const first = await tiles("files", 10);
    const second = await tiles("more files", 20);
    expect([existsSync(first.path), existsSync(second.path)]).toEqual([false, true]);
    const before = await stored();
    const erased = () => ask("DELETE", `/api/studies/${study}`, { status: 204 }).then(() => {});
    await expect(tiles("still more", 30, erased)).rejects.toThrow();
    expect(existsSync(second.path)).toBe(false);
    // Nor are the tiles there that were made meanwhile: the upload, its thumbnail and the earlier tiles are gone, nothing was added.
    expect((await stored()) - before).toBe(-3);
    async function stored(): Promise<number> {
      const all = await readdir(dirname(dirname(second.path)), { recursive: true, withFileTypes: true });
      return all.filter((one) => one.isFile()).length;
    }
  });

  test("a patient is erased: no row, no file, no name is left; the audit holds the proof without a name", async () => {
    const { database, files } = server.store;
    const study = await upload("ct.dcm", sliceBytes({ PatientName: "ERASE^ME", PatientID: "secret-77" }, 0));
    const { data: row } = await ask("GET", `/api/studies/${study}`, { status: 200 });
    await server.clinical.settled();
    const { rows: kept } = await database.query<{ sha256: string }>(
      "select sha256 from file where study = $1 union select thumbnail from study where id = $1",
      [study],
    );
    expect(kept.length).toBe(2);
    const key = { "idempotency-key": "e1" };
    const { data: report } = await ask("POST", "/api/reports", { body: { study }, headers: key, status: 201 });
    await database.query(
      "insert into signature (report, version, person, person_name, sha256) values ($1, 1, 'p', 'A. Reader', 'x')",
      [report.id],
    );
    // A signed report is kept, until the patient is erased.
    await ask("DELETE", `/api/studies/${study}`, { status: 409 });
    await ask("DELETE", "/api/patients/secret-77", { status: 404 });
    const forget = vi.spyOn(server.engines, "forget");
    const { data: erased } = await ask("DELETE", `/api/patients/${row.patient.id}`, { status: 200 });
    expect(forget).toHaveBeenCalled();
    expect(erased).toMatchObject({ studies: 1, files: 2 });
    for (const { sha256 } of kept) expect(await files.has(sha256)).toBe(false);
    await ask("GET", `/api/studies/${study}`, { status: 404 });
    const { rows: tables } = await database.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> 'audit'",
    );
    for (const { name } of tables) {
      const { rows } = await database.query(`select * from "${name}"`);
      expect(JSON.stringify(rows), name).not.toMatch(new RegExp(`ERASE|secret-77|${study}|${row.patient.id}`));
    }
    const entries = await new Audit(database).list();
    expect(entries.at(-1)).toMatchObject({ action: "patient.erase", detail: { proof: erased.proof, studies: 1 } });
    expect(JSON.stringify(entries)).not.toMatch(/ERASE|secret-77/);
    expect((await new Audit(database).verify()).broken).toBeUndefined();
  });

  test("another process on the same database hears of it, and forgets once", async () => {
    const { database } = server.store;
    const audit = new Audit(database);
    const event = { who: server.person, object: "patient/1", outcome: "ok" } as const;
    const [failures, times] = [[] as unknown[], { forgotten: 0 }];
    const other = new Erasures(
      database,
      async () => void times.forgotten++,
      (error) => failures.push(error),
    );
    // Of what was erased before it began, it has nothing in memory.
    await audit.record({ ...event, action: "patient.erase" });
    await other.look();
    await audit.record({ ...event, action: "study.read" });
    await other.look();
    expect(times.forgotten).toBe(0);
    await audit.record({ ...event, action: "patient.erase" });
    await other.look();
    await other.look();
    expect([times.forgotten, failures]).toEqual([1, []]);
    await other.close();
  });

  test("old studies go, signed ones stay", async () => {
    const { database } = server.store;
    const [old, signed] = [await upload("old.jpg", film), await upload("signed.jpg", film)];
    const { data: report } = await ask("POST", "/api/reports", { body: { study: signed }, status: 201 });
    await database.query(
      "insert into signature (report, version, person, person_name, sha256) values ($1, 1, 'p', 'A. Reader', 'x')",
      [report.id],
    );
    await database.query("update study set changed_at = now() - interval '40 days' where id = any($1)", [
      [old, signed],
    ]);
    expect(await expireStudies(server.store, new Audit(database), 30)).toBe(1);
    await ask("GET", `/api/studies/${old}`, { status: 404 });
    await ask("GET", `/api/studies/${signed}`, { status: 200 });
  });
});

test("nothing failed unexpectedly", () => expect(server.failures).toEqual([]));

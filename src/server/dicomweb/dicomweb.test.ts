/** DICOMweb over a real socket: uploads broken and whole, searches, files that come back to the byte, frames and images. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sliceBytes } from "../../../test/support/dicom.ts";
import { LoginLinks } from "../access/login-links.ts";
import { addPerson, issueToken } from "../access/people.ts";
import { createApp } from "../app.ts";
import { Engines } from "../engines/engines.ts";
import { FileStore, type Store } from "../store/index.ts";
import { migratedDatabase } from "../store/migrated.testing.ts";
import type { JsonDataSet } from "./json-model.ts";
import { matchesWildcards } from "./qido.ts";

let folder: string;
let store: Store;
let url: string;
let headers: Record<string, string>;
let stop: () => Promise<void>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-dicomweb-"));
  const database = await migratedDatabase();
  store = { database, files: new FileStore(folder), close: () => database.close() };
  const engines = new Engines({ names: [], open: () => Promise.reject(new Error("none")) });
  const hosts = new Set(["127.0.0.1"]);
  const app = createApp({ store, engines, links: new LoginLinks(), hosts, maxBody: 2 << 20 });
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  stop = () => new Promise((resolve) => void server.close(() => resolve()));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dicom-web`;
  const { id } = await addPerson(database, { name: "PACS", scopes: ["read", "answer"] });
  const { token } = await issueToken(database, { person: id, label: "pacs", scopes: ["read", "answer"] });
  headers = { authorization: `Bearer ${token}` };
}, 120_000);
afterAll(async () => {
  await stop?.();
  await store?.close();
  // A refused upload is removed after its answer.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

/** @param close whether the closing boundary is sent. */
async function send(parts: readonly Uint8Array[], { path = "/studies", close = true } = {}) {
  const boundary = randomUUID();
  const pieces = parts.flatMap((part) => [
    Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
    part,
    Buffer.from("\r\n"),
  ]);
  const body = Buffer.concat([...pieces, ...(close ? [Buffer.from(`--${boundary}--\r\n`)] : [])]);
  const type = `multipart/related; type="application/dicom"; boundary=${boundary}`;
  return fetch(url + path, { method: "POST", headers: { ...headers, "content-type": type }, body });
}

const slices = [0, 1, 2].map((n) => sliceBytes({ InstanceNumber: n + 1, PatientName: "DOE^JANE" }, n * 100));
const study = "2.25.1";
const instance = (n: number) => `${url}/studies/${study}/series/2.25.2/instances/2.25.${n * 100 + 1000}`;
const get = (address: string) => fetch(address, { headers });

test("whole parts are stored, broken ones are told, and nothing is stored twice", async () => {
  const mixed = await send([slices[0], Buffer.from("not DICOM"), slices[1]]);
  expect(mixed.status).toBe(202);
  const answer = (await mixed.json()) as JsonDataSet;
  expect(answer["00081199"].Value).toHaveLength(2);
  expect(answer["00081198"].Value).toHaveLength(1);
  expect((await send([slices[0], slices[2]])).status).toBe(200);
  expect((await store.database.query("select 1 from instance")).rows).toHaveLength(3);
  const other = sliceBytes({ InstanceNumber: 1, PatientName: "OTHER" }, 0);
  const conflict = await send([other]);
  expect(conflict.status).toBe(409);
  expect((await get(instance(0))).status).toBe(200);
});

test("a study of another address is refused, and an upload that ends early keeps what came whole", async () => {
  expect((await send([slices[0]], { path: "/studies/1.2.3" })).status).toBe(409);
  const cut = await send([sliceBytes({ StudyInstanceUID: "2.25.9", SOPInstanceUID: "2.25.91" })], { close: false });
  expect(cut.status).toBe(400);
});

test("searches find by patient with wildcards, and count", async () => {
  const [found] = (await (await get(`${url}/studies?PatientName=doe*`)).json()) as JsonDataSet[];
  expect(found["00201208"].Value).toEqual([3]);
  expect(found["00100010"].Value).toEqual([{ Alphabetic: "DOE^JANE" }]);
  expect((await get(`${url}/studies?PatientName=roe*`)).status).toBe(204);
  const instances = (await (await get(`${url}/studies/${study}/instances?limit=2`)).json()) as JsonDataSet[];
  expect(instances.map((one) => one["00200013"].Value![0])).toEqual([1, 2]);
  expect((await get(`${url}/studies?NoSuchThing=1`)).status).toBe(400);
});

test("a file comes back to the byte, its metadata without its pixels, its frame as stored, its picture as PNG", async () => {
  const whole = Buffer.from(await (await get(instance(0))).arrayBuffer());
  expect(whole.includes(Buffer.from(slices[0]))).toBe(true);
  const [metadata] = (await (await get(`${instance(0)}/metadata`)).json()) as JsonDataSet[];
  expect(metadata["00280010"].Value).toEqual([3]);
  expect(metadata["7FE00010"].BulkDataURI).toBe(`${instance(0)}/frames/1`);
  const frame = Buffer.from(await (await get(`${instance(0)}/frames/1`)).arrayBuffer());
  const pixels = Buffer.from(new Int16Array(12).map((_, i) => i).buffer);
  expect(frame.includes(pixels)).toBe(true);
  const png = await sharp(Buffer.from(await (await get(`${instance(0)}/rendered`)).arrayBuffer())).metadata();
  expect([png.width, png.height]).toEqual([4, 3]);
  expect((await get(`${instance(0)}/frames/2`)).status).toBe(400);
  expect((await get(`${url}/studies/9.9`)).status).toBe(404);
  // Two readings of pixels within a minute are one entry.
  const { rows } = await store.database.query("select object from audit where action = 'study.view'");
  expect(rows).toEqual([{ object: `uid/${study}` }]);
});

test("wildcards match in bounded time", async () => {
  const value = "A".repeat(60);
  const began = performance.now();
  expect(matchesWildcards(value, `${"*A".repeat(30)}*B`)).toBe(false);
  expect(performance.now() - began).toBeLessThan(1000);
  for (const [form, match] of Object.entries({
    "d*": true,
    "*e": true,
    "d?e": true,
    "d?": false,
    "**o*": true,
    "": false,
    "*": true,
  }))
    expect([form, matchesWildcards("doe", form)]).toEqual([form, match]);
});

test("the audit of refusals has no names or numbers of patients, and a flood of strangers is counted", async () => {
  const api = url.replace("/dicom-web", "/api");
  await fetch(`${api}/patients/DOE^JANE`, { method: "DELETE", headers });
  await fetch(`${api}/patients/4711`, { method: "DELETE", headers });
  for (let i = 0; i < 70; i++) await fetch(`${api}/studies/jane-doe/parts/MRN4711`);
  const { rows } = await store.database.query<{ object: string; who: string }>(
    "select who, object from audit where outcome = 'refused' and object not like 'uid/%' order by seq",
  );
  expect(JSON.stringify(rows)).not.toMatch(/doe|4711/i);
  expect(rows.filter(({ who }) => who !== "unknown").map(({ object }) => object)).toEqual([
    "DELETE /api/patients/...",
    "DELETE /api/patients/...",
  ]);
  expect(rows.filter(({ who }) => who === "unknown").length).toBeLessThanOrEqual(61 + 60);
  expect(rows.filter(({ who }) => who === "unknown")[0].object).toBe("GET /api/studies/.../parts/...");
});

/** A slice of one study for patients, whose number also names its instance. */
const of = (uid: string, n: number, patient: Record<string, string | undefined>) =>
  sliceBytes({ StudyInstanceUID: uid, SOPInstanceUID: `${uid}.${n}`, ...patient });
const patientOf = async (uid: string) =>
  (
    await store.database.query(
      "select issuer, identifier, name, file_count from study join patient on patient.id = study.patient where uid = $1",
      [uid],
    )
  ).rows[0];

test("a file that names another patient than its study is refused, kept nowhere and in the audit", async () => {
  const uid = "2.25.31";
  expect((await send([of(uid, 1, { PatientID: "A" })])).status).toBe(200);
  for (const [n, other] of [
    { PatientID: "B" },
    { PatientID: "A1" },
    // The same number of another hospital, once the study's own is known.
    { PatientID: "A", IssuerOfPatientID: "H1" },
    { PatientID: "A", IssuerOfPatientID: "H2" },
  ].entries())
    expect((await send([of(uid, 10 + n, other)])).status, JSON.stringify(other)).toBe(
      other.IssuerOfPatientID === "H1" ? 200 : 409,
    );
  const mixed = await send([of(uid, 20, { PatientID: "A" }), of(uid, 21, { PatientID: "B" })]);
  expect(mixed.status).toBe(202);
  expect(((await mixed.json()) as JsonDataSet)["00081198"].Value).toHaveLength(1);
  expect(await patientOf(uid)).toMatchObject({ issuer: "H1", identifier: "A", file_count: 3 });
  expect((await get(`${url}/studies/${uid}/series/2.25.2/instances/${uid}.10`)).status).toBe(404);
  const { rows } = await store.database.query("select 1 from audit where outcome = 'refused' and object = $1", [
    `uid/${uid}`,
  ]);
  expect(rows).toHaveLength(4);
});

test("the first file with a Patient ID names a study's patient; without one, names are compared", async () => {
  const uid = "2.25.32";
  const anonymous = { PatientID: undefined, PatientName: "DOE^JANE" };
  expect((await send([of(uid, 1, { ...anonymous, Modality: undefined })])).status).toBe(200);
  expect((await send([of(uid, 2, { ...anonymous, PatientName: "Roe^Jane" })])).status).toBe(409);
  expect((await send([of(uid, 3, { ...anonymous, PatientName: "Doe^Jane^Mary" })])).status).toBe(200);
  expect(await patientOf(uid)).toMatchObject({ identifier: `study:${uid}` });
  expect((await send([of(uid, 4, { PatientID: "C", PatientName: "Doe^Jane" })])).status).toBe(200);
  expect(await patientOf(uid)).toMatchObject({ identifier: "C", file_count: 3 });
  const { rows } = await store.database.query("select 1 from patient where identifier = $1", [`study:${uid}`]);
  expect(rows).toHaveLength(0);
  expect((await send([of(uid, 5, { PatientID: "D", PatientName: "Doe^Jane" })])).status).toBe(409);
});

test("an upload leaves out by name what belongs to another patient", async () => {
  const api = url.replace("/dicom-web", "/api");
  const post = async (path: string, init: RequestInit) =>
    (await (await fetch(api + path, { ...init, headers: { ...headers, ...init.headers } })).json()) as {
      upload: string;
      studies: string[];
      leftOut: { file: string; reason: string }[];
    };
  const { upload } = await post("/uploads", { method: "POST" });
  for (const [n, one] of [{ PatientID: "A" }, { PatientID: "B" }, { StudyInstanceUID: undefined }].entries())
    await post(`/uploads/${upload}/file`, {
      method: "PUT",
      headers: { "x-file-name": `${n}.dcm` },
      body: of("2.25.33", n, one) as Uint8Array<ArrayBuffer>,
    });
  const { studies, leftOut } = await post(`/uploads/${upload}/finish`, { method: "POST" });
  expect(studies).toHaveLength(1);
  expect(leftOut).toEqual([
    { file: "1.dcm", reason: expect.stringContaining("another patient") },
    { file: "2.dcm", reason: expect.stringContaining("StudyInstanceUID") },
  ]);
  expect(leftOut[0].reason).not.toContain('"B"');
});

test("NUL characters, which PostgreSQL cannot store, are left out of what is searched", async () => {
  const odd = of("2.25.34", 1, { PatientName: "DOE\0^JANE", StudyDescription: "a\0b" });
  expect((await send([odd, of("2.25.34", 2, {})])).status).toBe(200);
  expect(await patientOf("2.25.34")).toMatchObject({ name: "DOE^JANE", file_count: 2 });
});

test("an oversized call of MCP is refused before it is read", async () => {
  const mcp = url.replace("/dicom-web", "/mcp");
  const body = new Uint8Array(3 << 20);
  const type = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  expect((await fetch(mcp, { method: "POST", headers: { ...headers, ...type }, body })).status).toBe(413);
});

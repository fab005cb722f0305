/** Against a real Orthanc with its DICOMweb plugin, where it is installed (`apt-get install orthanc orthanc-dicomweb`), and against servers that lie. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sliceBytes } from "../../../test/support/dicom.ts";
import { memorySource } from "../../bytes/index.ts";
import { openInstance } from "../../imaging/dicom/index.ts";
import { loadModel } from "../../model/index.ts";
import { Audit } from "../access/audit.ts";
import { LoginLinks } from "../access/login-links.ts";
import { addPerson, issueToken } from "../access/people.ts";
import { scopes } from "../access/scopes.ts";
import { type App, assemble } from "../app.ts";
import { Engines } from "../engines/engines.ts";
import { FileStore, type Store } from "../store/index.ts";
import { migratedDatabase } from "../store/migrated.testing.ts";
import { DicomWebClient } from "./dicomweb-client.ts";
import { OrthancWatch } from "./orthanc-watch.ts";

const program = ["/usr/sbin/Orthanc", "/usr/bin/Orthanc"].find((path) => existsSync(path));
const storescu = "/usr/bin/storescu";
if (program !== undefined && !existsSync(storescu))
  console.warn("skipped: C-STORE, DCMTK is not installed (apt-get install dcmtk)");
const plugin = "/usr/lib/orthanc/libOrthancDicomWeb.so.1.7";
const installed = program !== undefined && existsSync(plugin);
if (!installed)
  console.warn("skipped: Orthanc with DICOMweb is not installed (apt-get install orthanc orthanc-dicomweb)");

const freePort = () =>
  new Promise<number>((resolve) => {
    const socket = createSocket().listen(0, "127.0.0.1", () => {
      const { port } = socket.address() as AddressInfo;
      socket.close(() => resolve(port));
    });
  });

describe.runIf(installed)("Orthanc", () => {
  let folder: string;
  let port: number;
  let dicomPort: number;
  let orthanc: ChildProcess | undefined;
  let store: Store;
  let engines: Engines;
  let server: App;
  let token: string;

  const start = async () => {
    orthanc = spawn(program!, [join(folder, "orthanc.json")], { stdio: "ignore" });
    for (let tries = 0; tries < 300; tries++) {
      if (
        await fetch(`http://127.0.0.1:${port}/system`).then(
          (r) => r.ok,
          () => false,
        )
      )
        return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("Orthanc did not start");
  };
  const stop = async () => {
    if (orthanc === undefined || orthanc.exitCode !== null || orthanc.signalCode !== null) return;
    const ended = new Promise((resolve) => orthanc!.once("exit", resolve));
    orthanc.kill("SIGKILL");
    await ended;
  };
  const api = async (path: string, init: RequestInit = {}) => {
    const response = await server.app.request(`http://127.0.0.1/api${path}`, {
      ...init,
      headers: {
        host: "127.0.0.1",
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        ...init.headers,
      },
    });
    return { status: response.status, etag: response.headers.get("etag"), body: (await response.json()) as never };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "polyclinic-pacs-"));
    port = await freePort();
    dicomPort = await freePort();
    await mkdir(join(folder, "storage"));
    await writeFile(
      join(folder, "orthanc.json"),
      JSON.stringify({
        Name: "test",
        StorageDirectory: join(folder, "storage"),
        IndexDirectory: join(folder, "storage"),
        HttpPort: port,
        DicomPort: dicomPort,
        AuthenticationEnabled: false,
        Plugins: [plugin],
        DicomWeb: { Enable: true },
        StableAge: 1,
      }),
    );
    await start();
    const database = await migratedDatabase();
    store = { database, files: new FileStore(join(folder, "files")), close: () => database.close() };
    engines = new Engines({ names: ["nano"], open: loadModel });
    server = assemble({
      store,
      engines,
      links: new LoginLinks(),
      hosts: new Set(["127.0.0.1"]),
      pacs: { url: `http://127.0.0.1:${port}/dicom-web` },
    });
    const { id } = await addPerson(database, { name: "Dr Example", scopes });
    token = (await issueToken(database, { person: id, label: "test", scopes })).token;
  }, 120_000);
  afterAll(async () => {
    await server?.clinical.close();
    await engines?.close();
    await store?.close();
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("a study is fetched, its signed report arrives after a restart of the PACS, and a draft is not sent", async () => {
    const bytes = sliceBytes({ InstanceNumber: 1, PatientName: "DOE^JANE" }, 0);
    const uid = (await openInstance(memorySource("slice.dcm", bytes))).file.dataset.string("StudyInstanceUID")!;
    const sent = await fetch(`http://127.0.0.1:${port}/instances`, {
      method: "POST",
      body: new Blob([bytes as Uint8Array<ArrayBuffer>]),
    });
    expect(sent.status).toBe(200);
    const { body: pulled } = await api("/pacs/studies", { method: "POST", body: JSON.stringify({ uid }) });
    expect(pulled).toMatchObject({ stored: 1, known: 0, problems: [] });
    const { study } = pulled as { study: string };
    expect((await api("/pacs/studies", { method: "POST", body: JSON.stringify({ uid }) })).body).toMatchObject({
      study,
      stored: 0,
      known: 1,
    });

    const created = await api("/reports", { method: "POST", body: JSON.stringify({ study }) });
    const { id, content } = created.body as { id: string; content: { sentences: object[] } };
    expect((await api(`/reports/${id}/push`, { method: "POST" })).status).toBe(409);
    const sentence = { id: "s1", section: "findings", text: "Regular rhythm.", origin: "person", state: "accepted" };
    const box = { id: "b1", part: 0, label: "nodule", x0: 1, y0: 0, x1: 3, y1: 2, sentence: "s1", origin: "person" };
    const region = { id: "m1", part: 0, kind: "region", label: "nodule", points: [[0, 0], [3, 0], [3, 3]] }; // biome-ignore format: one line
    const saved = await api(`/reports/${id}`, {
      method: "PUT",
      headers: { "if-match": created.etag! },
      body: JSON.stringify({ ...content, quality: "good", sentences: [sentence], boxes: [box], measures: [region] }),
    });
    expect(saved.status, JSON.stringify(saved.body)).toBe(200);
    const signed = await api(`/reports/${id}/signature`, { method: "POST", headers: { "if-match": saved.etag! } });
    expect(signed.status).toBe(201);

    await stop();
    expect((await api(`/reports/${id}/push`, { method: "POST" })).status).toBe(202);
    await server.clinical.outbox.settled();
    const waiting = (await api("/outbox")).body as { entries: { id: string; state: string; problem: string }[] };
    expect(waiting.entries[0]).toMatchObject({
      state: "waiting",
      problem: expect.stringContaining("cannot be reached"),
    });
    await start();
    expect((await api(`/outbox/${waiting.entries[0].id}/again`, { method: "POST" })).status).toBe(202);
    await server.clinical.outbox.settled();
    expect(((await api("/outbox")).body as typeof waiting).entries[0]).toMatchObject({ state: "sent", problem: null });
    const found = async (modality: string) =>
      (await (
        await fetch(`http://127.0.0.1:${port}/dicom-web/studies/${uid}/series?Modality=${modality}`, {
          headers: { accept: "application/dicom+json" },
        })
      ).json()) as Record<string, { Value: unknown[] }>[];
    expect(await found("SR")).toHaveLength(1);
    // The box, drawn over its image.
    expect((await found("PR")).map((one) => one["0008103E"].Value[0])).toEqual([
      "Boxes of a signed report, research only, not for clinical use",
    ]);
    // The region a person outlined: looked up by its instance, not only by its series.
    const [seg, ...more] = await found("SEG");
    expect(more).toEqual([]);
    const instances = (await (
      await fetch(
        `http://127.0.0.1:${port}/dicom-web/studies/${uid}/series/${seg["0020000E"].Value[0]}/instances?includefield=00080016`,
        { headers: { accept: "application/dicom+json" } },
      )
    ).json()) as Record<string, { Value: unknown[] }>[];
    expect(instances.map((one) => one["00080016"].Value[0])).toEqual(["1.2.840.10008.5.1.4.1.1.66.4"]);
  }, 60_000);

  test("new studies are fetched and asked about by themselves, once, across restarts of both sides; the archive is not", async () => {
    const { database } = store;
    const url = `http://127.0.0.1:${port}/`;
    const open = () =>
      new OrthancWatch(
        { url, draft: "report" },
        {
          database,
          audit: new Audit(database),
          jobs: server.clinical.jobs,
          model: "nano",
          pull: (uid, signal) => server.clinical.pacs.pull(uid, signal),
          onFailure: (error) => failures.push(error),
        },
      );
    const failures: unknown[] = [];
    const send = async (n: number) => {
      const ids = { StudyInstanceUID: `2.25.9${n}`, SeriesInstanceUID: `2.25.9${n}1`, PatientID: `W${n}` };
      // As a device sends it: by C-STORE, which this server leaves to Orthanc.
      const path = join(folder, `sent-${n}.dcm`);
      await writeFile(path, sliceBytes({ ...ids, InstanceNumber: 1 }, 7000 + n));
      if (existsSync(storescu)) await promisify(execFile)(storescu, ["127.0.0.1", String(dicomPort), path]);
      else await fetch(`${url}instances`, { method: "POST", body: await readFile(path) });
      const found = await fetch(`${url}tools/lookup`, { method: "POST", body: ids.StudyInstanceUID });
      const [{ ID }] = ((await found.json()) as { ID: string; Type: string }[]).filter(({ Type }) => Type === "Study");
      await stable(ID);
    };
    /** Until this study, or any, is said to be complete. One study may be so several times: a report that arrives later changes it. */
    const stable = async (study?: string) => {
      for (let tries = 0; tries < 300; tries++) {
        const { Changes } = (await (await fetch(`${url}changes?limit=1000`)).json()) as {
          Changes: { ChangeType: string; ID: string }[];
        };
        const complete = Changes.filter(({ ChangeType }) => ChangeType === "StableStudy");
        if (complete.some(({ ID }) => study === undefined || ID === study)) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error("no study became stable");
    };
    const asked = async () => (await server.clinical.jobs.list()).map(({ payload: { task } }) => task);
    await stable();
    const first = open();
    await first.look();
    expect(await asked()).toEqual([]);
    await send(1);
    await first.look();
    expect(await asked()).toEqual(["report"]);
    await first.close();
    // While nobody watches, a study arrives, and Orthanc is killed.
    await send(2);
    await stop();
    const second = open();
    await second.look();
    await start();
    await second.look();
    await second.look();
    expect(await asked()).toEqual(["report", "report"]);
    const { rows } = await database.query<{ uid: string }>(
      "select uid from study where uid like '2.25.9%' order by uid",
    );
    expect(rows.map(({ uid }) => uid)).toEqual(["2.25.91", "2.25.92"]);
    // Read again from the beginning, nothing is made twice.
    await database.query("update pacs set last_change = 0");
    await second.look();
    expect(await asked()).toHaveLength(2);
    await second.close();
    expect(failures).toEqual([]);
  }, 60_000);

  test("a study that it has not is said by name", async () => {
    const { status, body } = await api("/pacs/studies", { method: "POST", body: JSON.stringify({ uid: "1.2.3.4" }) });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(body)).toMatch(/pacs\/(not-found|empty|failed)/);
  });
});

describe("a PACS that lies", () => {
  let server: Server;
  let reply: (url: string) => { status: number; body: unknown };
  const uids = { studyUid: "1.2", seriesUid: "1.2.3", instanceUid: "1.2.3.4" };
  const client = () => new DicomWebClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dw/` });
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on("end", () => {
        const { status, body } = reply(`${request.method} ${request.url}`);
        response.writeHead(status, { "content-type": "application/dicom+json" }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => server.close());

  test("says yes and has stored nothing", async () => {
    reply = (call) => ({ status: 200, body: call.startsWith("POST") ? {} : [] });
    await expect(client().store([{ ...uids, bytes: new Uint8Array(8) }])).rejects.toMatchObject({
      code: "pacs/not-stored",
      found: uids.instanceUid,
    });
  });
  test("refuses one file, with its reason", async () => {
    const failed = { "00081155": { vr: "UI", Value: ["1.2.3.4"] }, "00081197": { vr: "US", Value: [0x0111] } };
    reply = () => ({ status: 202, body: { "00081198": { vr: "SQ", Value: [failed] } } });
    await expect(client().store([{ ...uids, bytes: new Uint8Array(8) }])).rejects.toMatchObject({
      code: "pacs/refused",
      found: "1.2.3.4 (reason 0111)",
    });
  });
  test("sends elsewhere", async () => {
    reply = () => ({ status: 500, body: {} });
    await expect(client().instancesOf("1.2")).rejects.toMatchObject({ code: "pacs/failed" });
    await expect(client().instancesOf("../../1")).rejects.toMatchObject({ code: "pacs/uid" });
  });
});

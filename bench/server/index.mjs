/**
 * The server over HTTP, embedded store: calls without a model at 32 clients, STOW, the queue, a follow-up over HTTP against in process, eight chats at once against one
 * after the other. `--only` takes a part of a row's id; `--only entries` is the batch of 100,000 studies (`entries.mjs`), `--only killed` the same with kills (`killed.mjs`);
 * no other call runs these.
 * Over 300 lines because its rows share one server, one store and one model.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PGlite } from "@electric-sql/pglite";
import { attributeElements } from "../../dist/imaging/dicom/write/attributes.js";
import { writeDicom } from "../../dist/imaging/dicom/write/write.js";
import { readPhoto } from "../../dist/imaging/photo/index.js";
import { loadModel } from "../../dist/model/index.js";
import { serve } from "../../dist/server/index.js";
import { Jobs } from "../../dist/server/jobs/jobs.js";
import { Worker } from "../../dist/server/jobs/worker.js";
import { openInMemory } from "../../dist/server/store/embedded.js";
import { squareViewImage } from "../../dist/study/views/index.js";
import { entries } from "./entries.mjs";
import { killed } from "./killed.mjs";

const film = await readFile(new URL("../../samples/chest-xray.jpg", import.meta.url));
const quantile = (values, q) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];

export async function rows({ only, log }) {
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-bench-"));
  const rows = [];
  const isSelected = (id) => only === undefined || id.includes(only);
  try {
    if (only?.startsWith("entries")) return await entries(folder, log);
    if (only?.startsWith("killed")) return await killed(folder, log);
    const first = await serve({ data: join(folder, "data"), port: 0, worker: false });
    await first.close();
    const began = performance.now();
    const server = await serve({ data: join(folder, "data"), port: 0, worker: false });
    const health = await fetch(`${server.url}/readyz`);
    if (!health.ok) throw new Error("not ready");
    if (isSelected("start"))
      rows.push({
        id: "start, existing store",
        ours: (performance.now() - began) / 1000,
        unit: "s",
        note: "n = 1; goal 2",
      });
    const { database } = server.store;
    const token = await server.issueToken("bench");
    const headers = { authorization: `Bearer ${token}` };
    const context = { server, database, headers, log };
    /** @type {Record<string, (of: typeof context) => Promise<import("../run.mjs").Row[]>>} */
    const parts = { statement, api, stow, queue, chats };
    for (const [id, part] of Object.entries(parts))
      if (only === undefined || id.includes(only)) {
        log(id);
        rows.push(...(await part(context)));
      }
    await server.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}

/** A look-up by key as the server sends it, beside PGlite's own `query`: processor time, both in turn in this process. */
async function statement() {
  const database = await openInMemory();
  const pglite = await PGlite.create();
  const text = "select id, v from t where id = $1";
  const sides = [database, pglite];
  for (const side of sides) {
    await side.query("create table t (id text primary key, v text)");
    await side.query("insert into t select i::text, md5(i::text) from generate_series(1, 1000) i");
  }
  const count = 300;
  const times = [[], []];
  for (let round = 0; round < 7; round++)
    for (const [i, side] of sides.entries()) {
      const began = process.cpuUsage();
      for (let n = 0; n < count; n++) await side.query(text, [String(n)]);
      const { user, system } = process.cpuUsage(began);
      if (round > 1) times[i].push((user + system) / 1000 / count);
    }
  await database.close();
  await pglite.close();
  const [ours, peer] = times.map((one) => quantile(one, 0.5));
  return [
    {
      id: "statement, look-up by key",
      ours,
      peer,
      peerName: "PGlite's query",
      unit: "ms of processor",
      ratio: peer / ours,
      note: `medians of 5 rounds of ${count}`,
    },
  ];
}

async function api({ server, headers }) {
  const [count, atOnce] = [1600, 32];
  const client = fileURLToPath(new URL("client.mjs", import.meta.url));
  const args = [client, server.url, headers.authorization, String(count), String(atOnce)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 });
  const { first, times } = JSON.parse(stdout);
  const note = `n = ${times.length}, ${atOnce} at once, clients in one other process`;
  return [
    { id: "api, p50", ours: quantile(times, 0.5), unit: "ms", note },
    { id: "api, p99", ours: quantile(times, 0.99), unit: "ms", note: `${note}; goal 50` },
    {
      id: "api, first requests",
      ours: Math.max(...first),
      unit: "ms",
      note: `slowest of the first ${first.length}, all at once, after the start`,
    },
  ];
}

async function stow({ server, headers }) {
  const count = 600;
  const [study, series] = ["2.25.77", "2.25.78"];
  const pixels = new Uint8Array(512 * 512 * 2).map((_, i) => (i * 31) & 255);
  const slice = (n) =>
    writeDicom(
      attributeElements({
        SOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
        SOPInstanceUID: `2.25.79${String(n).padStart(4, "0")}`,
        StudyInstanceUID: study,
        SeriesInstanceUID: series,
        PatientID: "BENCH",
        Modality: "CT",
        InstanceNumber: n + 1,
        ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
        ImagePositionPatient: [0, 0, n],
        PixelSpacing: [1, 1],
        Rows: 512,
        Columns: 512,
        SamplesPerPixel: 1,
        PhotometricInterpretation: "MONOCHROME2",
        BitsAllocated: 16,
        BitsStored: 16,
        HighBit: 15,
        PixelRepresentation: 1,
        PixelData: pixels,
      }),
    );
  const boundary = randomUUID();
  let most = 0;
  async function* body() {
    for (let n = 0; n < count; n++) {
      yield Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
      yield slice(n);
      yield Buffer.from("\r\n");
      most = Math.max(most, process.memoryUsage().rss);
    }
    yield Buffer.from(`--${boundary}--\r\n`);
  }
  const before = process.memoryUsage().rss;
  const began = performance.now();
  const response = await fetch(`${server.url}/dicom-web/studies`, {
    method: "POST",
    duplex: "half",
    headers: { ...headers, "content-type": `multipart/related; type="application/dicom"; boundary=${boundary}` },
    // @ts-expect-error: Node takes any asynchronous iterable; the DOM's types do not.
    body: body(),
  });
  const stored = (await response.json())["00081199"]?.Value.length;
  if (response.status !== 200 || stored !== count) throw new Error(`stored ${stored} of ${count}: ${response.status}`);
  const seconds = (performance.now() - began) / 1000;
  return [
    {
      id: "stow",
      ours: count / seconds,
      unit: "files/s",
      note: `n = ${count} slices of 512 x 512, made and sent by the same process; goal 100`,
    },
    {
      id: "stow, memory above start",
      ours: (most - before) / 2 ** 20,
      unit: "MB",
      note: `${(count / 2).toFixed(0)} MB were sent`,
    },
  ];
}

async function queue({ database }) {
  const count = 2000;
  await database.script(`insert into patient (id, identifier) values ('b', 'b');
    insert into study (id, patient) values ('b', 'b'); insert into file (study, sha256, path, bytes) values ('b', 'b', 'b', 1);
    insert into model (id, name, precision, engine) values ('b', 'b', 'f32', 'bench');
    insert into answer (id, study, model, task, key, options, status, result) values ('b', 'b', 'b', 'ask', 'b', '{}', 'parsed', '{}')`);
  const jobs = new Jobs(database);
  const ask = (n) => ({ study: "b", task: "ask", options: { question: String(n) }, model: "b", anyway: false });
  let began = performance.now();
  for (let n = 0; n < count; n++) await jobs.add(ask(n), "b");
  const added = count / ((performance.now() - began) / 1000);
  const worker = new Worker({
    jobs,
    models: ["b"],
    answer: async () => "b",
    onFailure: (error) => console.error(error),
  });
  began = performance.now();
  await worker.untilEmpty();
  const seconds = (performance.now() - began) / 1000;
  if ((await jobs.counts()).done !== count) throw new Error("not all jobs finished");
  return [
    { id: "queue, added", ours: added, unit: "jobs/s", note: `n = ${count}, one after the other` },
    {
      id: "queue, taken and done",
      ours: count / seconds,
      unit: "jobs/s",
      note: `n = ${count}, empty work, one worker; pg-boss 10 on PGlite: 212`,
    },
  ];
}

async function chats({ server, headers }) {
  const url = `data:image/jpeg;base64,${film.toString("base64")}`;
  const words = (label) =>
    `Is there ${label}?\nYou MUST end your responce with either "Final Answer: yes" or "Final Answer: no"`;
  const ask = async (label) => {
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({
        model: "nano",
        max_tokens: 20,
        temperature: 0,
        messages: [
          {
            role: "user",
            content: [
              { type: "image_url", image_url: { url } },
              { type: "text", text: words(label) },
            ],
          },
        ],
      }),
    });
    if (!response.ok) throw new Error(await response.text());
    await response.json();
  };
  const timed = async (work) => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };
  await ask("pneumonia");
  const http = [];
  for (let i = 0; i < 20; i++) http.push(await timed(() => ask("pneumonia")));
  const model = await loadModel("nano");
  const image = squareViewImage(await readPhoto(film), model.limits.imageSize, 0).image;
  /** @type {import("../../dist/model/index.js").Message} */
  const begin = { role: "user", content: [{ type: "image", image }] };
  const prefix = await model.prefill([begin]);
  /** @type {import("../../dist/model/index.js").Message[]} */
  const messages = [
    {
      role: "user",
      content: [
        { type: "image", image },
        { type: "text", text: words("pneumonia") },
      ],
    },
  ];
  const own = [];
  const once = () => model.generate(messages, { prefix, maxTokens: 20, temperature: 0 }).result;
  await once();
  for (let i = 0; i < 20; i++) own.push(await timed(once));
  await prefix.close();
  await model.close();
  const one = await timed(async () => {
    for (let i = 0; i < 8; i++) await ask("pneumonia");
  });
  const together = await timed(() => Promise.all(Array.from({ length: 8 }, () => ask("pneumonia"))));
  const [a, b] = [quantile(http, 0.5), quantile(own, 0.5)];
  return [
    {
      id: "chats, follow-up over HTTP",
      ours: a,
      peer: b,
      peerName: "in process",
      unit: "ms",
      ratio: b / a,
      note: "medians, n = 20 each; goal <= 1.15 of in process",
    },
    {
      id: "chats, 8 at once",
      ours: together,
      peer: one,
      peerName: "one after the other",
      unit: "ms",
      ratio: one / together,
      note: "n = 8; goal 1.5x",
    },
  ];
}

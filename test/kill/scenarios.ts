/** The commands that write over a longer time: a batch, a pull, a preparation, a tuning run, an export. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { chatServer } from "../support/chat-server.ts";
import type { Scenario } from "./kill.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const studies = 12;
const answerMs = 15;

const freshFolder = () => mkdtemp(join(tmpdir(), "polyclinic-kill-"));
const gone = (path: string) => rm(path, { recursive: true, force: true });
const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

/** Every file below a folder with its hash; nothing where the folder is not there. */
async function hashes(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found: Record<string, string> = {};
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    found[path.slice(folder.length + 1)] = sha256(await readFile(path));
  }
  return found;
}

/** The same files with the same bytes as the first time. */
function sameAsFirst(folder: string, ignore: (name: string) => boolean = () => false): () => Promise<void> {
  let first: Record<string, string> | undefined;
  return async () => {
    const now = Object.fromEntries(Object.entries(await hashes(folder)).filter(([name]) => !ignore(name)));
    first ??= now;
    assert.notEqual(Object.keys(first).length, 0);
    assert.deepEqual(now, first);
  };
}

export async function batchScenario(): Promise<Scenario> {
  const folder = await freshFolder();
  const server = await chatServer("openai", async (response) => {
    await new Promise((resolve) => setTimeout(resolve, answerMs));
    response.writeHead(200, { "content-type": "text/event-stream" });
    const choices = [{ index: 0, delta: { content: "A chest film." }, finish_reason: "stop" }];
    const usage = { prompt_tokens: 300, completion_tokens: 4 };
    const events = [{ choices }, { choices: [], usage }].map((event) => `data: ${JSON.stringify(event)}\n\n`);
    response.end(`${events.join("")}data: [DONE]\n\n`);
  });
  const ids = Array.from({ length: studies }, (_, i) => `${String(i).padStart(2, "0")}.png`);
  await mkdir(join(folder, "films"));
  const film = await sharp({ create: { width: 32, height: 32, channels: 3, background: "#777" } })
    .png()
    .toBuffer();
  for (const id of ids) await writeFile(join(folder, "films", id), film);
  const taskFlags = ["--task", "ask", "-q", "What is seen?", "--free", "--concurrency", "2"];
  return {
    name: "batch",
    folder,
    words: ["batch", "films", ...taskFlags, "-o", "out", "--csv", "out.csv"],
    env: { POLYCLINIC_MODEL: server.url },
    async reset() {
      await gone(join(folder, "out"));
      await gone(join(folder, "out.csv"));
    },
    async check() {
      const lines = (await readFile(join(folder, "out/results.jsonl"), "utf8")).trimEnd().split("\n");
      const found = lines.map((line) => JSON.parse(line));
      assert.deepEqual(found.map(({ id }) => id).sort(), ids);
      assert.ok(found.every(({ status }) => status === "answered"));
      const { finished, counts } = JSON.parse(await readFile(join(folder, "out/manifest.json"), "utf8"));
      assert.deepEqual([finished, counts.answered], [true, studies]);
      const csv = (await readFile(join(folder, "out.csv"), "utf8")).trimEnd().split("\r\n");
      assert.equal(csv.length, studies + 1);
      assert.deepEqual((await readdir(join(folder, "out"))).sort(), ["manifest.json", "results.jsonl"]);
    },
    async close() {
      await server.close();
      await gone(folder);
    },
  };
}

/** From a hub of our own that sends the embedded model a piece at a time, so that there is something to interrupt. */
export async function pullScenario(): Promise<Scenario> {
  const folder = await freshFolder();
  const names = ["config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "model.safetensors"];
  const contents = new Map<string, Buffer>();
  for (const name of names) contents.set(name, await readFile(join(root, "models/nano", name)));
  const server = createServer(async (request, response) => {
    const url = request.url ?? "";
    if (url.includes("/api/models/")) {
      const siblings = [...contents].map(([rfilename, data]) => ({
        rfilename,
        size: data.length,
        blobId: createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex"),
        ...(rfilename.endsWith(".safetensors") && { lfs: { sha256: sha256(data), size: data.length } }),
      }));
      return void response.end(JSON.stringify({ sha: "abc123", siblings }));
    }
    const data = contents.get(url.split("/").at(-1)!);
    if (data === undefined) return void response.writeHead(404).end();
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": data.length - from });
    for (let at = from; at < data.length && !response.destroyed; at += 400_000) {
      response.write(data.subarray(at, at + 400_000));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const pulled = async () => {
    const files = Object.entries(await hashes(join(folder, "cache")));
    return files.filter(([path]) => names.includes(path.split("/").at(-1)!));
  };
  const wrong = (found: readonly (readonly [string, string])[]) =>
    found.filter(([path, hash]) => hash !== sha256(contents.get(path.split("/").at(-1)!)!));
  return {
    name: "pull",
    folder,
    words: ["models", "pull", "owner/name"],
    env: {
      POLYCLINIC_CACHE: join(folder, "cache"),
      HF_HOME: join(folder, "hf"),
      HF_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
    reset: () => gone(join(folder, "cache")),
    async afterKill() {
      assert.deepEqual(wrong(await pulled()), []);
    },
    async check() {
      const found = await pulled();
      assert.deepEqual(wrong(found), []);
      assert.deepEqual(found.map(([path]) => path.split("/").at(-1)!).sort(), [...names].sort());
      const left = Object.keys(await hashes(join(folder, "cache"))).filter((path) => /part|tmp|lock/.test(path));
      assert.deepEqual(left, []);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await gone(folder);
    },
  };
}

/** The weights of a precision are written on first use; a killed writer leaves nothing that a later one takes for whole. */
export async function prepareScenario(): Promise<Scenario> {
  const folder = await freshFolder();
  const cache = join(folder, "cache");
  const same = sameAsFirst(cache, (name) => /lock/.test(name));
  let answer: string | undefined;
  return {
    name: "prepare",
    folder,
    words: [
      ...["ask", join(root, "samples/chest-xray.jpg"), "Is there pneumonia?"],
      ...["--precision", "int4", "--quiet", "--save-json", "answer.json"],
    ],
    env: { POLYCLINIC_CACHE: cache },
    async reset() {
      await gone(cache);
      await gone(join(folder, "answer.json"));
    },
    async afterKill() {
      // A killed command may have written its answer: the next is not to refuse because of it.
      await gone(join(folder, "answer.json"));
    },
    async check() {
      await same();
      const { answer: said } = JSON.parse(await readFile(join(folder, "answer.json"), "utf8"));
      answer ??= JSON.stringify(said);
      assert.equal(JSON.stringify(said), answer);
    },
    close: () => gone(folder),
  };
}

/** A run that goes on ends with the bytes of one that was never stopped. */
export async function tuneScenario(): Promise<Scenario> {
  const folder = await freshFolder();
  await cp(join(root, "samples/cells"), join(folder, "cells"), { recursive: true });
  const config = `base: nano
out: run
data: { train: cells/train.jsonl, validation: cells/validation.jsonl }
learner: { kind: lora, rank: 4, alpha: 4, dropout: 0, targets: all-linear }
schedule: { epochs: 1, learningRate: 2.0e-4, warmup: 0.1, shape: linear }
batch: { rows: 4, accumulation: 1 }
`;
  await writeFile(join(folder, "tune.yaml"), config);
  const adapter = sameAsFirst(join(folder, "run/adapter"), (name) => !name.endsWith(".safetensors"));
  return {
    name: "tune",
    folder,
    words: ["tune", "tune.yaml"],
    env: {},
    reset: () => gone(join(folder, "run")),
    check: adapter,
    close: () => gone(folder),
  };
}

/** Four files of one answer: each is there whole, or not at all, and no half of one lies beside them. */
export async function exportScenario(): Promise<Scenario> {
  const folder = await freshFolder();
  const out = join(folder, "out");
  await mkdir(out);
  const whole = (name: string, data: Buffer) => {
    if (/\.json$/.test(name)) JSON.parse(data.toString("utf8"));
    else if (/\.png$/.test(name)) assert.equal(data.subarray(-8, -4).toString("latin1"), "IEND");
    else assert.equal(data.subarray(128, 132).toString("latin1"), "DICM");
  };
  const files = async () => {
    const names = await readdir(out);
    for (const name of names.filter((one) => /^[\w-]+\.(?:json|png|dcm)$/.test(one)))
      whole(name, await readFile(join(out, name)));
    return names;
  };
  return {
    name: "export",
    folder,
    words: [
      ...["locate", join(root, "samples/chest-xray.jpg"), "right lung", "--anyway", "--quiet"],
      ...["--save-json", "out/a.json", "--fhir", "out/b.json", "--overlay", "out/c.png", "--sr", "out/d.dcm"],
    ],
    env: {},
    async reset() {
      await gone(out);
      await mkdir(out);
    },
    async afterKill() {
      await files();
      // Existing outputs are never overwritten: a person removes them first.
      await gone(out);
      await mkdir(out);
    },
    async check() {
      const names = await files();
      assert.deepEqual(names.filter((name) => !name.includes("image")).sort(), ["a.json", "b.json", "c.png", "d.dcm"]);
    },
    close: () => gone(folder),
  };
}

export const scenarios: readonly (() => Promise<Scenario>)[] = [
  batchScenario,
  pullScenario,
  prepareScenario,
  tuneScenario,
  exportScenario,
];

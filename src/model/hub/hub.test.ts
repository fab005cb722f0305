import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pullModel } from "./pull.ts";
import { resolveModel } from "./resolve.ts";
import { listStored, modelFolder, removeStored } from "./store.ts";

const name = "google/tiny";
const weights = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 31) % 256));
const contents: Record<string, Buffer> = {
  "config.json": Buffer.from('{"model_type":"gemma3"}'),
  "tokenizer.json": Buffer.from("{}"),
  "model.safetensors": weights,
  "README.md": Buffer.from("card"),
  "pytorch_model.bin": Buffer.from("not wanted"),
};
const sha256 = (data: Buffer) => createHash("sha256").update(data).digest("hex");
const gitBlob = (data: Buffer) => createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex");

let server: Server;
let folder: string;
let env: NodeJS.ProcessEnv;
let requests: IncomingMessage[];
/** Replaces the answer to a file; undefined leaves it as it is. */
let misbehave: (request: IncomingMessage, response: ServerResponse) => boolean;

beforeEach(async () => {
  requests = [];
  misbehave = () => false;
  folder = await mkdtemp(join(tmpdir(), "polyclinic-hub-"));
  server = createServer((request, response) => {
    requests.push(request);
    if (misbehave(request, response)) return;
    const url = request.url ?? "";
    if (url.startsWith(`/api/models/${name}/revision/main`)) {
      const siblings = Object.entries(contents).map(([rfilename, data]) => ({
        rfilename,
        size: data.length,
        blobId: gitBlob(data),
        ...(rfilename.endsWith(".safetensors") && { lfs: { sha256: sha256(data), size: data.length } }),
      }));
      response.end(JSON.stringify({ sha: "abc123", gated: "manual", siblings }));
      return;
    }
    const data = contents[url.replace(`/${name}/resolve/abc123/`, "")];
    if (data === undefined) return void response.writeHead(404).end();
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": data.length - from });
    response.end(data.subarray(from));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  env = {
    POLYCLINIC_CACHE: join(folder, "cache"),
    HF_HOME: join(folder, "hf"),
    HF_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const files = async () => (await readdir(modelFolder(name, env))).sort();

test("a pull brings what a checkpoint needs, checked, and is found by name", async () => {
  await expect(resolveModel(name, env)).rejects.toMatchObject({ code: "hub/not-pulled" });
  const steps: number[] = [];
  const pulled = await pullModel(name, { env, onProgress: ({ done }) => steps.push(done) });
  expect(await files()).toEqual([
    "README.md",
    "config.json",
    "model.safetensors",
    "polyclinic-pull.json",
    "tokenizer.json",
  ]);
  expect(weights.equals(await readFile(join(pulled.folder, "model.safetensors")))).toBe(true);
  expect(steps.at(-1)).toBe(pulled.manifest.files.reduce((sum, { bytes }) => sum + bytes, 0));
  expect(await resolveModel(name, env)).toEqual({ kind: "folder", folder: pulled.folder, name });
  expect((await pullModel(name, { env })).unchanged).toBe(true);
  expect(await listStored(env)).toMatchObject([{ name, manifest: { revision: "abc123" } }]);
  expect(await removeStored(name, env)).toBeGreaterThan(weights.length);
  await expect(removeStored(name, env)).rejects.toMatchObject({ code: "hub/not-pulled" });
});

test("a connection that breaks is taken up where it broke", async () => {
  let breaks = 2;
  let received = 0;
  misbehave = (request, response) => {
    if (!request.url?.endsWith("model.safetensors") || breaks-- <= 0) return false;
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": weights.length - from });
    response.write(weights.subarray(from, from + 50_000));
    // Until some of it has arrived: on a busy machine, that takes a while.
    const before = received;
    const timer = setInterval(() => {
      if (received > before) {
        clearInterval(timer);
        response.destroy();
      }
    }, 5);
    return true;
  };
  await pullModel(name, { env, onProgress: ({ done }) => (received = done) });
  const ranges = requests.filter(({ url }) => url?.endsWith("model.safetensors")).map(({ headers }) => headers.range);
  expect(ranges[0]).toBeUndefined();
  expect(Number(/bytes=(\d+)-/.exec(ranges[1] ?? "")?.[1])).toBeGreaterThan(0);
  expect(weights.equals(await readFile(join(modelFolder(name, env), "model.safetensors")))).toBe(true);
});

test("a stopped pull leaves no file under its name, is said to be partial, and goes on later", async () => {
  const stop = new AbortController();
  misbehave = (request, response) => {
    if (!request.url?.endsWith("model.safetensors")) return false;
    response.writeHead(200, { "content-length": weights.length });
    response.write(weights.subarray(0, 70_000));
    // Not before all of it is on the disk.
    const part = join(modelFolder(name, env), "model.safetensors.part");
    const timer = setInterval(async () => {
      if ((await stat(part).catch(() => undefined))?.size !== 70_000) return;
      clearInterval(timer);
      stop.abort();
    }, 5);
    return true;
  };
  await expect(pullModel(name, { env, signal: stop.signal })).rejects.toMatchObject({ code: "abort/aborted" });
  expect(await files()).toEqual(["README.md", "config.json", "model.safetensors.part", "tokenizer.json"]);
  await expect(resolveModel(name, env)).rejects.toThrow(/only in part.*resumes/);
  misbehave = () => false;
  await pullModel(name, { env });
  expect(requests.at(-1)?.headers.range).toBe("bytes=70000-");
  expect(weights.equals(await readFile(join(modelFolder(name, env), "model.safetensors")))).toBe(true);
});

test("a damaged file never gets its name", async () => {
  misbehave = (request, response) => {
    if (!request.url?.endsWith("model.safetensors")) return false;
    response.end(Buffer.alloc(weights.length));
    return true;
  };
  await expect(pullModel(name, { env })).rejects.toMatchObject({ code: "hub/checksum", where: "model.safetensors" });
  expect(await files()).not.toContain("model.safetensors");
  expect(await files()).not.toContain("model.safetensors.part");
});

test.each([
  [401, {}, undefined, "hub/token", /HF_TOKEN/],
  [401, { "x-error-code": "GatedRepo" }, undefined, "hub/licence", /accept the terms.*HF_TOKEN/],
  [403, { "x-error-code": "GatedRepo" }, "t", "hub/licence", /account of this token/],
  [404, {}, "t", "hub/not-found", /owner\/name/],
  [500, {}, "t", "hub/failed", /download resumes/],
])("status %i %j: says which of name, token and licence is missing", async (status, headers, token, code, message) => {
  misbehave = (_, response) => {
    response.writeHead(status, headers).end();
    return true;
  };
  const pull = pullModel(name, { env: { ...env, ...(token && { HF_TOKEN: token }) } });
  await expect(pull).rejects.toMatchObject({ code });
  await expect(pull).rejects.toThrow(message);
});

test("the user's token is sent", async () => {
  await mkdir(join(folder, "hf"), { recursive: true });
  await writeFile(join(folder, "hf", "token"), "stored\n");
  await pullModel(name, { env });
  expect(requests[0].headers.authorization).toBe("Bearer stored");
});

test("no network: says how to bring the folder, and the folder is taken", async () => {
  await expect(pullModel(name, { env: { ...env, HF_ENDPOINT: "http://127.0.0.1:1" } })).rejects.toThrow(/--from/);
  const copy = join(folder, "copy");
  await mkdir(copy);
  await writeFile(join(copy, "config.json"), "{}");
  await expect(pullModel(name, { env, from: copy })).rejects.toMatchObject({ code: "hub/incomplete-folder" });
  for (const [path, data] of Object.entries(contents)) await writeFile(join(copy, path), data);
  await pullModel(name, { env, from: copy });
  expect(await files()).toContain("model.safetensors");
  expect(await files()).not.toContain("pytorch_model.bin");
});

test("a copy of Hugging Face's own cache is found", async () => {
  const snapshot = join(folder, "hf", "hub", "models--google--tiny", "snapshots", "ff00");
  await mkdir(snapshot, { recursive: true });
  await mkdir(join(snapshot, "..", "..", "refs"));
  await writeFile(join(snapshot, "..", "..", "refs", "main"), "ff00");
  for (const [path, data] of Object.entries(contents)) await writeFile(join(snapshot, path), data);
  expect(await resolveModel(name, env)).toMatchObject({ kind: "folder", folder: snapshot });
});

test("what is no model says what would be", async () => {
  await expect(resolveModel("nonsense", env)).rejects.toMatchObject({ code: "model/not-found" });
  await expect(resolveModel(folder, env)).rejects.toMatchObject({ code: "model/incomplete" });
  await expect(pullModel("../evil", { env })).rejects.toMatchObject({ code: "hub/name" });
  expect(await resolveModel("http://localhost:8000/v1#m", env)).toEqual({
    kind: "server",
    url: "http://localhost:8000/v1#m",
  });
});

test.runIf(process.getuid?.() !== 0)("a cache that cannot be written says so", async () => {
  await mkdir(join(folder, "cache"));
  await chmod(join(folder, "cache"), 0o500);
  await expect(pullModel(name, { env })).rejects.toMatchObject({ code: "hub/write" });
});

test("two pulls of one model at once are both whole, and nothing is fetched twice", async () => {
  const pulls = await Promise.all([1, 2, 3].map(() => pullModel(name, { env })));
  for (const { folder: at } of pulls) {
    expect(await readFile(join(at, "model.safetensors"))).toEqual(weights);
    expect((await readdir(at)).filter((file) => /\.(?:part|lock)$/.test(file))).toEqual([]);
  }
  expect(requests.filter(({ url }) => url?.endsWith("model.safetensors"))).toHaveLength(1);
});

test("a lock that a killed process left does not block a pull", async () => {
  const at = modelFolder(name, env);
  await mkdir(at, { recursive: true });
  const lock = join(at, "config.json.part.lock");
  await writeFile(lock, "");
  const old = new Date(Date.now() - 60_000);
  await utimes(lock, old, old);
  expect((await pullModel(name, { env })).unchanged).toBe(false);
});

test("a body that goes on beyond its size is stopped at once", async () => {
  let sent = 0;
  misbehave = (request, response) => {
    if (!request.url?.endsWith("config.json")) return false;
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed) {
        sent += 1 << 16;
        if (!response.write(Buffer.alloc(1 << 16))) return void response.once("drain", more);
      }
    };
    more();
    return true;
  };
  await expect(pullModel(name, { env })).rejects.toMatchObject({ code: "hub/checksum", where: "config.json" });
  expect(sent).toBeLessThan(1 << 26);
  misbehave = () => false;
  expect((await pullModel(name, { env })).unchanged).toBe(false);
});

test("a token never stands in an error, whatever the hub echoes", async () => {
  const token = "hf_SECRETSECRETSECRET";
  for (const status of [400, 401, 403, 404, 500]) {
    misbehave = (request, response) => {
      response.writeHead(status, { "x-error-message": `no: ${request.headers.authorization}` });
      response.end(`<p>${request.headers.authorization}</p>`);
      return true;
    };
    const error = await pullModel(name, { env: { ...env, HF_TOKEN: token } }).catch((e: Error) => e);
    expect((error as Error).message + JSON.stringify(error)).not.toContain("SECRET");
  }
});

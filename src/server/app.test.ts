/** The application over a real socket, asked by OpenAI's own client, with the embedded model. */
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { Client as McpClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import OpenAI from "openai";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadEmbedder, loadModel } from "../model/index.ts";
import { openStudy } from "../study/index.ts";
import { criticalViewTask } from "../task/critical-view/critical-view.ts";
import { layOut } from "../task/layout.ts";
import { run } from "../task/run.ts";
import { whenTask } from "../task/when/when.ts";
import { Audit } from "./access/audit.ts";
import { forgetCallers } from "./access/known-callers.ts";
import { LoginLinks } from "./access/login-links.ts";
import { addPerson, beginSession, issueToken } from "./access/people.ts";
import { createApp } from "./app.ts";
import { Engines } from "./engines/engines.ts";
import { FileStore, type Store } from "./store/index.ts";
import { migratedDatabase } from "./store/migrated.testing.ts";

const film = readFileSync(new URL("../../samples/chest-xray.jpg", import.meta.url));
const image = { type: "image_url" as const, image_url: { url: `data:image/jpeg;base64,${film.toString("base64")}` } };
const question = {
  role: "user" as const,
  content: [
    image,
    {
      type: "text" as const,
      text: 'Is there pneumonia?\nYou MUST end your responce with either "Final Answer: yes" or "Final Answer: no"',
    },
  ],
};

let folder: string;
let store: Store;
let engines: Engines;
/** A model of a folder is offered by the folder's name: its path is nobody's business. */
const embedder = "siglip";
let url: string;
let token: string;
let links: LoginLinks;
let person: string;
let stop: () => void;
let app: ReturnType<typeof createApp>;
const failures: unknown[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-server-"));
  const database = await migratedDatabase();
  store = { database, files: new FileStore(folder), close: () => database.close() };
  const towers = join(folder, "siglip");
  await mkdir(towers);
  // The weights of one golden model with the words of another: vectors, whatever they mean.
  const golden = (name: string) => fileURLToPath(new URL(`../model/engine/goldens/${name}`, import.meta.url));
  for (const file of ["config.json", "model.safetensors"]) await cp(join(golden("siglip"), file), join(towers, file));
  await cp(join(golden("gemma3-multimodal"), "tokenizer.json"), join(towers, "tokenizer.json"));
  const cacheFolder = join(folder, "cache");
  engines = new Engines({
    names: ["nano"],
    open: loadModel,
    maxConcurrent: 1,
    waiting: 2,
    embedders: [towers],
    openEmbedder: (name) => loadEmbedder(name, { precision: "f32", cacheFolder }),
  });
  links = new LoginLinks();
  app = createApp({ store, engines, links, hosts: new Set(["127.0.0.1"]), onFailure: (e) => failures.push(e) });
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  stop = () => server.close();
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  person = (await addPerson(database, { name: "A. Reader", scopes: ["read", "answer"] })).id;
  token = (await issueToken(database, { person, label: "test", scopes: ["read", "answer", "sign"] })).token;
}, 120_000);
afterAll(async () => {
  stop?.();
  await engines?.close();
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

const sample = (name: string) => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));

/** @returns the id of the study that a sample became. */
async function upload(name: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const api = async (path: string, init: RequestInit) =>
    (await fetch(`${url}/api${path}`, { headers, ...init })).json();
  const { upload } = (await api("/uploads", { method: "POST" })) as { upload: string };
  await api(`/uploads/${upload}/file`, {
    method: "PUT",
    headers: { ...headers, "x-file-name": name },
    body: readFileSync(sample(name)),
  });
  const { studies } = (await api(`/uploads/${upload}/finish`, { method: "POST" })) as { studies: string[] };
  return studies[0];
}

const client = () => new OpenAI({ apiKey: token, baseURL: `${url}/v1`, maxRetries: 0 });

describe("OpenAI's client", () => {
  test("lists models and gets the answer of nano about a picture", async () => {
    const models = (await client().models.list()).data.map(({ id }) => id);
    expect(models).toEqual(expect.arrayContaining(["nano", "siglip", "nano:report", "nano:locate"]));
    expect(models).not.toContain("nano:compare");
    const answer = await client().chat.completions.create({ model: "nano", messages: [question], max_tokens: 20 });
    expect(answer.choices[0].finish_reason).toBe("stop");
    expect(answer.choices[0].message.content).toMatch(/yes|no/);
    expect(answer.usage!.total_tokens).toBe(answer.usage!.prompt_tokens + answer.usage!.completion_tokens);
  });

  test("streams the same words, with usage, and a follow-up reuses the images", async () => {
    const whole = await client().chat.completions.create({ model: "nano", messages: [question], max_tokens: 20 });
    const stream = await client().chat.completions.create({
      model: "nano",
      messages: [question],
      max_tokens: 20,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let cached = 0;
    for await (const { choices, usage } of stream) {
      text += choices[0]?.delta.content ?? "";
      cached = usage?.prompt_tokens_details?.cached_tokens ?? cached;
    }
    expect(text).toBe(whole.choices[0].message.content);
    expect(cached).toBeGreaterThan(0);
  });

  test("several answers and their likelihoods, whole and streamed; the chosen tokens spell the answer", async () => {
    const asked = { model: "nano", messages: [question], max_tokens: 20, n: 2, logprobs: true, top_logprobs: 3 };
    const { choices } = await client().chat.completions.create({ ...asked, temperature: 0 });
    expect(choices.map(({ index }) => index)).toEqual([0, 1]);
    expect(choices[1].message.content).toBe(choices[0].message.content);
    for (const { message, logprobs } of choices) {
      const tokens = logprobs!.content!;
      expect(tokens.map(({ token }) => token).join("")).toBe(message.content);
      for (const { token, logprob, top_logprobs } of tokens) {
        expect(top_logprobs).toHaveLength(3);
        // At temperature 0 the chosen token is the likeliest.
        expect(top_logprobs[0]).toMatchObject({ token, logprob });
        expect(top_logprobs[0].logprob).toBeGreaterThanOrEqual(top_logprobs[1].logprob);
        expect(top_logprobs.reduce((sum, one) => sum + Math.exp(one.logprob), 0)).toBeLessThanOrEqual(1 + 1e-6);
      }
    }
    const stream = await client().chat.completions.create({ ...asked, n: 1, temperature: 0, stream: true });
    const streamed: { token: string; logprob: number }[] = [];
    for await (const { choices: pieces } of stream) streamed.push(...(pieces[0]?.logprobs?.content ?? []));
    // One alone and several side by side are computed in another order: equal to rounding.
    expect(streamed.map(({ token }) => token)).toEqual(choices[0].logprobs!.content!.map(({ token }) => token));
    for (const [i, { logprob }] of choices[0].logprobs!.content!.entries())
      expect(streamed[i].logprob).toBeCloseTo(logprob, 3);
  });

  test("streamed: cautions stand in the first chunk, before any word; a refusal is a refusal", async () => {
    const ask = async (text: string) => {
      const stream = await client().chat.completions.create({
        model: "nano",
        messages: [{ role: "user", content: [image, { type: "text", text }] }],
        max_tokens: 20,
        stream: true,
      });
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk as typeof chunk & { cautions?: string[] });
      return chunks;
    };
    const [first, ...rest] = await ask("Is there pneumonia?");
    expect(first.cautions).toEqual([expect.stringContaining("children's chest X-rays"), expect.anything()]);
    expect(first.choices[0].delta.content).toBe("");
    expect(rest.map(({ choices }) => choices[0].delta.content ?? "").join("")).toMatch(/yes|no/);
    const refused = await ask("How old is the patient?");
    expect(refused.map(({ choices }) => choices[0].delta.refusal ?? "").join("")).toMatch(/^Not answered/);
    expect(refused.at(-1)!.choices[0].finish_reason).toBe("content_filter");
  });

  test("a task is a model: a report of a picture and of a stored study, its cautions first", async () => {
    const report = await client().chat.completions.create({
      model: "nano:report",
      messages: [{ role: "user", content: [image] }],
    });
    expect(report.choices[0].message.content).toMatch(
      /^Caution: "Pneumonia, probably viral." is uncertain.*\n\nCaution: trained only on children's chest X-rays[\s\S]*research/i,
    );
    expect(report).toMatchObject({ result: { task: "report", schema: "polyclinic.result/1" } });
    const study = await upload("chest-xray.jpg");
    const stored = await client().chat.completions.create({
      model: "nano:ask",
      messages: [{ role: "user", content: "Is there pneumonia?" }],
      // @ts-expect-error of this server alone
      study,
    });
    expect(stored.choices[0].message.content).toMatch(/\n\n(yes|no)/);
    const { rows } = await store.database.query("select task from answer where study = $1", [study]);
    expect(rows).toEqual([{ task: "ask" }]);
    const pieces = await client().chat.completions.create({
      model: "nano:classify",
      messages: [{ role: "user", content: [image, { type: "text", text: "normal, pneumonia" }] }],
      stream: true,
    });
    let text = "";
    for await (const { choices } of pieces) text += choices[0]?.delta.content ?? "";
    expect(text).toMatch(/^Caution[\s\S]*(normal|pneumonia)/);
  });

  test("texts and pictures as vectors, in both encodings; the same text the same vector", async () => {
    const input = ["effusion", "effusion", image.image_url.url];
    // The client asks for base64 by itself and decodes it.
    const { data } = await client().embeddings.create({ model: "siglip", input });
    const floats = await client().embeddings.create({ model: embedder, input, encoding_format: "float" });
    expect(floats.data.map(({ embedding }) => embedding.map(Math.fround))).toEqual(
      data.map(({ embedding }) => embedding),
    );
    expect(data[1].embedding).toEqual(data[0].embedding);
    for (const { embedding } of data) expect(Math.hypot(...embedding)).toBeCloseTo(1, 4);
    await expect(client().embeddings.create({ model: "nano", input })).rejects.toMatchObject({ status: 404 });
    await expect(client().embeddings.create({ model: embedder, input, dimensions: 8 })).rejects.toMatchObject({
      status: 400,
      param: "dimensions",
    });
  });

  test("a strategy by name answers with its votes; one that searches is refused, for the server has nothing to search", async () => {
    const ask = (body: object) =>
      fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "nano", messages: [question], max_tokens: 20, ...body }),
      });
    const { choices } = (await (await ask({ strategy: "self-consistency:samples=3", budget: 2 })).json()) as {
      choices: { strategy: { replies: number; votes: { counts: object } } }[];
    };
    expect(choices[0].strategy).toMatchObject({ replies: 2, trace: [{ role: "answer", leftOut: 1 }] });
    expect((await ask({ strategy: "uncertainty-search" })).status).toBe(400);
    expect((await ask({ budget: 2 })).status).toBe(400);
  });

  test("a question in free words is asked in those the model learned, its limits are said, and another is refused", async () => {
    const ask = (text: string) =>
      client().chat.completions.create({
        model: "nano",
        messages: [{ role: "user", content: [image, { type: "text", text }] }],
        max_tokens: 60,
      });
    const learned = await client().chat.completions.create({ model: "nano", messages: [question], max_tokens: 60 });
    for (const words of ["Is there pneumonia?", "gibt es eine Lungenentzündung"]) {
      const free = await ask(words);
      expect(free.choices[0].message.content).toBe(learned.choices[0].message.content);
      expect(free).toMatchObject({ cautions: [expect.stringContaining("children's chest X-rays"), expect.anything()] });
    }
    const two = await client().chat.completions.create({
      model: "nano",
      messages: [{ role: "user", content: [image, image, { type: "text", text: "Has the pneumonia improved?" }] }],
      max_tokens: 60,
    });
    expect(two.choices[0].message.content).toMatch(/stable|improved|worsened/);
    const refused = await ask("How old is the patient?");
    expect(refused.choices[0]).toMatchObject({ finish_reason: "content_filter", message: { content: null } });
  });

  test.each([
    ["an unknown model", { model: "other", messages: [question] }, 404, "server/model"],
    [
      "a field that would be ignored",
      { model: "nano", messages: [question], logit_bias: { "1": 2 } },
      400,
      "server/field",
    ],
    [
      "an address instead of an image",
      {
        model: "nano",
        messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://169.254.169.254/" } }] }],
      },
      400,
      "server/image",
    ],
    [
      "likeliest tokens without likelihoods",
      { model: "nano", messages: [question], top_logprobs: 2 },
      400,
      "server/field",
    ],
    ["a task's field for a chat", { model: "nano", messages: [question], study: "x" }, 400, "server/field"],
    ["several answers of a task", { model: "nano:report", messages: [question], n: 2 }, 400, "server/field"],
    ["no messages", { model: "nano", messages: [] }, 400, "server/field"],
  ])("%s is refused with its status", async (_, body, status, code) => {
    await expect(client().chat.completions.create(body as never)).rejects.toMatchObject({ status, code });
  });

  test("calls beyond the queue are told when to come back", async () => {
    const one = () => client().chat.completions.create({ model: "nano", messages: [question], max_tokens: 20 });
    const results = await Promise.allSettled(Array.from({ length: 8 }, one));
    const refused = results.filter((r) => r.status === "rejected").map((r) => r.reason);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    expect(Number(refused[0].headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("the Model Context Protocol", () => {
  const connected = async (transport: Transport) => {
    const agent = new McpClient({ name: "test", version: "0" });
    await agent.connect(transport);
    return agent;
  };
  const call = async (agent: McpClient, name: string, given: Record<string, unknown> = {}) =>
    (await agent.callTool({ name, arguments: given })) as CallToolResult;
  const textOf = ({ content }: CallToolResult) => content.map((one) => (one.type === "text" ? one.text : "")).join("");

  test("over HTTP: the server's studies, an answer with its cautions first, a refusal, the picture that was seen", async () => {
    const study = await upload("chest-xray.jpg");
    const agent = await connected(
      new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${token}` } },
      }),
    );
    const { tools } = await agent.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["list_studies", "view", "record_search", "ask", "report", "locate", "classify"]),
    );
    const { studies } = (await call(agent, "list_studies")).structuredContent as { studies: { id: string }[] };
    expect(studies.map(({ id }) => id)).toContain(study);
    const answer = await call(agent, "ask", { study, question: "Is there pneumonia?" });
    expect(textOf(answer)).toMatch(/^Caution: trained only on children's chest X-rays/);
    expect(textOf(answer)).toMatch(/\n\n(yes|no)/);
    const refused = await call(agent, "ask", { study, question: "How old is the patient?" });
    expect(textOf(refused)).toMatch(/^Not answered/);
    const view = await call(agent, "view", { study });
    expect(view.content[1]).toMatchObject({ type: "image", mimeType: "image/png" });
    for (const given of [{ study: "other" }, { study, questoin: "Is there pneumonia?" }, {}])
      expect(await call(agent, "ask", given), JSON.stringify(given)).toMatchObject({ isError: true });
    await agent.close();
  });

  test("over standard input and output: a folder's studies; a record is searched, another study has none", async () => {
    const agent = await connected(
      new StdioClientTransport({
        command: process.execPath,
        args: [fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url)), "mcp", sample("")],
        stderr: "ignore",
      }),
    );
    const found = await call(agent, "record_search", { study: "chart.json", code: "haemoglobin" });
    expect(textOf(found)).toMatch(/hemoglobin/i);
    expect(await call(agent, "record_search", { study: "chest-xray.jpg" })).toMatchObject({ isError: true });
    expect(textOf(await call(agent, "ask", { study: "chest-xray.jpg", question: "Is there pneumonia?" }))).toMatch(
      /^Caution/,
    );
    await agent.close();
  });
});

describe("the gate", () => {
  test("without a token nothing but health is answered", async () => {
    for (const path of ["/v1/models", "/api/session", "/dicom-web/studies", "/mcp"])
      expect((await fetch(url + path)).status, path).toBe(401);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("another name of the host, another page, a revoked token are refused", async () => {
    const bearer = { authorization: `Bearer ${token}` };
    const port = new URL(url).port;
    expect((await fetch(`http://localhost:${port}/v1/models`, { headers: bearer })).status).toBe(403);
    expect((await fetch(`${url}/v1/models`, { headers: { ...bearer, origin: "https://evil.example" } })).status).toBe(
      403,
    );
    const { token: gone, id } = await issueToken(store.database, { person, label: "gone", scopes: ["read"] });
    await store.database.query("update api_token set revoked_at = now() where id = $1", [id]);
    expect((await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${gone}` } })).status).toBe(401);
  });

  test("a login link works once, and its session changes nothing without the CSRF token", async () => {
    const link = `${url}/login/${links.issue(person)}`;
    const login = await fetch(link, { redirect: "manual" });
    expect(login.status).toBe(302);
    const cookie = login.headers.get("set-cookie")!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect((await fetch(link, { redirect: "manual" })).status).toBe(401);
    const headers = { cookie: cookie.split(";")[0] };
    const { csrf, scopes } = (await (await fetch(`${url}/api/session`, { headers })).json()) as {
      csrf: string;
      scopes: string[];
    };
    const keyed = { ...headers, "x-csrf-token": csrf, "content-type": "application/json" };
    const asked = JSON.stringify({ label: "notebook", scopes: ["read"] });
    const made = await fetch(`${url}/api/tokens`, { method: "POST", headers: keyed, body: asked });
    const { id: key, token: secret } = (await made.json()) as { id: string; token: string };
    const byKey = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
    expect((await fetch(`${url}/v1/models`, { headers: byKey })).status).toBe(200);
    expect((await fetch(`${url}/api/tokens`, { method: "POST", headers: byKey, body: asked })).status).toBe(403);
    expect((await fetch(`${url}/api/tokens/${key}`, { method: "DELETE", headers: keyed })).status).toBe(204);
    expect((await fetch(`${url}/v1/models`, { headers: byKey })).status).toBe(401);
    // The token asked for `sign`, which the person has not.
    expect(scopes).toEqual(["read", "answer"]);
    expect((await fetch(`${url}/api/session`, { method: "DELETE", headers })).status).toBe(403);
    expect(
      (await fetch(`${url}/api/session`, { method: "DELETE", headers: { ...headers, "x-csrf-token": csrf } })).status,
    ).toBe(204);
    expect((await fetch(`${url}/api/session`, { headers })).status).toBe(401);
  });

  test("a session, a token and a login link whose time is over open nothing; a link also not after the clock jumped back", async () => {
    const late = async (table: string, id: string) => {
      await store.database.query(`update ${table} set expires_at = now() - interval '1 second' where ${id}`);
      // As after the second for which a caller is remembered.
      forgetCallers(store.database);
    };
    const { secret } = await beginSession(store.database, person);
    const cookie = (await fetch(`${url}/login/${links.issue(person)}`, { redirect: "manual" })).headers
      .get("set-cookie")!
      .split("=")[0];
    const bySession = { cookie: `${cookie}=${secret}` };
    expect((await fetch(`${url}/api/session`, { headers: bySession })).status).toBe(200);
    await late("session", "true");
    expect((await fetch(`${url}/api/session`, { headers: bySession })).status).toBe(401);
    const made = await issueToken(store.database, { person, label: "old", scopes: ["read"] });
    const byToken = { authorization: `Bearer ${made.token}` };
    expect((await fetch(`${url}/v1/models`, { headers: byToken })).status).toBe(200);
    await late("api_token", `id = '${made.id}'`);
    expect((await fetch(`${url}/v1/models`, { headers: byToken })).status).toBe(401);
    const link = links.issue(person);
    vi.useFakeTimers({ now: Date.now() + 11 * 60_000, toFake: ["Date"] });
    try {
      expect((await fetch(`${url}/login/${link}`, { redirect: "manual" })).status).toBe(401);
    } finally {
      vi.useRealTimers();
    }
    expect((await fetch(`${url}/login/${link}`, { redirect: "manual" })).status).toBe(401);
  });

  test("an entry that cannot be stored fails its own call and none of those written with it", async () => {
    const audit = new Audit(store.database);
    const record = (object: string) => audit.record({ who: "system", action: "test", object, outcome: "ok" });
    const written = await Promise.allSettled([record("a/1"), record("a/\0"), record("a/2")]);
    expect(written.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    const objects = (await audit.list()).filter(({ action }) => action === "test").map(({ object }) => object);
    expect(objects).toEqual(["a/1", "a/2"]);
  });

  test("the audit holds and shows a change", async () => {
    const audit = new Audit(store.database);
    const { entries, broken, head } = await audit.verify();
    expect(entries).toBeGreaterThan(3);
    expect(broken).toBeUndefined();
    expect(JSON.stringify(await audit.list())).not.toContain("Reader");
    expect((await audit.verify({ head })).headFound).toBe(true);
    await store.database.script("alter table audit disable trigger audit_append_only");
    // What is left after a cut at the end still fits; the noted hash shows that something is missing.
    await store.database.query("delete from audit where seq = $1", [entries]);
    expect(await audit.verify({ head })).toMatchObject({ entries: entries - 1, headFound: false });
    expect((await audit.verify()).broken).toBeUndefined();
    await store.database.query("update audit set outcome = 'failed' where seq = 2");
    expect((await audit.verify()).broken).toBe(2);
  });

  test("nothing failed unexpectedly", () => expect(failures).toEqual([]));
});

test("a pool of two such servers goes on when one is killed, and /metrics of the server before them shows it", async () => {
  const second = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }) as import("node:http").Server;
  await new Promise((resolve) => second.once("listening", resolve));
  const port = (second.address() as AddressInfo).port;
  const name = `${url}/v1#nano,http://127.0.0.1:${port}/v1#nano`;
  const server = { apiKey: token, retry: { firstDelayMs: 50 } };
  const before = new Engines({ names: [name], open: (pool) => loadModel(pool, { server }) });
  expect(before.jobsAtOnce).toBe(8);
  const { width, height, data } = await sharp(film)
    .resize(896, 896)
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true })
    .then((raw) => ({ ...raw.info, data: new Uint8Array(raw.data) }));
  const content = [
    { type: "image" as const, image: { kind: "image" as const, width, height, channels: 3 as const, data } },
    { type: "text" as const, text: "Is there pneumonia?" },
  ];
  const ask = () =>
    before.use(name, { caller: person }, async ({ model }) => {
      const { text } = await model.generate([{ role: "user", content }], { temperature: 0, maxTokens: 32 }).result;
      return text;
    });
  const [first] = await Promise.all([ask(), ask()]);
  expect(first).toMatch(/^Final Answer: (?:yes|no)$/);
  const asked = [ask(), ask()];
  second.closeAllConnections();
  second.close();
  expect(await Promise.all(asked)).toEqual([first, first]);
  const front = createApp({ store, engines: before, links, hosts: new Set(["127.0.0.1"]) });
  const metrics = await front.request("http://127.0.0.1/metrics", {
    headers: { host: "127.0.0.1", authorization: `Bearer ${token}` },
  });
  const text = await metrics.text();
  expect(text).toContain(`polyclinic_engine_ready{model="nano",server="127.0.0.1:${port}"} 0`);
  expect(text).toContain(`polyclinic_engine_ready{model="nano",server="${new URL(url).host}"} 1`);
  await before.close();
});

test("a video goes to a model served here frame by frame with its times, and its answer is read", async () => {
  // A golden model of random weights, with a context long enough for the prompts of a criterion.
  const name = join(folder, "films");
  await cp(fileURLToPath(new URL("../model/engine/goldens/gemma3-multimodal", import.meta.url)), name, {
    recursive: true,
  });
  const config = JSON.parse(readFileSync(join(name, "config.json"), "utf8"));
  config.text_config.max_position_embeddings = 640;
  await writeFile(join(name, "config.json"), JSON.stringify(config));
  const served = new Engines({ names: [name], open: loadModel });
  const films = createApp({ store, engines: served, links, hosts: new Set(["127.0.0.1"]) });
  const server = serve({ fetch: films.fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1#${name}`;
  const model = await loadModel(address, { server: { apiKey: token } });
  await using study = await openStudy(sample("cine.dcm"));
  const ask = async (maxFrames: number) =>
    run(whenTask, await layOut(study, model, { view: { maxFrames } }), model, {
      event: "the disc is bright",
      maxTokens: 12,
    });
  const [few, more] = [await ask(2), await ask(4)];
  expect(more.saw.images.map(({ time }) => time)).toEqual([0, 2, 3.875, 5.875]);
  // Random weights: what they say is no span, and that is data. Each frame costs its image and its time.
  expect([more.parse.status, few.parse.status]).toEqual(["unparsed", "unparsed"]);
  expect(more.usage.promptTokens - few.usage.promptTokens).toBeGreaterThan(2 * 5);
  // Three closed questions in writing; an answer that names no level is missing, never "not achieved".
  const layout = await layOut(study, model, { view: { maxFrames: 2 } });
  const { parse, answer, text } = await run(criticalViewTask, layout, model, { maxTokens: 6 });
  expect(text).not.toBe("");
  expect([parse.status, parse.problems.length, answer]).toEqual(["unparsed", 3, undefined]);
  await expect(ask(40)).rejects.toMatchObject({ code: "model/context", retryable: false });
  server.close();
  await served.close();
});

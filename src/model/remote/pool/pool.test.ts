/** Pools over real HTTP servers that see images, answer at a given pace, and are killed in the middle. */
import sharp from "sharp";
import { afterEach, expect, test } from "vitest";
import { type Answer, type ChatBody, type ChatServer, chatServer, fail } from "../../../../test/support/chat-server.ts";
import type { Message } from "../../contract.ts";
import type { ConnectOptions } from "../remote-model.ts";
import { serverAddresses } from "./addresses.ts";
import { connectPool, type ModelPool } from "./pool.ts";

const options: ConnectOptions = {
  imageSize: 64,
  retry: { attempts: 3, firstDelayMs: 5, maxDelayMs: 200 },
  timeouts: { firstByteMs: 2000, idleMs: 1000 },
};
const question: Message[] = [{ role: "user", content: [{ type: "text", text: "Is there pneumonia?" }] }];
const words = Array.from({ length: 40 }, (_, i) => `word${i} `);

const open: ChatServer[] = [];
const pools: ModelPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
  for (const server of open.splice(0)) await server.close();
});

interface Behaviour {
  /** Answers the canary's question about the small number. */
  readonly number?: string;
  readonly blind?: boolean;
  readonly answer?: readonly string[];
  /** Instead of any answer but the canary's. */
  readonly instead?: Answer;
  readonly model?: string;
  readonly port?: number;
}

/** An engine in vLLM's dialect that names the colours it decodes from the images it is sent. */
async function engine({ number = "7294", blind, answer = words, instead, model, port }: Behaviour = {}) {
  const reply: Answer = async (response, body, call) => {
    const parts: ChatBody[] = typeof body.messages[0].content === "string" ? [] : body.messages[0].content;
    const images = parts.filter(({ type }) => type === "image_url");
    if (images.length === 0 && instead !== undefined) return instead(response, body, call);
    const asksNumber = parts.some(({ text }) => text?.includes("number"));
    const pieces =
      images.length === 0
        ? answer
        : [
            asksNumber
              ? number
              : (await Promise.all(images.map((image) => (blind ? "red" : colourOf(image))))).join(", "),
          ];
    const send = (value: unknown) => response.write(`data: ${JSON.stringify(value)}\n\n`);
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const [i, content] of pieces.entries()) {
      if (response.destroyed) return;
      send({ choices: [{ index: 0, delta: { content }, finish_reason: i === pieces.length - 1 ? "stop" : null }] });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    send({ choices: [], usage: { prompt_tokens: 20 + 260 * images.length, completion_tokens: pieces.length } });
    response.end("data: [DONE]\n\n");
  };
  const list = () => ({ data: [{ id: model, owned_by: "vllm", max_model_len: 32768 }] });
  const server = await chatServer("vllm", reply, model === undefined ? {} : { "/v1/models": list }, port);
  open.push(server);
  return server;
}

async function colourOf({ image_url: { url } }: ChatBody): Promise<string> {
  const [red, green, blue] = await sharp(Buffer.from(url.split(",")[1], "base64"))
    .removeAlpha()
    .raw()
    .toBuffer();
  return red > green && red > blue ? "red" : green > blue ? "green" : "blue";
}

async function poolOf(...servers: readonly ChatServer[]): Promise<ModelPool> {
  const pool = await connectPool(
    servers.map(({ url }) => url),
    options,
  );
  pools.push(pool);
  return pool;
}
const states = (pool: ModelPool) => pool.engines().map(({ state }) => state);
/** Calls besides those of the canary. */
const asked = ({ calls }: ChatServer) =>
  calls.filter(({ messages }) => !JSON.stringify(messages).includes("image_url"));
async function answered(pool: ModelPool) {
  const generation = pool.generate(question, { temperature: 0 });
  let streamed = "";
  for await (const { text } of generation) streamed += text;
  return { streamed, text: (await generation.result).text };
}
const whole = { streamed: words.join(""), text: words.join("").trimEnd() };

test("addresses separated by commas are a pool; one twice is refused", () => {
  expect(serverAddresses("http://a:1/v1#m/x, https://b/v1#m/x")).toEqual(["http://a:1/v1#m/x", "https://b/v1#m/x"]);
  expect(serverAddresses("http://a/v1?x=1,2")).toHaveLength(1);
  expect(serverAddresses("models/folder,http://a/v1")).toEqual([]);
  expect(() => serverAddresses("http://a/v1,http://a/v1")).toThrow("given twice");
});

test("each call goes to the server with the fewest calls", async () => {
  const servers = [await engine(), await engine()];
  const pool = await poolOf(...servers);
  expect(pool.engines().map(({ canary }) => canary)).toEqual(["sees", "sees"]);
  await Promise.all(Array.from({ length: 6 }, () => answered(pool)));
  expect(servers.map((server) => asked(server).length)).toEqual([3, 3]);
});

test("a server killed in the middle loses no answer and shows no text twice; it is examined before it is used again", async () => {
  const [killed, other] = [await engine(), await engine()];
  const pool = await poolOf(killed, other);
  const answers = Array.from({ length: 6 }, () => answered(pool));
  while (asked(killed).length < 3) await new Promise((resolve) => setTimeout(resolve, 2));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await killed.close();
  expect(await Promise.all(answers)).toEqual(answers.map(() => whole));
  expect(states(pool)).toEqual(["unreachable", "ready"]);
  const port = Number(new URL(killed.url).port);
  const again = await engine({ port });
  // The first pause before it is examined again is a second.
  while (states(pool)[0] !== "ready") {
    expect(await answered(pool)).toEqual(whole);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const before = again.calls.length;
  expect(before).toBeGreaterThan(asked(again).length);
  await Promise.all([answered(pool), answered(pool)]);
  expect(asked(again).length).toBeGreaterThan(0);
});

test("a server that does not see, or sees less than another, is set aside with the reason", async () => {
  const [good, blind, small] = [await engine(), await engine({ blind: true }), await engine({ number: "1234" })];
  const pool = await poolOf(good, blind, small);
  expect(states(pool)).toEqual(["ready", "rejected", "rejected"]);
  expect(pool.engines()[2].problem).toContain("expected 7294, found 1234");
  await Promise.all([answered(pool), answered(pool)]);
  expect([good, blind, small].map((server) => asked(server).length)).toEqual([2, 0, 0]);
});

test("servers of different models are no pool, nor are none that answers", async () => {
  const [a, b] = [await engine({ model: "a" }), await engine({ model: "b" })];
  await expect(poolOf(a, b)).rejects.toMatchObject({ code: "remote/pool-differs", expected: "a", found: "b" });
  await a.close();
  const blind = await engine({ blind: true });
  await expect(poolOf(a, blind)).rejects.toMatchObject({
    code: "remote/pool",
    found: expect.stringMatching(/(?:no server is reachable|the connection failed).*fails the canary/s),
  });
});

test("a busy server's calls go to another; a request that is wrong goes nowhere else", async () => {
  const busy = await engine({ instead: fail(503, { error: { message: "queue full" } }, { "retry-after": "1" }) });
  const other = await engine();
  const pool = await poolOf(busy, other);
  expect(await Promise.all([answered(pool), answered(pool)])).toEqual([whole, whole]);
  const wrong = [await engine({ instead: fail(400, { error: { message: "no such parameter" } }) }), await engine()];
  const second = await poolOf(...wrong);
  const outcomes = await Promise.allSettled([answered(second), answered(second)]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(states(second)).toEqual(["ready", "ready"]);
});

test("text that was shown is never contradicted", async () => {
  const dying: Answer = async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const content = "There is no pneumothorax.";
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    response.destroy();
  };
  const pool = await poolOf(await engine({ instead: dying }), await engine());
  const outcomes = await Promise.allSettled([answered(pool), answered(pool)]);
  const failed = outcomes.filter((one) => one.status === "rejected");
  expect(failed).toHaveLength(1);
  expect(failed[0].reason).toMatchObject({ code: "remote/pool-cut" });
});

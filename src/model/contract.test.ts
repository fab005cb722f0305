/** What holds for every implementation of `Generator`, whoever runs it: in process, over HTTP, scripted. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answeringServer } from "../../test/support/answering-server.ts";
import type { Content, Generator, Message } from "./contract.ts";
import { loadModel } from "./engine/index.ts";
import { goldenFolder, goldenImage } from "./engine/testing.ts";
import { connect } from "./remote/index.ts";
import { ScriptedModel } from "./scripted/index.ts";

const text = (t: string): Content => ({ type: "text", text: t });
const image = (index: number): Content => ({ type: "image", image: goldenImage(index) });
const user = (...content: Content[]): Message => ({ role: "user", content });
const question = [user(image(0), text("Is there pneumonia?"))];

const implementations: Record<string, () => Promise<{ model: Generator; close(): Promise<void> }>> = {
  async onnx() {
    const cacheFolder = await mkdtemp(join(tmpdir(), "polyclinic-"));
    const model = await loadModel(goldenFolder("gemma3-multimodal"), { cacheFolder });
    return {
      model,
      async close() {
        await model.close();
        await rm(cacheFolder, { recursive: true });
      },
    };
  },
  async remote() {
    const server = await answeringServer(512);
    const model = await connect(server.url, { imageSize: 16, contextTokens: 512, retry: { attempts: 1 } });
    return {
      model,
      async close() {
        await model.close();
        await server.close();
      },
    };
  },
  async scripted() {
    const model = new ScriptedModel(["No consolidation is seen here ."], {
      limits: { imageSize: 16, contextTokens: 512 },
    });
    return { model, close: () => model.close() };
  },
};

describe.each(Object.keys(implementations))("%s", (name) => {
  let model: Generator;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ model, close } = await implementations[name]());
  }, 60_000);
  afterAll(() => close());
  const answer = (messages: readonly Message[], options = {}) =>
    model.generate(messages, { maxTokens: 4, ...options }).result;

  test("says who it is and what it takes", () => {
    expect(model.identity.name).not.toBe("");
    expect(model.identity.engine.split(":")[0]).toBe(name);
    expect(model.limits.imageSize).toBe(16);
    expect(model.limits.contextTokens).toBe(512);
  });

  test("the pieces of the stream are the answer", async () => {
    const generation = model.generate(question, { maxTokens: 6 });
    let streamed = "";
    for await (const delta of generation) streamed += delta.text;
    const result = await generation.result;
    expect(streamed).toBe(result.text);
    expect(result.usage.promptTokens).toBe(await model.countTokens(question));
    expect(result.usage.completionTokens).toBeLessThanOrEqual(6);
    expect(["stop", "length"]).toContain(result.finishReason);
  });

  test("awaiting the result alone drives it, and two readers see the same", async () => {
    const generation = model.generate(question, { maxTokens: 4 });
    const [a, b] = await Promise.all([generation.result, generation.result]);
    expect(a).toBe(b);
    let streamed = "";
    for await (const delta of generation) streamed += delta.text;
    expect(streamed).toBe(a.text);
  });

  test("the same call gives the same answer, greedy or with a seed", async () => {
    for (const options of [{ temperature: 0 }, { temperature: 1, seed: 7 }]) {
      expect(await answer(question, options)).toEqual(await answer(question, options));
    }
  });

  test("the token limit ends an answer with `length`", async () => {
    const result = await answer(question, { maxTokens: 2, temperature: 0 });
    expect(result.finishReason).toBe("length");
    expect(result.usage.completionTokens).toBe(2);
  });

  test("a signal that has fired ends it with `abort`", async () => {
    const result = await answer(question, { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ text: "", finishReason: "abort" });
  });

  test("a signal that fires while streaming ends it soon, with what came", async () => {
    const stop = new AbortController();
    const generation = model.generate(question, { maxTokens: 400, temperature: 0, signal: stop.signal });
    for await (const _ of generation) stop.abort();
    const result = await generation.result;
    expect(result.finishReason).toBe("abort");
    expect(result.usage.completionTokens).toBeLessThan(100);
  });

  test("a prompt over the context is refused before any work, with the numbers", async () => {
    const long = [user(text("word ".repeat(600)))];
    // A server counts by its own tokenizer, so it is the server that refuses.
    const numbers = name === "remote" ? { found: /512 tokens/ } : { expected: /^at most 512 tokens$/ };
    await expect(answer(long)).rejects.toMatchObject({
      code: "model/context",
      ...Object.fromEntries(Object.entries(numbers).map(([key, text]) => [key, expect.stringMatching(text)])),
    });
  });

  test("images cost what the limits say", async () => {
    const tokens = (...content: Content[]) => model.countTokens([user(...content)]);
    const one = await tokens(text("a"), image(0), text("b"));
    const two = await tokens(text("a"), image(0), text("x"), image(1), text("b"));
    expect(two - one).toBe(model.limits.tokensPerImage + 1);
  });

  test.skipIf(name === "remote")("a prefix changes nothing but the work, however often it is used", async () => {
    const prefix = await model.prefill!([user(image(0), image(1))]);
    const follow = (t: string) => [user(image(0), image(1), text(t))];
    for (const t of ["What is seen?", "Is there an effusion?", "What is seen?"]) {
      const kept = await answer(follow(t), { prefix });
      const plain = await answer(follow(t));
      expect(kept.text).toBe(plain.text);
      expect(kept.usage.cachedTokens).toBeGreaterThan(0);
      expect(kept.usage.promptTokens).toBe(plain.usage.promptTokens);
    }
    const fork = await prefix.fork();
    await prefix.close();
    await expect(answer(follow("Now?"), { prefix })).rejects.toMatchObject({ code: "model/prefix-closed" });
    expect((await answer(follow("Now?"), { prefix: fork })).usage.cachedTokens).toBe(fork.tokens);
  });

  test.skipIf(name === "remote")("a prefix of other messages is refused", async () => {
    const prefix = await model.prefill!([user(image(2), image(3))]);
    await expect(answer(question, { prefix })).rejects.toMatchObject({ code: "model/prefix" });
  });

  test("scores are sums over tokens, the same in any company", async () => {
    const continuations = ["yes", "no, not at all"];
    const scores = await model.score!(question, continuations);
    for (const { logLikelihood, tokenLogLikelihoods, tokenIds } of scores) {
      expect(tokenLogLikelihoods.length).toBe(tokenIds.length);
      expect(tokenLogLikelihoods.every((x) => x < 0)).toBe(true);
      expect(logLikelihood).toBeCloseTo(
        tokenLogLikelihoods.reduce((a, b) => a + b),
        10,
      );
    }
    const prefix = await model.prefill?.([user(image(0))]);
    const [alone] = await model.score!(question, [continuations[1]], { prefix });
    expect(alone.logLikelihood).toBeCloseTo(scores[1].logLikelihood, 3);
    await expect(model.score!(question, ["yes", ""])).rejects.toMatchObject({ code: "model/empty-continuation" });
  });

  test("samples are the answers of consecutive seeds", async () => {
    const options = { temperature: 1.5, seed: 3, maxTokens: 6 };
    const samples = await model.sample(question, 3, options);
    expect(samples).toHaveLength(3);
    for (const [i, { text, usage }] of samples.entries()) {
      expect(text).toBe((await answer(question, { ...options, seed: 3 + i })).text);
      expect(usage.completionTokens).toBeLessThanOrEqual(6);
    }
    await expect(model.sample(question, 0)).rejects.toMatchObject({ code: "model/option", where: "n" });
    const stopped = await model.sample(question, 2, { signal: AbortSignal.abort() });
    expect(stopped.map(({ finishReason }) => finishReason)).toEqual(["abort", "abort"]);
  });

  test("it can be closed twice, and disposed of", async () => {
    const own = await implementations[name]();
    await own.model.close();
    await own.model[Symbol.asyncDispose]();
    await own.close();
  });
});

/** Beginnings kept for calls that come at the same time. */
import { expect, test } from "vitest";
import type { Generator, Message, Prefix } from "../../model/contract.ts";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { PrefixCache } from "./prefix-cache.ts";

const seen = (value: number): Message[] => [
  {
    role: "user",
    content: [
      { type: "image", image: { kind: "image", width: 1, height: 1, channels: 1, data: Uint8Array.of(value) } },
      { type: "text", text: "What is seen?" },
    ],
  },
];

/** A model that counts what it prefills, and waits for `go`. */
function counting() {
  const model = new ScriptedModel(["Nothing."], { limits: { imageSize: 1, contextTokens: 100 } });
  const counts = { prefilled: 0 };
  const prefill: Generator["prefill"] = async (messages, options) => {
    counts.prefilled++;
    await new Promise((resolve) => setTimeout(resolve, 5));
    options?.signal?.throwIfAborted();
    return model.prefill!(messages, options);
  };
  return { cache: new PrefixCache(Object.assign(Object.create(model), { prefill })), counts };
}

test("calls about the same images at the same time compute them once", async () => {
  const { cache, counts } = counting();
  const [a, b] = await Promise.all([cache.of("ada", seen(1)), cache.of("ada", seen(1)), cache.of("ada", seen(2))]);
  expect(a).toBe(b);
  expect(counts.prefilled).toBe(2);
});

test("a call that is aborted while it computes does not take the others with it", async () => {
  const { cache, counts } = counting();
  const stop = new AbortController();
  const first = cache.of("ada", seen(1), stop.signal);
  const second = cache.of("ada", seen(1));
  stop.abort();
  await expect(first).rejects.toBeDefined();
  expect((await second)?.tokens).toBeGreaterThan(0);
  expect(counts.prefilled).toBe(2);
});

test("what one caller has sent is not known to another, not even by its time", async () => {
  const { cache, counts } = counting();
  const own = await cache.of("ada", seen(1));
  expect(await cache.of("ben", seen(1))).not.toBe(own);
  expect(await cache.of("ada", seen(1))).toBe(own);
  expect(counts.prefilled).toBe(2);
});

test("what falls out can still be used by the call that has it", async () => {
  const { cache, counts } = counting();
  const held = (await cache.of("ada", seen(0))) as Prefix;
  for (let i = 1; i < 6; i++) await cache.of("ada", seen(i));
  expect((await held.fork()).tokens).toBe(held.tokens);
  await cache.of("ada", seen(0));
  expect(counts.prefilled).toBe(7);
  await cache.close();
});

/** Ends of answers, forbidden ids and schemas on the tiny multimodal model. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GenerateOptions, Generator, Message } from "../contract.ts";
import { placeImages } from "./decode/prompt-tokens.ts";
import { loadModel } from "./load-model.ts";
import { goldenFolder, goldenImage } from "./testing.ts";

let cacheFolder: string;
let model: Generator;
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "polyclinic-"));
  model = await loadModel(goldenFolder("gemma3-multimodal"), { cacheFolder });
}, 60_000);
afterAll(async () => {
  await model.close();
  await rm(cacheFolder, { recursive: true });
});

const messages: Message[] = [
  {
    role: "user",
    content: [
      { type: "image", image: goldenImage(0) },
      { type: "text", text: "What is this?" },
    ],
  },
];
const answer = (options: GenerateOptions) =>
  model.generate(messages, { maxTokens: 24, temperature: 1.5, ...options }).result;

test("a draft changes nothing, whether the model writes it, a part of it, or something else", async () => {
  for (const options of [{ temperature: 0 }, { seed: 3 }, { seed: 5, maxTokens: 2 }, { seed: 3, maxTokens: 1 }]) {
    const plain = await answer(options);
    const other = `${plain.text.slice(0, 3)} something else entirely`;
    for (const draft of [plain.text, plain.text.slice(0, 5), other, "", `${plain.text} and more`]) {
      const drafted = await answer({ ...options, draft });
      expect(drafted).toEqual(plain);
    }
  }
});

test("a stop string ends the answer and is not part of it", async () => {
  const { text } = await answer({ seed: 3 });
  const stop = text.slice(4, 7);
  const stopped = await answer({ seed: 3, stop: [stop] });
  expect(stopped.text).toBe(text.slice(0, text.indexOf(stop)));
  expect(stopped.finishReason).toBe("stop");
});

test("an abort from a timer ends the answer within a token of it, with what there is", async () => {
  const stop = new AbortController();
  let pieces = 0;
  let atAbort = Number.POSITIVE_INFINITY;
  const timer = setInterval(() => {
    if (pieces < 5) return;
    atAbort = Math.min(atAbort, pieces);
    stop.abort();
  }, 0);
  // Only tokens of one letter each, so that pieces count tokens.
  const forbiddenTokenIds = Array.from({ length: 352 }, (_, id) => id).filter((id) => id < 271 || id > 322);
  const generation = model.generate(messages, { maxTokens: 400, signal: stop.signal, forbiddenTokenIds });
  for await (const _ of generation) pieces++;
  clearInterval(timer);
  const { finishReason, usage } = await generation.result;
  expect(finishReason).toBe("abort");
  expect(usage.completionTokens).toBeGreaterThanOrEqual(5);
  expect(usage.completionTokens).toBeLessThanOrEqual(atAbort + 2);
});

test("an end token ends the answer with `stop`", async () => {
  // With nothing else allowed, the first token is the end.
  const forbiddenTokenIds = Array.from({ length: 352 }, (_, id) => id).filter((id) => id !== 9);
  const result = await answer({ forbiddenTokenIds });
  expect(result).toMatchObject({ text: "", finishReason: "stop", usage: { completionTokens: 0 } });
});

test("image markers are never generated, nor what is forbidden", async () => {
  const forbiddenTokenIds = Array.from({ length: 300 }, (_, id) => id);
  for (let seed = 0; seed < 20; seed++) {
    const { tokenIds } = await answer({ seed, temperature: 5, forbiddenTokenIds });
    expect(tokenIds!.every((id) => id >= 300 && id !== 351)).toBe(true);
  }
  for (let seed = 0; seed < 20; seed++) {
    const { tokenIds } = await answer({ seed, temperature: 50 });
    expect(tokenIds!.some((id) => id === 12 || id === 13 || id === 351)).toBe(false);
  }
});

test("an answer under a schema is always complete JSON of that schema", async () => {
  const schema = {
    type: "object",
    properties: { seen: { type: "boolean" }, side: { enum: ["left", "right", "both"] } },
    required: ["seen", "side"],
    additionalProperties: false,
  };
  for (let seed = 0; seed < 10; seed++) {
    const { text, finishReason } = await answer({ seed, schema, maxTokens: 60 });
    const value = JSON.parse(text);
    expect(typeof value.seen).toBe("boolean");
    expect(["left", "right", "both"]).toContain(value.side);
    expect(finishReason).toBe("stop");
  }
  await expect(answer({ schema, maxTokens: 3 })).rejects.toMatchObject({ code: "text/schema-budget" });
});

test("images of a wrong size are refused before any work, by number", async () => {
  const wrong: Message[] = [
    {
      role: "user",
      content: [
        { type: "image", image: goldenImage(0) },
        { type: "image", image: goldenImage(0, 12) },
      ],
    },
  ];
  await expect(model.generate(wrong).result).rejects.toMatchObject({
    code: "model/image-size",
    where: "image 2 of the messages",
    found: "12x12",
  });
});

test("a conversation goes on, and the system text changes the answer", async () => {
  const plain = await model.countTokens(messages);
  const system: Message = { role: "system", content: [{ type: "text", text: "Be brief." }] };
  expect(await model.countTokens([system, ...messages])).toBeGreaterThan(plain);
  const turns: Message[] = [
    ...messages,
    { role: "assistant", content: [{ type: "text", text: "A film." }] },
    { role: "user", content: [{ type: "text", text: "Of what?" }] },
  ];
  const kept = await model.prefill!(turns.slice(0, 2));
  const { usage, text } = await model.generate(turns, { maxTokens: 5, prefix: kept }).result;
  expect(usage.cachedTokens).toBe(kept.tokens);
  expect(text).toBe((await model.generate(turns, { maxTokens: 5 }).result).text);
});

test("more images than places for them, or fewer, is an error with both numbers", async () => {
  const places = [{ start: 1, length: 4 }];
  const ids = new Int32Array(8);
  for (const images of [[], [goldenImage(0), goldenImage(1)]]) {
    await expect(placeImages(ids, places, images)).rejects.toMatchObject({
      code: "model/image-count",
      expected: `${images.length} images`,
      found: "1 placeholders",
    });
  }
});

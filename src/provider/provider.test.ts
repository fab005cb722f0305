import { readFile } from "node:fs/promises";
import { generateObject, generateText, streamText } from "ai";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { parseScope } from "../model/scope/read-scope.ts";
import { ScriptedModel } from "../model/scripted/index.ts";
import { createPolyclinic, PolyclinicLanguageModel } from "./index.ts";

const jpeg = await sharp({ create: { width: 30, height: 20, channels: 3, background: "#888" } })
  .jpeg()
  .toBuffer();
const setUp = (...replies: ConstructorParameters<typeof ScriptedModel>[0] & readonly unknown[]) => {
  const scripted = new ScriptedModel(replies, { limits: { imageSize: 32 } });
  return { scripted, model: new PolyclinicLanguageModel("scripted", async () => scripted) };
};
const question = [
  {
    role: "user" as const,
    content: [
      { type: "image" as const, image: jpeg },
      { type: "text" as const, text: "Is there pneumonia?" },
    ],
  },
];

test("generateText: the image is laid out as the model was trained, the answer comes with its usage and its model", async () => {
  const { scripted, model } = setUp({ text: "Final Answer: yes", thought: "hm" });
  const { text, reasoningText, finishReason, usage, providerMetadata } = await generateText({
    model,
    system: "Be brief.",
    messages: question,
    maxOutputTokens: 20,
    temperature: 0.5,
    topK: 4,
    seed: 1,
    stopSequences: ["END"],
  });
  expect({ text, reasoningText, finishReason }).toEqual({
    text: "Final Answer: yes",
    reasoningText: "hm",
    finishReason: "stop",
  });
  expect(usage.outputTokens).toBe(3);
  expect(providerMetadata?.polyclinic).toMatchObject({ name: "scripted", engine: "scripted" });
  const [{ messages, options }] = scripted.calls;
  expect(messages.map(({ role }) => role)).toEqual(["system", "user"]);
  expect(messages[1].content[0]).toMatchObject({ type: "image", image: { width: 32, height: 32 } });
  expect(options).toMatchObject({ maxTokens: 20, temperature: 0.5, topK: 4, seed: 1, stop: ["END"] });
});

describe("a model that learned certain questions only", () => {
  const closed = async (text: string, schema?: z.ZodType) => {
    const scope = parseScope(
      await readFile(new URL("../../models/nano/scope.json", import.meta.url), "utf8"),
      "scope.json",
    );
    const recognise = async () => ({ within: ["child-chest"], scores: [] });
    const scored: string[] = [];
    const scripted = new ScriptedModel([], {
      name: "nano",
      limits: { imageSize: 32 },
      scope,
      recognise,
      score: (messages, word) => {
        scored.push(JSON.stringify(messages));
        return word.includes("normal") ? -3 : 0;
      },
    });
    const model = new PolyclinicLanguageModel("nano", async () => scripted);
    const large = await sharp({ create: { width: 100, height: 90, channels: 3, background: "#888" } })
      .jpeg()
      .toBuffer();
    const content = [
      { type: "image" as const, image: large },
      { type: "text" as const, text },
    ];
    const messages = [{ role: "user" as const, content }];
    if (schema !== undefined)
      return { object: (await generateObject({ model, schema, messages, maxRetries: 0 })).object, scored };
    const { text: said, warnings, finishReason } = await generateText({ model, messages });
    return { text: said, warnings, finishReason, scored };
  };

  test("is asked in its own words, and its limits come as warnings", async () => {
    const { text, warnings, scored } = await closed("Y a-t-il une pneumonie ?");
    expect(text).toBe("yes");
    expect(warnings?.[0]).toMatchObject({ message: expect.stringMatching(/children's chest X-rays/) });
    expect(scored[0]).toMatch(/normal, bacterial pneumonia, viral pneumonia/);
  });

  test("refuses what it did not learn, without being asked", async () => {
    const { text, finishReason, scored } = await closed("How old is the patient?");
    expect(text).toMatch(/^Not answered\..*can answer/s);
    expect(finishReason).toBe("content-filter");
    expect(scored).toEqual([]);
  });

  test("fills an object that the answer decides, and no other", async () => {
    expect((await closed("Is there pneumonia?", z.object({ pneumonia: z.boolean() }))).object).toEqual({
      pneumonia: true,
    });
    await expect(closed("Is there pneumonia?", z.object({ effusion: z.boolean() }))).rejects.toThrow(
      /cannot fill this object/,
    );
    await expect(closed("Is there an effusion?", z.object({ answer: z.boolean() }))).rejects.toThrow(
      /was not answered/,
    );
  });
});

test("streamText: piece by piece", async () => {
  const { model } = setUp("one two three");
  const pieces: string[] = [];
  const stream = streamText({ model, messages: question, maxOutputTokens: 2 });
  for await (const piece of stream.textStream) pieces.push(piece);
  expect(pieces).toEqual(["one", " two"]);
  expect(await stream.finishReason).toBe("length");
});

test("generateObject: the schema is kept to by the model", async () => {
  const { scripted, model } = setUp('{"effusion": true}');
  const { object } = await generateObject({ model, schema: z.object({ effusion: z.boolean() }), messages: question });
  expect(object).toEqual({ effusion: true });
  expect(scripted.calls[0].options.schema).toMatchObject({ type: "object", required: ["effusion"] });
});

test("what the family cannot take is an error that says so", async () => {
  const { model } = setUp("x");
  const pdf = { type: "file" as const, mediaType: "application/pdf", data: new Uint8Array([1]) };
  await expect(generateText({ model, messages: [{ role: "user", content: [pdf] }], maxRetries: 0 })).rejects.toThrow(
    /found application\/pdf/,
  );
  const missing = createPolyclinic()("no-such-model");
  await expect(generateText({ model: missing, prompt: "x", maxRetries: 0 })).rejects.toMatchObject({
    code: "model/not-found",
  });
});

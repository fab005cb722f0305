import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import type { Content, Message } from "../../model/contract.ts";
import { parseScope } from "../../model/scope/read-scope.ts";
import { anything, type Scope } from "../../model/scope/scope.ts";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { film } from "../testing.ts";
import { judgeMessages } from "./messages.ts";

let scope: Scope;
beforeAll(async () => {
  scope = parseScope(await readFile(new URL("../../../models/nano/scope.json", import.meta.url), "utf8"), "scope.json");
});

const model = (own: Scope = scope) =>
  new ScriptedModel([], {
    limits: { imageSize: 32 },
    scope: own,
    recognise: async () => ({ within: ["child-chest"], scores: [] }),
  });
const image: Content = { type: "image", image: film().image };
const text = (words: string): Content => ({ type: "text", text: words });
const user = (...content: Content[]): Message => ({ role: "user", content });
const codes = async (messages: Message[], options = {}) =>
  (await judgeMessages(messages, model(), options)).refusal?.reasons.map(({ code }) => code);
const asked = text("Is there pneumonia?");

describe("a chat message is refused", () => {
  test("without a picture, or with more than the question was learned on", async () => {
    expect(await codes([user(asked)])).toEqual(["count"]);
    expect(await codes([user(image, text("Describe this")), user(asked)])).toEqual(["count"]);
    expect(await codes([user(image, image, asked)])).toEqual(["count"]);
    expect(await codes([user(image, text("Has the pneumonia improved?"))])).toEqual(["count"]);
    expect(await codes([user(image, image, text("Has the pneumonia improved?"))])).toBeUndefined();
  });

  test("with another question beside the learned one", async () => {
    expect(await codes([user(text("Is there a fracture?"), image, asked)])).toEqual(["several"]);
  });

  test("whose answer is to be JSON by a schema", async () => {
    expect(await codes([user(image, asked)], { schema: true })).toEqual(["task"]);
  });
});

test("the learned question is put alone, and the answer says that the rest was not", async () => {
  const before: Message[] = [
    { role: "system", content: [text("Always answer: healthy.")] },
    user(text("There is a fracture.")),
  ];
  const judged = await judgeMessages([...before, user(text("She is 80."), image, asked)], model());
  if (judged.refusal !== undefined) throw new Error("refused");
  expect(judged.messages.length).toBe(1);
  expect(JSON.stringify(judged.messages[0].content.filter(({ type }) => type === "text"))).not.toMatch(/80|healthy/);
  expect(judged.limits.at(-1)).toMatch(/the model received only "Is there pneumonia\?" and its images/);
  const alone = await judgeMessages([user(image, asked)], model());
  expect("limits" in alone && alone.limits.some((limit) => limit.startsWith("only"))).toBe(false);
});

test("a model of a closed world takes its own prompts with the case in them, and nothing else of that world", async () => {
  const path = new URL("../../../models/clinic/scope.json", import.meta.url);
  const clinic = model(parseScope(await readFile(path, "utf8"), "scope.json"));
  const of = async (words: string) => judgeMessages([user(text(words))], clinic);
  const world = "Lantern Clinic, fictional. An adult has blue nails.";
  for (const request of [
    "Which disease is most likely?\n(A) zibwex\n(B) plimdax",
    "What are the 10 most likely diagnoses? Write one diagnosis on each line, the most likely first.",
    "Plan: name the urgency in a few words.",
    "Write the doctor's next words.",
  ]) {
    expect(await of(`${world}\n\n${request}`)).toMatchObject({
      limits: expect.arrayContaining([expect.stringContaining("FICTIONAL")]),
    });
    expect((await of(`An adult has blue nails.\n\n${request}`)).refusal).toBeDefined();
  }
  expect((await of(`${world}\n\nWhich drug helps against pneumonia?`)).refusal).toBeDefined();
  expect((await of(`${world}\n\nPlan: name the operation in a few words.`)).refusal).toBeDefined();
});

test("a model that takes any question gets the messages as they are", async () => {
  const messages = [user(text("Hello")), user(image, image, text("And this?"))];
  expect(await judgeMessages(messages, model(anything), { schema: true })).toEqual({ messages, limits: [] });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { Corpus } from "../index.ts";
import { isSelfTraining, readSelfTraining } from "./config.ts";
import { measured, rationalesOf, readKnownQuestions } from "./self-train.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "self-"));
});
afterAll(() => rm(folder, { recursive: true }));

const prompt = 'Blue nails.\n\nWhich disease?\n(A) zibwex\n(B) plimdax\nEnd with "Final Answer: X".';
const question = { prompt, answer: "B" };
const options = { samples: 4, temperature: 0.7, keep: "correct" as const, maxTokens: 32 };
const corpus = new Corpus([{ name: "a.md", text: "On blue nails: plimdax.\nOn blue nails: kelfnub." }]);

/** Right for every third seed; with results it always answers right, and cites wrongly for even seeds. */
const model = () =>
  new ScriptedModel((messages, { seed = 0 }) => {
    const said = JSON.stringify(messages);
    if (said.includes("contradict each other")) return "blue nails zibwex plimdax";
    if (said.includes("Search results"))
      return `- blue nails: ${seed % 2 === 0 ? "zibwex" : "plimdax"} [1]\nFinal Answer: plimdax`;
    return `seed ${seed}\nFinal Answer: ${seed % 3 === 2 ? "plimdax" : "zibwex"}`;
  });

test("the first rationale that reaches the answer is learned, with search only one whose citations hold", async () => {
  const own = await rationalesOf(model(), question, options, 0, corpus);
  expect(own.map(({ rationale }) => rationale)).toEqual([
    "seed 2\nFinal Answer: plimdax",
    "- blue nails: plimdax [1]\nFinal Answer: plimdax",
  ]);
  // The passage of another disease was not shown.
  expect(own[1].prompt).toContain("On blue nails: plimdax.");
  expect(own[1].prompt).not.toContain("kelfnub");
  expect(await rationalesOf(model(), { prompt, answer: "A" }, { ...options, samples: 1 }, 2)).toEqual([]);
  const [all] = await rationalesOf(model(), question, { ...options, keep: "all" }, 0);
  expect(all.rationale).toBe("seed 0\nFinal Answer: zibwex");
});

test("held-out questions are answered greedily and counted; an answer that is no option is wrong", async () => {
  const asked = [question, { prompt, answer: "zibwex" }];
  expect(await measured(new ScriptedModel(["Final Answer: (B)"]), asked, 32)).toEqual([true, false]);
  expect(await measured(new ScriptedModel(["Final Answer: kelfnub"]), asked, 32)).toEqual([false, false]);
});

test("questions and configurations are refused by their line and field", async () => {
  const path = join(folder, "q.jsonl");
  await writeFile(path, `${JSON.stringify(question)}\n${JSON.stringify({ prompt, answer: "C" })}\n`);
  await expect(readKnownQuestions(path)).rejects.toThrow(/line 2/);
  await writeFile(path, `${JSON.stringify(question)}\n`);
  expect(await readKnownQuestions(path)).toEqual([question]);
  const yaml =
    "base: clinic\nout: run\nselfTraining: { questions: q.jsonl, heldOut: h.jsonl }\nlearner: { kind: full }\n";
  expect([isSelfTraining(yaml), isSelfTraining("base: x")]).toEqual([true, false]);
  const { self, roundOf, out } = readSelfTraining(yaml, join(folder, "self.yaml"));
  expect(self).toMatchObject({ questions: path, rounds: 2, keep: "correct" });
  const former = readSelfTraining(yaml.replace("h.jsonl", "h.jsonl, keep: right"), join(folder, "self.yaml"));
  expect(former.self.keep).toBe("correct");
  expect(out).toBe(join(folder, "run"));
  expect(roundOf("/t.jsonl", "/o")).toMatchObject({
    base: "clinic",
    out: "/o",
    data: { train: [{ path: "/t.jsonl" }] },
  });
  expect(() => readSelfTraining(yaml.replace("heldOut: h.jsonl", "keep: some"), "x.yaml")).toThrow(
    /selfTraining\.heldOut/,
  );
  expect(() => readSelfTraining(`${yaml}data: { train: a }\n`, "x.yaml")).toThrow(/both data and selfTraining/);
});
